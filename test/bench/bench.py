"""Compares plain ffmpeg with Mini-DVR on the same stream: scripts/bench.sh says how."""
import argparse
import json
import math
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import processes
from camera import Camera, Viewer
from recorders import MiniDvr, PlainFfmpeg, record
from report import print_report

_here = Path(__file__).resolve().parent
_root = _here.parent.parent

SETTLE = 2  # s for start-up work to be over before something is measured


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, required=True, help='mini-dvr')
    parser.add_argument('--camera-library', type=Path, required=True)
    parser.add_argument('--slow-disk-library', type=Path, required=True)
    parser.add_argument('--resolution', default='1920x1080')
    parser.add_argument('--fps', type=int, default=30)
    parser.add_argument('--seconds', type=int, default=30, help='length of a recording')
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--segment', type=int, default=600, help='seconds, of the pairs')
    parser.add_argument('--slow-seconds', type=int, default=45)
    parser.add_argument('--slow-segment', type=int, default=10)
    parser.add_argument('--slow-rate', type=int, default=20_000_000, help='bytes a second')
    parser.add_argument('--idle-seconds', type=int, default=20)
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def recorder_options(camera, options, segment):
    return {'preview': 'off', 'stream_url': camera.url, 'resolution': options.resolution,
            'fps': options.fps, 'segment_seconds': segment}


def milliseconds(seconds):
    return None if seconds is None else round(seconds * 1000, 3)


def take_result(take, delivered):
    """`delivered`: numbers of frames that are known to have left ustreamer."""
    recording = take.recording
    deviations = recording.deviations()
    return {
        'cpu_seconds_per_minute': round(take.cpu / take.minutes(), 3),
        'peak_memory_bytes': take.memory,
        'first_frame_ms': milliseconds(take.first_frame),
        'frames': len(recording.numbers()),
        'missing': recording.missing(),
        'lost': recording.missing(delivered),
        'doubled': recording.doubled(),
        'no_camera_frame': recording.strangers,
        'unreadable_files': recording.unreadable,
        'deviation_worst_ms': milliseconds(max(map(abs, deviations), default=None)),
        'deviation_rms_ms': milliseconds(
            math.sqrt(statistics.fmean(d * d for d in deviations))) if deviations else None,
        'bytes_written_per_video_byte': round(take.written / max(recording.video_bytes(), 1), 4),
    }


def measure_pairs(folder, camera, options):
    """Both recorders at the same time, several times."""
    pairs = []
    plain = PlainFfmpeg(camera.url, folder / 'plain', options.segment)
    mini_dvr = MiniDvr(options.program, folder / 'mini-dvr',
                       recorder_options(camera, options, options.segment))
    with mini_dvr:
        time.sleep(SETTLE)
        for number in range(options.pairs):
            say(f'pair {number + 1} of {options.pairs}, {options.seconds} s')
            ustreamer_before = processes.own_cpu(camera.pid)
            both = record([plain, mini_dvr], options.seconds)
            ustreamer = processes.own_cpu(camera.pid) - ustreamer_before
            delivered = {number for take in both for number in take.recording.numbers()}
            results = [take_result(take, delivered) for take in both]
            pairs.append({
                'plain': results[0], 'mini_dvr': results[1],
                'cpu_ratio': round((both[1].cpu / both[1].minutes()) / (both[0].cpu / both[0].minutes()), 3),
                'ustreamer_cpu_seconds_per_minute': round(ustreamer / both[0].minutes(), 3)})
            for take in both:
                for path in take.recording.files:
                    path.unlink()
        own = processes.memory(mini_dvr.program.pid)
    return pairs, own


def measure_slow_disk(folder, camera, options):
    """Rotations on a slow disk; what is lost of the frames that another client of ustreamer got."""
    say(f'slow disk, {options.slow_seconds} s')
    environment = {'SLOW_DISK_LIBRARY': str(options.slow_disk_library),
                   'SLOW_DISK_RATE': str(options.slow_rate)}
    wrapper = _here / 'slow_ffmpeg'

    def plain(name, extra=()):
        return PlainFfmpeg(camera.url, folder / name, options.slow_segment, wrapper, environment, extra)

    mini_dvr = MiniDvr(
        options.program, folder / 'mini-dvr',
        {**recorder_options(camera, options, options.slow_segment), 'ffmpeg_bin': wrapper}, environment)
    recorders = {
        'plain': plain('plain'),
        # What plain ffmpeg needs to give files with the same order of contents as Mini-DVR's.
        'plain_faststart': plain('faststart', ('-segment_format_options', 'movflags=+faststart')),
        'mini_dvr': mini_dvr}
    with mini_dvr, Viewer(camera) as viewer:
        time.sleep(SETTLE)
        takes = record(recorders.values(), options.slow_seconds)
    return {name: {**take_result(take, viewer.numbers), 'files': len(take.recording.files)}
            for name, take in zip(recorders, takes)}


def measure_idle(folder, options):
    """The whole product at rest: its own ustreamer, nobody connected."""
    say(f'idle, {options.idle_seconds} s')
    preview_port = processes.free_port()
    environment = {'MINIDVR_VIRTUAL_CAMERA': str(folder / 'camera')}
    mini_dvr = MiniDvr(options.program, folder / 'mini-dvr', {
        'device': 'virtual', 'preview_host': '127.0.0.1', 'preview_port': preview_port,
        'resolution': options.resolution, 'fps': options.fps}, environment)
    with mini_dvr:
        mini_dvr.disconnect()
        time.sleep(3 * SETTLE)
        before = processes.own_cpu(mini_dvr.program.pid)
        start = time.monotonic()
        time.sleep(options.idle_seconds)
        used = processes.own_cpu(mini_dvr.program.pid) - before
        return {'cpu_percent_of_a_core': round(100 * used / (time.monotonic() - start), 2),
                'resident_bytes': processes.memory(mini_dvr.program.pid, 'VmRSS')}


def machine():
    with open('/proc/loadavg', encoding='utf-8') as file:
        load = file.read().split()[0]
    return {'cpus': os.cpu_count(), 'architecture': platform.machine(), 'kernel': platform.release(),
            'load_at_start': float(load)}


def main():
    options = arguments()
    # So that every `with` block ends its processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in [name for name in os.environ if name.startswith('MINIDVR_')]:
        del os.environ[name]
    result = {'time': datetime.now().astimezone().isoformat(timespec='seconds'), 'machine': machine(),
              'input': {'resolution': options.resolution, 'fps': options.fps},
              'seconds': options.seconds, 'segment_seconds': options.segment,
              'slow_disk_bytes_per_second': options.slow_rate,
              'slow_disk_segment_seconds': options.slow_segment}
    with tempfile.TemporaryDirectory(prefix='mini-dvr-bench-') as scratch:
        folder = Path(scratch)
        with Camera(folder, options.camera_library, options.resolution, options.fps) as camera:
            result['pairs'], result['mini_dvr_peak_memory_bytes'] = measure_pairs(
                folder / 'pairs', camera, options)
            result['slow_disk'] = measure_slow_disk(folder / 'slow', camera, options)
        result['idle'] = measure_idle(folder / 'idle', options)

    results = _here / 'results'
    results.mkdir(exist_ok=True)
    path = results / (datetime.now().strftime('%Y%m%d_%H%M%S') + '.json')
    text = json.dumps(result, indent=1)
    path.write_text(text + '\n', encoding='utf-8')
    print_report(result)
    print(f'\nAs JSON: {path.relative_to(_root)}')


if __name__ == '__main__':
    main()
