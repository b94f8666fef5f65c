"""The common input of all recorders: ustreamer on the virtual camera, and a client that keeps up."""
import http.client
import re
import threading
import time

from processes import Program, free_port

START_LIMIT = 15  # s until the stream must flow

# What the virtual camera writes into every frame: its number, and when it was captured.
FRAME_COMMENT = re.compile(rb'minidvr-frame (\d+) (\d+)')


class Camera(Program):
    def __init__(self, folder, library, resolution, fps):
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}/stream'
        device = folder / 'camera'
        super().__init__(
            ['ustreamer', '--device', device, '--format', 'MJPEG', '--encoder', 'HW',
             '--resolution', resolution, '--desired-fps', fps, '--persistent',
             '--host', '127.0.0.1', '--port', self.port, '--tcp-nodelay'],
            folder / 'ustreamer.log',
            {'MINIDVR_VIRTUAL_CAMERA': str(device), 'LD_PRELOAD': str(library)})

    def __enter__(self):
        limit = time.monotonic() + START_LIMIT
        while True:
            self.require_running()
            with Viewer(self) as viewer:
                if viewer.wait_for_frame(1):
                    return self
            if time.monotonic() > limit:
                self.stop()
                raise RuntimeError('no stream from ustreamer')


class Viewer:
    """A client without a disk: what it does not get, ustreamer did not deliver."""

    def __init__(self, camera):
        self.numbers = set()
        self._ending = threading.Event()
        self._first = threading.Event()
        self._camera = camera
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()

    def wait_for_frame(self, seconds):
        return self._first.wait(seconds)

    def _read(self):
        try:
            connection = http.client.HTTPConnection('127.0.0.1', self._camera.port, timeout=1)
            connection.request('GET', '/stream')
            response = connection.getresponse()
            tail = b''
            while not self._ending.is_set():
                data = tail + response.read1(1 << 20)
                for match in FRAME_COMMENT.finditer(data):
                    self.numbers.add(int(match[1]))
                    self._first.set()
                tail = data[-64:]  # a comment may be cut in two
        except OSError:
            pass
