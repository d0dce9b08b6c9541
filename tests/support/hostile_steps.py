"""Scripts for hostile_engine.c, step by step: what an engine says and calls. Bodies as platform/ipc writes them."""
import ipaddress
import socket
import struct

from engine_driver import CONFIGURE, COUNTERS, EVENT, EVENTS, INSTALLED, STAGES, STATES, STATUSES, TRACE, UNDERLAY
from engine_driver import _address as address
from netd_client import Plan

__all__ = ['COUNTERS', 'EVENT', 'INSTALLED', 'TRACE', 'UNDERLAY']


def text(value: bytes) -> bytes:
    return struct.pack('!H', len(value)) + value


def say(kind: int, body: bytes = b'', count: int = 1, fds: int = 0) -> str:
    return f'say {kind} {body.hex() or "-"} {count} {fds}'


def event(name: str, body: bytes = b'', **more) -> str:
    return say(EVENT, struct.pack('!H', EVENTS.index(name)) + body, **more)


def state(name: str, **more) -> str:
    return event('state', struct.pack('!H', STATES.index(name)), **more)


def gateway(to: str, *ports: int) -> str:
    return event('gateway', address(to) + struct.pack('!HH', *(ports or (500, 4500))))


def install(plan: Plan) -> str:
    return event('install', plan.encode())


def fault(status: str, stage: str = 'tunnel', received: bytes = b'') -> bytes:
    numbers = struct.pack('!HHI', STATUSES.index(status), STAGES.index(stage), 0)
    return numbers + text(b'') + text(received)


def ended(status: str, **more) -> str:
    return event('ended', fault(status, **more))


def summary(gateway_address: str, identity: bytes = b'vpn') -> str:
    body = address(gateway_address) + text(identity) + text(b'a') + text(b'b') + text(b'c')
    return event('summary', body + struct.pack('!HQBI', 0, 1000, 0, 2))


def trace(*fields: tuple[bytes, bytes], at: int = 0) -> bytes:
    body = struct.pack('!QHH', at, 0, len(fields))
    return body + b''.join(key + b'\0\1' + text(value) for key, value in fields)


def awaiting(kind: int) -> str:
    return f'await {kind}'


def call(name: str, *arguments) -> str:
    words = [f'#{a.hex()}' if isinstance(a, bytes) else str(a) for a in arguments]
    return ' '.join(['call', name, *words])


def endpoint(to: str, port: int) -> bytes:
    if ipaddress.ip_address(to).version == 4:
        return struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) + socket.inet_aton(to) + bytes(8)
    packed = socket.inet_pton(socket.AF_INET6, to)
    return struct.pack('=H', socket.AF_INET6) + struct.pack('!HI', port, 0) + packed + bytes(4)


def send(by: str, to: str, port: int, payload: bytes = b'clear') -> str:
    where = endpoint(to, port)
    return call('sendto', by, payload, len(payload), 0, where, len(where))


def write(to: str, payload: bytes) -> str:
    return call('write', to, payload, len(payload))


def script(*steps: str) -> str:
    return '\n'.join(steps)
