"""Measures the archive: many files, and reading of large ones beside nginx. scripts/bench.sh archive says how."""
import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import processes
from camera import Camera, Viewer
from processes import Program, free_port
from recorders import MiniDvr


START_LIMIT = 60  # s
NAME = '%Y%m%d_%H%M%S.mp4'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, required=True, help='mini-dvr')
    parser.add_argument('--camera-library', type=Path, required=True)
    parser.add_argument('--files', type=int, default=20_000)
    parser.add_argument('--gigabytes', type=float, default=5, help='of the large file')
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--players', type=int, default=16)
    parser.add_argument('--play-seconds', type=int, default=20)
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def get(port, path):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=START_LIMIT)
    connection.request('GET', path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f'{path}: {response.status} {body[:200]!r}')
    return json.loads(body)


class Server(Program):
    """mini-dvr that records nothing by itself; times are counted from its start."""

    def __init__(self, program, folder, recordings, options=None):
        self.port = free_port()
        settings = {'app_host': '127.0.0.1', 'app_port': self.port, 'preview': 'off', 'record_at_start': 'off',
                    'stream_url': f'http://127.0.0.1:{free_port()}/stream', 'recordings_dir': recordings, 'accounts_file': folder / 'accounts.json',
                    'max_age_days': 0, 'log_level': 'warning', **(options or {})}
        self.started = time.monotonic()
        super().__init__([program] + [word for key, value in settings.items() for word in (f'--{key}', value)],
                         folder / 'mini-dvr.log')

    def wait_until_serving(self):
        while True:
            try:
                get(self.port, '/api/recordings?limit=100')
                return time.monotonic() - self.started
            except OSError:
                self.require_running()
                if time.monotonic() - self.started > START_LIMIT:
                    raise
                time.sleep(0.005)

    def wait_until_complete(self):
        while not get(self.port, '/status')['archive']['complete']:
            if time.monotonic() - self.started > START_LIMIT:
                raise RuntimeError('the archive is not complete in time')
            time.sleep(0.01)
        return time.monotonic() - self.started


def small_recording(path):
    subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=30:duration=2',
                    '-c:v', 'mjpeg', '-movflags', '+faststart', '-y', str(path)], check=True)


def measure_many(folder, options):
    say(f'{options.files} files')
    none = folder / 'none'
    many = folder / 'many'
    many.mkdir()
    none.mkdir()
    sample = folder / 'sample.mp4'
    small_recording(sample)
    begin = datetime.now() - timedelta(minutes=10 * options.files)
    for i in range(options.files):
        # Each with its own name and inode, as recordings have.
        shutil.copyfile(sample, many / (begin + timedelta(minutes=10 * i)).strftime(NAME))
    with Server(options.program, folder, none) as server:
        server.wait_until_serving()
        time.sleep(2)
        empty = processes.memory(server.pid, 'VmRSS')
    with Server(options.program, folder, many) as server:
        cold_serving = server.wait_until_serving()
        cold_complete = server.wait_until_complete()
        time.sleep(3)  # the cache is written
    with Server(options.program, folder, many) as server:
        warm_serving = server.wait_until_serving()
        warm_complete = server.wait_until_complete()
        pages = []
        for _ in range(50):
            start = time.monotonic()
            get(server.port, '/api/recordings?limit=100')
            pages.append(1000 * (time.monotonic() - start))
        time.sleep(2)
        full = processes.memory(server.pid, 'VmRSS')
    shutil.rmtree(many)
    return {'files': options.files, 'cold_serving_s': round(cold_serving, 3), 'cold_complete_s': round(cold_complete, 3),
            'warm_serving_s': round(warm_serving, 3), 'warm_complete_s': round(warm_complete, 3),
            'list_page_ms_median': round(statistics.median(pages), 2), 'list_page_ms_worst': round(max(pages), 2),
            'memory_over_none_bytes': full - empty}


class Nginx(Program):
    def __init__(self, folder, root):
        self.port = free_port()
        configuration = folder / 'nginx.conf'
        configuration.write_text(
            f'daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;\n'
            'events {}\n'
            f'http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {folder}/body;\n'
            f'proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi;\n'
            f'scgi_temp_path {folder}/scgi; server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}\n')
        super().__init__(['nginx', '-c', configuration, '-p', folder], folder / 'nginx.log', stop_signal=signal.SIGTERM)
        limit = time.monotonic() + START_LIMIT
        while time.monotonic() < limit:
            with contextlib.suppress(OSError):
                http.client.HTTPConnection('127.0.0.1', self.port, timeout=1).connect()
                return
            time.sleep(0.02)
        raise RuntimeError('nginx does not answer')


def download(url, *extra):
    """Bytes a second."""
    done = subprocess.run(['curl', '-sS', '-o', '/dev/null', '-w', '%{speed_download}', *extra, url],
                          check=True, capture_output=True, text=True)
    return float(done.stdout)


def large_recording(folder, camera, options):
    """As the recorder makes it, and then again and again until it is as large as it is to be."""
    take = folder / 'take'
    recorder = MiniDvr(options.program, take, {'preview': 'off', 'stream_url': camera.url, 'resolution': '1920x1080',
                                               'fps': 30})
    with recorder:
        time.sleep(2)
        recorder.start()
        time.sleep(20)
        recorder.stop()
        source = recorder.recording().files[0]
    loops = int(options.gigabytes * 1e9 / source.stat().st_size)
    target = folder / 'large' / (datetime.now() - timedelta(days=1)).strftime(NAME)
    target.parent.mkdir()
    subprocess.run(['ffmpeg', '-v', 'error', '-stream_loop', str(loops), '-i', str(source), '-c', 'copy',
                    '-movflags', '+faststart', str(target)], check=True)
    shutil.rmtree(take)
    return target


