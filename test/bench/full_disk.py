"""Measures what the archive deletes while it has to, on a disk of 200 MB that is written to as fast as 1080p is. scripts/bench.sh says how.

Beside it a protected recording, one that is downloaded so slowly that it takes all the time there is, and one that a
player reads once a second. Needs root, which may mount a disk that is memory.
"""
import argparse
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive import get, say
from camera import Camera
from recorders import MiniDvr

SEGMENT = 5  # s
LOOK = 0.25  # s between looks at /status


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, required=True, help='mini-dvr')
    parser.add_argument('--camera-library', type=Path, required=True)
    parser.add_argument('--seconds', type=int, default=300)
    parser.add_argument('--megabytes', type=int, default=200, help='of the disk')
    return parser.parse_args()


@contextlib.contextmanager
def disk(folder, megabytes):
    folder.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={megabytes}m', 'tmpfs', str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(['umount', '--lazy', str(folder)], check=True)


def request(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def finished(port):
    """Names of complete recordings, oldest first."""
    recordings = get(port, '/api/recordings?limit=1000')['recordings']
    return [recording['name'] for recording in reversed(recordings) if recording['state'] == 'complete']


def wait_for_files(port, count):
    limit = time.monotonic() + 20 + 3 * SEGMENT * count
    while len(finished(port)) < count:
        if time.monotonic() > limit:
            raise RuntimeError(f'{finished(port)} after {limit} s')
        time.sleep(0.5)
    return finished(port)[:count]


def measure(dvr, folder, options):
    port = dvr.port
    protected, downloaded, played = wait_for_files(port, 3)
    status, body = request(port, 'PATCH', f'/api/recordings/{protected}', json.dumps({'protected': True}),
                           {'Content-Type': 'application/json'})
    if status != 200:
        raise RuntimeError(body)
    size = (folder / downloaded).stat().st_size
    copy = folder.parent / 'copy.mp4'
    original = folder.parent / 'original.mp4'
    original.write_bytes((folder / downloaded).read_bytes())
    say(f'{downloaded}, {size} bytes, in {options.seconds} s')
    download = subprocess.Popen(['curl', '-sS', '-o', str(copy), '--limit-rate', str(size // options.seconds),
                                 f'http://127.0.0.1:{port}/recordings/{downloaded}'])
    end = time.monotonic() + options.seconds
    seen, looks, not_recording, reads_refused = set(), 0, 0, 0
    download_gone_after = None
    begun = time.monotonic()
    try:
        next_read = 0
        while time.monotonic() < end or download.poll() is None:
            now = time.monotonic()
            if now > end + 60:
                break
            recorder = get(port, '/status')['recorder']
            looks += 1
            not_recording += recorder['state'] != 'recording'
            if now >= next_read:
                next_read = now + 1
                status, _ = request(port, 'GET', f'/recordings/{played}', headers={'Range': 'bytes=1000000-1100000'})
                reads_refused += status != 206
                seen.update(finished(port))
            if download_gone_after is None and download.poll() is None and not (folder / downloaded).exists():
                download_gone_after = round(now - begun, 1)
            time.sleep(LOOK)
        seconds = round(time.monotonic() - begun, 1)
        left = set(finished(port))
    finally:
        if download.poll() is None:
            download.terminate()
        download.wait()
    recorder = get(port, '/status')['recorder']
    return {'seconds': seconds, 'looks': looks, 'looks_not_recording': not_recording,
            'recordings_made': len(seen | left), 'recordings_deleted': len(seen - left),
            'protected_is_there': protected in left, 'played_is_there': played in left, 'reads_refused': reads_refused,
            'download_status': download.returncode, 'download_right': copy.read_bytes() == original.read_bytes(),
            'downloaded_file_gone_while_read_after_s': download_gone_after,
            'dropped_frames': recorder['dropped_frames'], 'gaps': recorder['gaps'], 'restarts': recorder['restarts']}


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if os.geteuid() != 0:
        sys.exit('full_disk: only root may mount a disk')
    for name in [name for name in os.environ if name.startswith('MINIDVR_')]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix='mini-dvr-bench-') as scratch:
        folder = Path(scratch)
        with disk(folder / 'disk', options.megabytes) as mounted, \
                Camera(folder, options.camera_library, '1920x1080', 30) as camera:
            dvr = MiniDvr(options.program, folder / 'dvr', {
                'preview': 'off', 'stream_url': camera.url, 'resolution': '1920x1080', 'fps': 30,
                'segment_seconds': SEGMENT, 'min_free': '40M', 'record_at_start': 'on', 'recordings_dir': mounted})
            with dvr:
                dvr.disconnect()  # nobody reads what it would be told
                result = measure(dvr, mounted, options)
    print(json.dumps(result, indent=1))


if __name__ == '__main__':
    main()
