"""Traffic of a user in a namespace: pings, pages, echoes, paced numbered datagrams.

The sockets belong to this process and live in the namespace, so nothing has to be started.
"""
import http.client
import ipaddress
import os
import select
import socket
import struct
import time
from typing import NamedTuple, Optional

from .netns import Namespace

ECHO, HTTP = 7, 80
_ICMP = {4: (socket.IPPROTO_ICMP, 8, 0), 6: (socket.IPPROTO_ICMPV6, 128, 129)}


def open_socket(namespace: Namespace, address: str, kind: int, protocol: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    with namespace.entered():
        return socket.socket(family, kind, protocol)


def _checksum(data: bytes) -> int:
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(namespace: Namespace, address: str, seconds: float = 2) -> Optional[float]:
    """One echo request; the seconds until its reply, or None without one."""
    version = ipaddress.ip_address(address).version
    protocol, request, reply = _ICMP[version]
    body = struct.pack('!HH8s', os.getpid() & 0xFFFF, 1, os.urandom(8))
    check = _checksum(struct.pack('!BBH', request, 0, 0) + body) if version == 4 else 0
    with open_socket(namespace, address, socket.SOCK_RAW, protocol) as link:
        start = time.monotonic()
        try:
            link.sendto(struct.pack('!BBH', request, 0, check) + body, (address, 0))
        except OSError:
            return None
        while (left := start + seconds - time.monotonic()) > 0:
            if not select.select([link], [], [], left)[0]:
                break
            answer = link.recv(2048)
            answer = answer[(answer[0] & 15) * 4 :] if version == 4 else answer
            if answer[0] == reply and answer[4:] == body:
                return time.monotonic() - start
    return None


def fetch(namespace: Namespace, address: str, path: str = '/', seconds: float = 5) -> str:
    """The page at http://address/path; an OSError where it cannot be had."""
    with open_socket(namespace, address, socket.SOCK_STREAM) as link:
        link.settimeout(seconds)
        link.connect((address, HTTP))
        link.sendall(f'GET {path} HTTP/1.0\r\nHost: lab\r\n\r\n'.encode())
        answer = http.client.HTTPResponse(link)
        answer.begin()
        return answer.read().decode()


def echo_tcp(namespace: Namespace, address: str, data: bytes, seconds: float = 20) -> bytes:
    """Sends `data` and returns what came back."""
    with open_socket(namespace, address, socket.SOCK_STREAM) as link:
        link.settimeout(seconds)
        link.connect((address, ECHO))
        link.setblocking(False)
        sent, received, end = 0, bytearray(), time.monotonic() + seconds
        while len(received) < len(data) and time.monotonic() < end:
            writing = [link] if sent < len(data) else []
            readable, writable, _ = select.select([link], writing, [], 1)
            if writable:
                sent += link.send(data[sent : sent + 65536])
            if readable:
                part = link.recv(65536)
                if not part:
                    break
                received += part
        return bytes(received)


class Pace(NamedTuple):
    sent: int
    refused: int  # sends that the kernel refused
    answered: set[int]  # numbers of those that came back

    @property
    def lost(self) -> int:
        return self.sent - len(self.answered)


def pace_udp(
    namespace: Namespace,
    address: str,
    rate: int,
    seconds: float,
    size: int = 200,
    linger: float = 1,
    source: Optional[str] = None,
) -> Pace:
    """Numbered datagrams to the echo port, `rate` a second; waits `linger` for the last answers."""
    with open_socket(namespace, address, socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        if source is not None:
            link.bind((source, 0))
        link.setblocking(False)
        total, filling = int(rate * seconds), bytes(max(0, size - 8))
        number, refused, answered = 0, 0, set()
        start = time.monotonic()
        while number < total or time.monotonic() < start + seconds + linger:
            due = start + number / rate
            if number < total and time.monotonic() >= due:
                try:
                    link.sendto(struct.pack('!Q', number) + filling, (address, ECHO))
                except OSError:
                    refused += 1
                number += 1
                continue
            until = due if number < total else start + seconds + linger
            if select.select([link], [], [], max(0, until - time.monotonic()))[0]:
                try:
                    answered.add(struct.unpack_from('!Q', link.recv(65536))[0])
                except OSError:
                    continue  # an ICMP error came back
                if len(answered) == total:
                    break
        return Pace(number, refused, answered)
