"""strongSwan's control protocol: requests and events over a unix socket, no configuration files.

A message is a tree of sections (dict), lists of values and values; values travel as bytes and
come back as text.
"""
import socket
import struct
from pathlib import Path
from typing import Any, Iterator

from .process import RigError

SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = range(1, 7)
REQUEST, RESPONSE, UNKNOWN, EVENT_REGISTER, EVENT_UNREGISTER, EVENT_CONFIRM, _, EVENT = range(8)

Message = dict[str, Any]


def _value(value) -> bytes:
    if isinstance(value, bool):
        value = 'yes' if value else 'no'
    data = value if isinstance(value, bytes) else str(value).encode()
    return struct.pack('!H', len(data)) + data


def _name(kind: int, name: str) -> bytes:
    return bytes([kind, len(name)]) + name.encode()


def encode(message: Message) -> bytes:
    out = b''
    for key, value in message.items():
        if isinstance(value, dict):
            out += _name(SECTION_START, key) + encode(value) + bytes([SECTION_END])
        elif isinstance(value, (list, tuple)):
            items = b''.join(bytes([LIST_ITEM]) + _value(item) for item in value)
            out += _name(LIST_START, key) + items + bytes([LIST_END])
        else:
            out += _name(KEY_VALUE, key) + _value(value)
    return out


class _Decoder:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

    def name(self) -> str:
        return self.take(self.take(1)[0]).decode()

    def value(self) -> str:
        return self.take(struct.unpack('!H', self.take(2))[0]).decode(errors='replace')

    def items(self) -> list[str]:
        found = []
        while self.take(1)[0] == LIST_ITEM:
            found.append(self.value())
        return found

    def section(self) -> Message:
        found: Message = {}
        while self.at < len(self.data):
            kind = self.take(1)[0]
            if kind == SECTION_END:
                break
            name = self.name()
            if kind == SECTION_START:
                found[name] = self.section()
            elif kind == KEY_VALUE:
                found[name] = self.value()
            else:
                found[name] = self.items()
        return found


def decode(data: bytes) -> Message:
    return _Decoder(data).section()


class Vici:
    """A connection to one charon."""

    def __init__(self, link: socket.socket, timeout: float = 60):
        self.socket = link
        self.socket.settimeout(timeout)

    @classmethod
    def at(cls, path: Path) -> 'Vici':
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.connect(str(path))
        return cls(link)

    def close(self) -> None:
        self.socket.close()

    def _send(self, kind: int, name: str, body: bytes = b'') -> None:
        packet = _name(kind, name) + body
        self.socket.sendall(struct.pack('!I', len(packet)) + packet)

    def _receive_exactly(self, length: int) -> bytes:
        data = b''
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                raise RigError('charon closed its control socket')
            data += part
        return data

    def _receive(self) -> tuple[int, str, Message]:
        packet = self._receive_exactly(struct.unpack('!I', self._receive_exactly(4))[0])
        if packet[0] != EVENT:
            return packet[0], '', decode(packet[1:])
        end = 2 + packet[1]
        return EVENT, packet[2:end].decode(), decode(packet[end:])

    def request(self, command: str, message: Message = {}, check: bool = True) -> Message:
        self._send(REQUEST, command, encode(message))
        kind, _, answer = self._receive()
        if kind != RESPONSE:
            raise RigError(f'charon does not know {command}')
        if check and answer.get('success', 'yes') != 'yes':
            raise RigError(f'{command}: {answer.get("errmsg", answer)}')
        return answer

    def stream(self, command: str, event: str, message: Message = {}) -> Iterator[Message]:
        """A request whose answer is a sequence of events."""
        self._send(EVENT_REGISTER, event)
        self._receive()
        self._send(REQUEST, command, encode(message))
        kind, _, answer = self._receive()
        found = []
        while kind == EVENT:
            found.append(answer)
            kind, _, answer = self._receive()
        self._send(EVENT_UNREGISTER, event)
        self._receive()
        yield from found

    def sas(self) -> dict[str, Message]:
        """IKE SAs by connection name (the newest of each), child SAs under 'child-sas'."""
        found: dict[str, Message] = {}
        for event in self.stream('list-sas', 'list-sa'):
            found.update(event)
        return found
