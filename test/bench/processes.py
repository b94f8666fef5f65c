"""Processes that the benchmark starts, and what the kernel says of them."""
import contextlib
import os
import signal
import socket
import subprocess
import time

_TICK = os.sysconf('SC_CLK_TCK')
STOP_LIMIT = 15  # s for a process to end by itself, then it is killed


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def _stat(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
        return file.read().rpartition(')')[2].split()


def own_cpu(pid):
    """Seconds of user and system time of the process alone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK


def exact_cpu(pid):
    """The same to the nanosecond, of the threads that live."""
    seconds = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with contextlib.suppress(OSError), open(f'/proc/{pid}/task/{task}/schedstat', encoding='utf-8') as file:
            seconds += int(file.read().split()[0]) / 1e9
    return seconds


def family_cpu(pid):
    """Seconds of the process, its living children and the children that it has waited for."""
    fields = _stat(pid)
    seconds = sum(int(field) for field in fields[11:15]) / _TICK
    for child in children(pid):
        with contextlib.suppress(OSError):
            seconds += family_cpu(child)
    return seconds


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='utf-8') as file:
        return [int(word) for word in file.read().split()]


def memory(pid, key='VmHWM'):
    """Bytes: VmHWM is the most that was ever resident, VmRSS what is resident now."""
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        for line in file:
            if line.startswith(key + ':'):
                return int(line.split()[1]) * 1024
    return 0  # a zombie has no memory


def written_to_disk(pid):
    """Bytes that the process and the children that it has waited for caused to be written to storage.

    Zero on a file system that is memory.
    """
    with open(f'/proc/{pid}/io', encoding='utf-8') as file:
        for line in file:
            if line.startswith('write_bytes:'):
                return int(line.split()[1])
    return 0


class Program:
    """A child whose output goes to a log file. Ends with its `with` block."""

    def __init__(self, arguments, log, environment=None, stop_signal=signal.SIGTERM):
        self._log = log
        self._stop_signal = stop_signal
        with open(log, 'ab') as output:
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env={**os.environ, **(environment or {})})
        self.pid = self._process.pid
        self.peak_memory = 0  # bytes, read when it ended
        self.cpu = 0.0  # seconds, read when it ended
        self.written = 0  # bytes to storage, read when it ended

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def running(self):
        # Does not wait for it: the figures of a dead process are gone then.
        return self._process.returncode is None and _stat(self.pid)[0] != 'Z'

    def require_running(self):
        if not self.running():
            with open(self._log, encoding='utf-8', errors='replace') as log:
                raise RuntimeError(f'{self._process.args[0]} ended:\n' + log.read()[-2000:])

    def note_memory(self):
        with contextlib.suppress(OSError):
            self.peak_memory = max(self.peak_memory, memory(self.pid))

    def stop(self):
        if self._process.returncode is not None:
            return
        self.note_memory()
        # Not through Popen, which would wait for a dead process. The pid is ours until we do.
        os.kill(self.pid, self._stop_signal)
        limit = time.monotonic() + STOP_LIMIT
        while self.running() and time.monotonic() < limit:
            time.sleep(0.01)
        os.kill(self.pid, signal.SIGKILL)
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        self.cpu = family_cpu(self.pid)
        self.written = written_to_disk(self.pid)
        self._process.wait()
