"""The recorders that are compared. Each records the same stream into a folder of its own."""
import contextlib
import signal
import time

import processes
from processes import Program, free_port
from recording import Recording, first_frame_written
from websocket import WebSocket

START_LIMIT = 15  # s until something must work


class Take:
    """One recording, from start command to finished files."""

    def __init__(self):
        self.started = 0.0  # s, monotonic
        self.stopped = 0.0
        self.first_frame = None  # s from the start command until a frame is on disk
        self.cpu = 0.0  # s, of all processes of the recorder
        self.memory = 0  # bytes, most resident memory of its processes, added up
        self.written = 0  # bytes that went to storage
        self.recording = None

    def minutes(self):
        return (self.stopped - self.started) / 60


class PlainFfmpeg:
    """ffmpeg, given the address of the stream. `extra` are further options of its output."""

    def __init__(self, url, folder, segment, ffmpeg='ffmpeg', environment=None, extra=()):
        self._arguments = [
            ffmpeg, '-nostdin', '-hide_banner', '-loglevel', 'error', '-i', url, '-c', 'copy',
            '-f', 'segment', '-segment_time', segment, '-segment_format', 'mp4',
            '-reset_timestamps', '1', *extra]
        self._folder = folder
        self._environment = environment
        self._takes = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def start(self):
        self._takes += 1
        self._target = self._folder / f'take{self._takes}'
        self._target.mkdir(parents=True)
        self.take = Take()
        self.take.started = time.monotonic()
        self._program = Program([*self._arguments, self._target / '%05d.mp4'],
                                self._folder / 'ffmpeg.log', self._environment, signal.SIGINT)

    def look(self):
        self._program.require_running()
        self._program.note_memory()
        if self.take.first_frame is None and first_frame_written(self._target, ()):
            self.take.first_frame = time.monotonic() - self.take.started

    def stop(self):
        self.take.stopped = time.monotonic()
        self._program.stop()
        self.take.cpu = self._program.cpu
        self.take.memory = self._program.peak_memory
        self.take.written = self._program.written

    def recording(self):
        return Recording(self._target)

    def end(self):
        with contextlib.suppress(AttributeError):
            self._program.stop()


class MiniDvr:
    """mini-dvr, which runs all the time; its own CPU and that of its children from start to stop count."""

    def __init__(self, program, folder, options, environment=None):
        self.port = free_port()
        self._folder = folder
        self._recordings = folder / 'recordings'
        arguments = {'app_host': '127.0.0.1', 'app_port': self.port, 'record_at_start': 'off',
                     'log_level': 'warning', 'recordings_dir': self._recordings,
                     'accounts_file': folder / 'accounts.json', **options}
        self._arguments = [program] + [
            word for key, value in arguments.items() for word in (f'--{key}', value)]
        self._environment = environment
        self._child_memory = 0

    def __enter__(self):
        self._folder.mkdir(parents=True)
        self.program = Program(self._arguments, self._folder / 'mini-dvr.log', self._environment)
        limit = time.monotonic() + START_LIMIT
        while True:
            try:
                self._socket = WebSocket(self.port)
                return self
            except OSError:
                if time.monotonic() > limit or not self.program.running():
                    self.program.require_running()
                    self.program.stop()
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self._socket.close()
        self.program.stop()

    def disconnect(self):
        self._socket.close()

    def reconnect(self):
        self._socket.close()
        self._socket = WebSocket(self.port)

    def start(self):
        self.take = Take()
        self._before = {path.name for path in self._recordings.glob('*.mp4')}
        self._cpu_before = processes.family_cpu(self.program.pid)
        self._written_before = processes.written_to_disk(self.program.pid)
        self._child_memory = 0
        self.take.started = time.monotonic()
        self._socket.send({'command': 'start'})

    def look(self):
        self.program.require_running()
        self._note_memory()
        if self.take.first_frame is None and first_frame_written(self._recordings, self._before):
            self.take.first_frame = time.monotonic() - self.take.started

    def stop(self):
        self._note_memory()
        self.take.stopped = time.monotonic()
        self.reconnect()   # nobody read the one from the start, which is closed for that
        self._socket.send({'command': 'stop'})
        self._socket.wait_for('idle')
        self.take.cpu = processes.family_cpu(self.program.pid) - self._cpu_before
        self.take.written = processes.written_to_disk(self.program.pid) - self._written_before
        self.take.memory = processes.memory(self.program.pid) + self._child_memory

    def recording(self):
        return Recording(self._recordings, self._before)

    def end(self):
        pass

    def _note_memory(self):
        for child in processes.children(self.program.pid):
            with contextlib.suppress(OSError):
                self._child_memory = max(self._child_memory, processes.memory(child))


def record(recorders, seconds):
    """All of them at once, for so long. Their takes, in their order."""
    try:
        for recorder in recorders:
            recorder.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for recorder in recorders:
                recorder.look()
            # Often until the first frames are there, then seldom: looking costs time, too.
            waiting = any(recorder.take.first_frame is None for recorder in recorders)
            time.sleep(0.005 if waiting else 1)
        for recorder in recorders:
            recorder.stop()
        for recorder in recorders:
            recorder.take.recording = recorder.recording()
    finally:
        for recorder in recorders:
            recorder.end()
    return [recorder.take for recorder in recorders]
