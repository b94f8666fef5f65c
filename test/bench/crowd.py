"""Measures what others notice while one address takes all that it can, and 1080p is recorded. scripts/bench.sh says how.

From 127.0.0.1: 256 connections that are kept open, 50 that send a request byte by byte, 20 that watch. From 127.0.0.2: 200
requests of /status a second, and /health ten times a second, each timed.
"""
import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import selectors
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import processes
from archive import get, say
from camera import Camera, Viewer
from recorders import MiniDvr

IDLE, SLOW, STREAMS = 256, 50, 20
STATUS_RATE = 200  # a second, by all who ask
STATUS_ASKERS = 10  # one alone would have to be answered, and to run again, within 5 ms each time
HEALTH_PAUSE = 0.1  # s
BYTE_PAUSE = 0.2  # s between two bytes of a slow request
FRIEND = '127.0.0.2'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, required=True, help='mini-dvr')
    parser.add_argument('--camera-library', type=Path, required=True)
    parser.add_argument('--seconds', type=int, default=60)
    return parser.parse_args()


def request_of(path):
    return f'GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode()


class Crowd:
    """All connections of the one address, in one thread. Whatever the server closes is opened again."""

    def __init__(self, port):
        self._port = port
        self._selector = selectors.DefaultSelector()
        self.counts = {'closed_idle': 0, 'closed_slow': 0, 'refused_or_closed_streams': 0, 'stream_bytes': 0}
        for kind, count in (('idle', IDLE), ('slow', SLOW), ('stream', STREAMS)):
            for _ in range(count):
                self._open(kind)

    def _open(self, kind):
        client = socket.create_connection(('127.0.0.1', self._port), timeout=10)
        state = {'kind': kind, 'sent': 0, 'first': True}
        if kind == 'idle':
            client.sendall(request_of('/status'))
        elif kind == 'stream':
            client.sendall(request_of('/stream'))
        client.setblocking(False)
        self._selector.register(client, selectors.EVENT_READ, state)

    def _close(self, client, state):
        self._selector.unregister(client)
        client.close()
        name = 'refused_or_closed_streams' if state['kind'] == 'stream' else f'closed_{state["kind"]}'
        self.counts[name] += 1
        self._open(state['kind'])

    def run(self, ended):
        trickle_at = time.monotonic()
        while not ended.is_set():
            for key, _ in self._selector.select(0.05):
                self._read(key.fileobj, key.data)
            if time.monotonic() >= trickle_at:
                trickle_at += BYTE_PAUSE
                self._trickle()

    def _read(self, client, state):
        try:
            data = client.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b''
        if not data:
            self._close(client, state)
        elif state['kind'] == 'stream':
            if state['first'] and not data.startswith(b'HTTP/1.1 200'):
                self._close(client, state)
            else:
                state['first'] = False
                self.counts['stream_bytes'] += len(data)

    def _trickle(self):
        text = request_of('/status?' + 'x' * 4000)
        for key in list(self._selector.get_map().values()):
            if key.data['kind'] != 'slow':
                continue
            try:
                key.fileobj.send(text[key.data['sent']:key.data['sent'] + 1])
                key.data['sent'] += 1
            except OSError:
                self._close(key.fileobj, key.data)


def be_crowd(port, ended, told):
    crowd = Crowd(port)
    crowd.run(ended)
    told.put(('crowd', crowd.counts))


class StatusAsker(threading.Thread):
    """Asks for /status, at its share of STATUS_RATE, on a connection that it keeps."""

    def __init__(self, port, ended):
        super().__init__(daemon=True)
        self._port = port
        self._ended = ended
        self.failed = 0
        self.times = []

    def run(self):
        connection = http.client.HTTPConnection('127.0.0.1', self._port, timeout=10, source_address=(FRIEND, 0))
        begun = time.monotonic()
        while not self._ended.is_set():
            pause = begun + len(self.times) * STATUS_ASKERS / STATUS_RATE - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            before = time.monotonic()
            try:
                connection.request('GET', '/status')
                response = connection.getresponse()
                response.read()
                self.failed += response.status != 200
            except OSError:
                self.failed += 1
                connection.close()
            self.times.append(time.monotonic() - before)


def ask_status(port, ended, told):
    begun = time.monotonic()
    askers = [StatusAsker(port, ended) for _ in range(STATUS_ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    times = [took for asker in askers for took in asker.times]
    told.put(('status', {'asked': len(times), 'failed': sum(asker.failed for asker in askers),
                         'a_second': round(len(times) / (time.monotonic() - begun), 1), **figures(times)}))


def figures(times):
    times = sorted(times)
    return {'median_ms': round(statistics.median(times) * 1000, 2),
            'p99_ms': round(times[int(len(times) * 0.99)] * 1000, 2), 'worst_ms': round(times[-1] * 1000, 2)}


def ask_health(port, seconds):
    times, failed = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.monotonic()
        # Each on a connection of its own, as whoever watches comes.
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10, source_address=(FRIEND, 0))
        try:
            connection.request('GET', '/health')
            failed += connection.getresponse().status != 200
        except OSError:
            failed += 1
        connection.close()
        times.append(time.monotonic() - before)
        time.sleep(max(0, HEALTH_PAUSE - times[-1]))
    return {'asked': len(times), 'failed': failed, **figures(times)}


def measure(dvr, camera, seconds):
    ended, told = multiprocessing.Event(), multiprocessing.Queue()
    helpers = [multiprocessing.Process(target=work, args=(dvr.port, ended, told), daemon=True)
               for work in (be_crowd, ask_status)]
    result = {'seconds': seconds}
    with Viewer(camera) as viewer:
        viewer.wait_for_frame(10)
        dvr.start()
        time.sleep(2)
        result['health_before'] = ask_health(dvr.port, 5)
        for helper in helpers:
            helper.start()
        time.sleep(2)
        cpu = processes.own_cpu(dvr.program.pid)
        result['health'] = ask_health(dvr.port, seconds)
        result['cpu_percent_of_a_core'] = round(100 * (processes.own_cpu(dvr.program.pid) - cpu) / seconds, 1)
        ended.set()
        for _ in helpers:
            name, figures_of = told.get(timeout=30)
            result[name] = figures_of
        for helper in helpers:
            helper.join(10)
        recorder = get(dvr.port, '/status')['recorder']
        dvr.stop()
    recording = dvr.recording()
    delivered = set(viewer.numbers)
    result['recorded_frames'] = len(recording.numbers())
    result['frames_missing_of_those_that_ustreamer_sent'] = recording.missing(delivered)
    result['frames_missing_of_all_that_the_camera_made'] = recording.missing()
    result['dropped_frames'] = recorder['dropped_frames']
    return result


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in [name for name in os.environ if name.startswith('MINIDVR_')]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix='mini-dvr-bench-') as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        camera = stack.enter_context(Camera(folder, options.camera_library, '1920x1080', 30))
        dvr = stack.enter_context(MiniDvr(options.program, folder / 'dvr', {
            'preview': 'off', 'stream_url': camera.url, 'resolution': '1920x1080', 'fps': 30}))
        say(f'{IDLE} idle, {SLOW} slow, {STREAMS} streams from one address, {options.seconds} s')
        result = measure(dvr, camera, options.seconds)
    print(json.dumps(result, indent=1))


if __name__ == '__main__':
    main()