def measure_large(folder, camera, options):
    say('a large file, beside nginx and beside a recording')
    file = large_recording(folder, camera, options)
    subprocess.run(['cat', str(file)], stdout=subprocess.DEVNULL, check=True)  # both read it from memory
    ratios, ours, theirs = [], [], []
    recorder = MiniDvr(options.program, folder / 'large-dvr', {
        'preview': 'off', 'stream_url': camera.url, 'resolution': '1920x1080', 'fps': 30, 'max_age_days': 0,
        'recordings_dir': file.parent})
    recorder._recordings = file.parent
    with recorder, Nginx(folder, file.parent) as nginx, contextlib.ExitStack() as stack:
        time.sleep(2)
        urls = [f'http://127.0.0.1:{recorder.port}/recordings/{file.name}', f'http://127.0.0.1:{nginx.port}/{file.name}']
        for _ in range(options.pairs):
            a, b = download(urls[0]), download(urls[1])
            ours.append(a)
            theirs.append(b)
            ratios.append(a / b)
        say('beside a recording')
        recorder.reconnect()  # nobody read what it was told meanwhile
        viewer = stack.enter_context(Viewer(camera))
        recorder.start()
        time.sleep(2)
        resumed = broken_off_and_resumed(urls[0], file, folder)
        slow = subprocess.run(['curl', '-sS', '-o', '/dev/null', '--limit-rate', '200k', '--max-time', '10', urls[0]],
                              capture_output=True, check=False)
        for _ in range(3):
            download(urls[0])
        recorder.reconnect()
        recorder.stop()
        take = recorder.recording()
    playing = measure_players(folder, file, options)
    return {'bytes': file.stat().st_size, 'ours_bytes_per_s': round(statistics.median(ours)),
            'nginx_bytes_per_s': round(statistics.median(theirs)),
            'ratio_median': round(statistics.median(ratios), 3), 'ratios': [round(r, 3) for r in ratios],
            'slow_download_ended_by_its_limit': slow.returncode == 28, 'resumed_bytes_right': resumed,
            'frames_beside': len(take.numbers()), 'skipped_by_the_camera_beside': take.missing() - take.missing(viewer.numbers),
            'lost_beside': take.missing(viewer.numbers), 'doubled_beside': take.doubled(),
            **playing}


def broken_off_and_resumed(url, file, folder):
    part = folder / 'part.mp4'
    subprocess.run(['curl', '-sS', '-o', str(part), '--max-time', '1', url], capture_output=True, check=False)
    first = part.stat().st_size
    subprocess.run(['curl', '-sS', '-C', '-', '-o', str(part), url], check=True)
    same = subprocess.run(['cmp', '-s', str(part), str(file)], check=False).returncode == 0
    part.unlink()
    return same and 0 < first


def measure_players(folder, file, options):
    """Ranges read at the pace of playing at 1x, of both servers at once: the CPU each takes for it. By many players, as one takes a
    few milliseconds in all, and from servers that do nothing else."""
    say(f'{options.players} players for {options.play_seconds} s, {options.pairs} times')
    runs = []
    with Server(options.program, folder, file.parent) as server, Nginx(folder, file.parent) as nginx:
        server.wait_until_complete()
        urls = [f'http://127.0.0.1:{server.port}/recordings/{file.name}', f'http://127.0.0.1:{nginx.port}/{file.name}']
        for _ in range(options.pairs):
            runs.append(play(urls, server.pid, nginx.pid, options))
    ours, theirs, ratios = zip(*runs)
    return {'players': options.players, 'play_cpu_s': round(statistics.median(ours), 4),
            'play_cpu_nginx_s': round(statistics.median(theirs), 4), 'play_cpu_ratio_median': round(statistics.median(ratios), 2),
            'play_cpu_ratios': [round(ratio, 2) for ratio in ratios]}


def play(urls, our_pid, nginx_pid, options):
    rate = 3_200_000
    length = rate * options.play_seconds
    header = f'Range: bytes=1000000-{1_000_000 + length}'
    before = [processes.exact_cpu(our_pid), processes.exact_cpu(nginx_pid)]
    readers = [subprocess.Popen(['curl', '-sS', '-o', '/dev/null', '--limit-rate', str(rate), '-H', header, url])
               for _ in range(options.players) for url in urls]
    for reader in readers:
        reader.wait()
    after = [processes.exact_cpu(our_pid), processes.exact_cpu(nginx_pid)]
    # What mini-dvr does besides, without the readers.
    time.sleep(options.play_seconds / 2)
    besides = 2 * (processes.exact_cpu(our_pid) - after[0])
    ours, theirs = after[0] - before[0] - besides, after[1] - before[1]
    return ours, theirs, ours / theirs


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in [name for name in os.environ if name.startswith('MINIDVR_')]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix='mini-dvr-bench-') as scratch:
        folder = Path(scratch)
        if options.files:
            result = {'many': measure_many(folder, options)}
            print(json.dumps(result, indent=1), flush=True)
        with Camera(folder, options.camera_library, '1920x1080', 30) as camera:
            result = {'large': measure_large(folder, camera, options)}
        print(json.dumps(result, indent=1))


if __name__ == '__main__':
    main()
