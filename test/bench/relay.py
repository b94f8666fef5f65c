"""Measures what 20 viewers of /stream cost, beside 20 of ustreamer itself, and how much later a picture comes. scripts/bench.sh says how.

One run on one camera, the kinds taking turns. The cost is what a process takes with viewers beyond what it takes without; the delay
is that of each frame at a client of mini-dvr, after the same frame at a client of ustreamer, while the other 20 watch.
"""
import argparse
import contextlib
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from camera import FRAME_COMMENT, Camera
from processes import exact_cpu
from recorders import MiniDvr

SETTLING = 2.0  # s until viewers have what they wait for


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, required=True, help='mini-dvr')
    parser.add_argument('--camera-library', type=Path, required=True)
    parser.add_argument('--viewers', type=int, default=20)
    parser.add_argument('--seconds', type=float, default=20, help='of each turn')
    parser.add_argument('--rounds', type=int, default=3)
    return parser.parse_args()


class Frames:
    """When each frame of a stream was there, by its number: seconds of the monotonic clock."""

    def __init__(self, port):
        self.complete = {}
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=5)
        self.socket.sendall(b'GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
        self.socket.setblocking(False)
        self._unread = b''

    def read(self):
        with contextlib.suppress(BlockingIOError):
            data = self.socket.recv(1 << 20)
            if not data:
                raise RuntimeError('a stream has ended')
            self._unread += data
        now = time.monotonic()
        while (frame := self._take()) is not None:
            if comment := FRAME_COMMENT.search(frame):
                self.complete[int(comment[1])] = now

    def _take(self):
        head = self._unread.lower().find(b'content-length: ', 0, 2048)
        end = self._unread.find(b'\r\n\r\n', head)
        if head < 0 or end < 0:
            return None
        length = int(self._unread[head + 16:].split(b'\r\n', 1)[0])
        if len(self._unread) < end + 4 + length:
            return None
        frame, self._unread = self._unread[end + 4:end + 4 + length], self._unread[end + 4 + length:]
        return frame


def watch(streams, seconds):
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream.socket, selectors.EVENT_READ, stream)
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        for key, _ in selector.select(timeout=0.1):
            key.data.read()


@contextlib.contextmanager
def viewers(port, count):
    """Clients that take what comes, and cost as little as can be."""
    command = ['curl', '-s', '-o', '/dev/null', f'http://127.0.0.1:{port}/stream']
    clients = [subprocess.Popen(command) for _ in range(count)] if port else []
    try:
        time.sleep(SETTLING)
        yield clients
        if any(client.poll() is not None for client in clients):
            raise RuntimeError('a viewer has ended early')
    finally:
        for client in clients:
            client.kill()
            client.wait()


def taken(clients):
    """Bytes that they have written to nowhere."""
    total = 0
    for client in clients:
        with open(f'/proc/{client.pid}/io', encoding='utf-8') as file:
            total += int(next(line for line in file if line.startswith('wchar:')).split()[1])
    return total


def turn(options, camera, mini_dvr, port):
    """CPU seconds a second of ustreamer and mini-dvr with viewers of `port` (0: none), and the delays, ms."""
    with viewers(port, options.viewers) as clients:
        streams = [Frames(camera.port), Frames(mini_dvr.port)]
        before = [exact_cpu(camera.pid), exact_cpu(mini_dvr.program.pid)]
        taken_before = taken(clients)
        began = time.monotonic()
        watch(streams, options.seconds)
        seconds = time.monotonic() - began
        cpu = [(exact_cpu(pid) - used) / seconds for pid, used in zip((camera.pid, mini_dvr.program.pid), before)]
        rate = (taken(clients) - taken_before) / seconds
    direct, relayed = (stream.complete for stream in streams)
    for stream in streams:
        stream.socket.close()
    delays = sorted(1000 * (relayed[number] - direct[number]) for number in relayed.keys() & direct.keys())
    return {'ustreamer': cpu[0], 'mini_dvr': cpu[1], 'delays': delays, 'rate': rate}


def measured(options):
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='mini-dvr-relay-')))
        camera = stack.enter_context(Camera(folder, options.camera_library, '1920x1080', 30))
        mini_dvr = stack.enter_context(MiniDvr(
            options.program, folder / 'mini-dvr', {'preview': 'off', 'stream_url': camera.url}))
        rounds = []
        for number in range(options.rounds):
            ports = {'alone': 0, 'relayed': mini_dvr.port, 'direct': camera.port}
            rounds.append({kind: turn(options, camera, mini_dvr, port) for kind, port in ports.items()})
            print(f'round {number + 1} of {options.rounds}', file=sys.stderr)
    return rounds


def summary(options, rounds):
    relay = [one['relayed']['mini_dvr'] - one['alone']['mini_dvr'] for one in rounds]
    direct = [one['direct']['ustreamer'] - one['alone']['ustreamer'] for one in rounds]
    delays = sorted(delay for one in rounds for delay in one['relayed']['delays'])
    return {
        'viewers': options.viewers,
        'relay_cpu': statistics.median(relay),  # of a core, beyond what it takes without viewers
        'direct_cpu': statistics.median(direct),
        'ratio': statistics.median(a / b for a, b in zip(relay, direct)),
        # Of what ustreamer's own viewers get; less where a viewer is slow, who gets fewer pictures.
        'bytes_to_viewers': statistics.median(one['relayed']['rate'] / one['direct']['rate'] for one in rounds),
        'added_delay_ms': {'median': statistics.median(delays), '99 %': delays[int(0.99 * (len(delays) - 1))], 'worst': delays[-1]},
        'frames_compared': len(delays),
        'load_of_the_machine': os.getloadavg(),
        'cores': os.cpu_count(),
    }


def main():
    options = arguments()
    print(json.dumps(summary(options, measured(options)), indent=2))


if __name__ == '__main__':
    main()
