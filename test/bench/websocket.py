"""As much of a WebSocket client as Mini-DVR's commands need: short text messages, no fragments."""
import base64
import json
import os
import socket
import struct


class WebSocket:
    def __init__(self, port, timeout=15):
        self._socket = socket.create_connection(('127.0.0.1', port), timeout)
        self._buffer = b''
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            'GET /ws HTTP/1.1\r\n' f'Host: 127.0.0.1:{port}\r\n'
            'Upgrade: websocket\r\nConnection: Upgrade\r\n'
            f'Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n').encode())
        while b'\r\n\r\n' not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b'\r\n\r\n')
        if b' 101 ' not in head.splitlines()[0]:
            raise RuntimeError(f'no WebSocket: {head.splitlines()[0]!r}')

    def close(self):
        self._socket.close()

    def send(self, message):
        payload = json.dumps(message).encode()
        assert len(payload) < 126
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._socket.sendall(bytes([0x81, 0x80 | len(payload)]) + mask + masked)

    def wait_for(self, status):
        """The next message with this status; an error is one, too."""
        while True:
            message = self._next()
            if message.get('status') == status:
                return message
            if message.get('status') == 'error':
                raise RuntimeError(f'Mini-DVR: {message}')

    def _next(self):
        while True:
            opcode, length = self._take(2)
            length &= 0x7f
            if length == 126:
                length, = struct.unpack('>H', self._take(2))
            elif length == 127:
                length, = struct.unpack('>Q', self._take(8))
            payload = self._take(length)
            if opcode & 0xf == 1:
                return json.loads(payload)

    def _take(self, size):
        while len(self._buffer) < size:
            self._receive()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _receive(self):
        data = self._socket.recv(1 << 16)
        if not data:
            raise RuntimeError('Mini-DVR closed the WebSocket')
        self._buffer += data
