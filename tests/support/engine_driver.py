"""An engine without holdfastd and netd: started as netd starts it, and answered as holdfastd answers.

Sockets and the TUN device are opened here, in the namespace of the test, so that engine and protocol
can be tested alone. The messages are those of platform/ipc/engine_protocol.h.
"""
import array
import contextlib
import ctypes
import fcntl
import ipaddress
import json
import os
import re
import select
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator, NamedTuple, Optional, Sequence

ROOT = Path(__file__).resolve().parents[2]
ENGINE_UID = 64721

CONFIGURE, UNDERLAY, INSTALLED, SECRET, DISCONNECT, REKEY, IMPORT_FILE, ECHO, TUN_AHEAD = range(1, 10)
READY, EVENT, TRACE, COUNTERS, IMPORTED, ECHOED = range(64, 70)
EVENTS = ['state', 'gateway', 'install', 'child-add', 'child-send', 'child-remove', 'summary', 'proof']
EVENTS += ['traffic', 'secret-wanted', 'ended']
STAGES = ['none', 'profile', 'resolve', 'handshake', 'authentication', 'install', 'tunnel']

TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 0x1, 0x1000, 0x4000


def _table(path: str, pattern: str) -> list[str]:
    """The texts of a .def file, in order."""
    return re.findall(pattern, (ROOT / path).read_text(), re.M)


STATUSES = _table('client-core/base/status.def', r'^HF_STATUS\(\w+,\s*"([^"]+)"')
STATES = _table('client-core/include/holdfast/state.def', r'^HF_CONN_STATE\(\w+,\s*"([^"]+)"')
COUNTER_NAMES = _table('platform/ipc/engine_counters.def', r'^HF_ENGINE_COUNTER\((\w+)\)')
TRACE_NAMES = _table('client-core/base/trace.def', r'^HF_TRACE\(\w+,\s*"([^"]+)"')
SECRET_NAMES = ['private-key', 'certificates', 'psk', 'key-passphrase', 'password']


class Reader:
    """The cursor of base/reader.h and the values of ipc/values.h."""

    def __init__(self, body: bytes):
        self.body = body

    def take(self, size: int) -> bytes:
        if size > len(self.body):
            raise ValueError('message cut short')
        part, self.body = self.body[:size], self.body[size:]
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), 'big')

    def text(self) -> str:
        return self.take(self.number(2)).decode('latin-1')

    def address(self):
        octets = {0: 0, 4: 4, 6: 16}[self.number(1)]
        return ipaddress.ip_address(self.take(octets)) if octets else None

    def prefix(self):
        address = self.address()
        return ipaddress.ip_interface(f'{address}/{self.number(1)}')

    def many(self, read) -> list:
        return [read() for _ in range(self.number(2))]


def _address(text: Optional[str]) -> bytes:
    if text is None:
        return b'\0'
    address = ipaddress.ip_address(text)
    return bytes([address.version]) + address.packed


def _endpoint(address: str, port: int) -> bytes:
    return _address(address) + struct.pack('!H', port)


def hints(
    resolvers: Sequence[str] = (),
    last_good: Sequence[str] = (),
    last_ke: int = 0,
    rtt_us: int = 0,
    path_mtu: int = 0,
) -> bytes:
    body = struct.pack('!H', len(resolvers)) + b''.join(_endpoint(r, 53) for r in resolvers)
    body += struct.pack('!H', len(last_good)) + b''.join(_address(a) for a in last_good)
    body += struct.pack('!HQ', last_ke, rtt_us) + _address(None)
    return body + struct.pack('!HHq', 0, path_mtu, int(time.time()))


def secrets(**values: bytes) -> bytes:
    """`secrets(private_key=..., psk=...)` as profile/secrets.c encodes them."""
    out = b'HFSECRETS1'
    for name in SECRET_NAMES:
        value = values.get(name.replace('-', '_'))
        if value:
            out += bytes([len(name)]) + name.encode() + struct.pack('!I', len(value)) + value
    return out


def memfd(content: bytes) -> int:
    descriptor = os.memfd_create('driver', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content)
    fcntl.fcntl(descriptor, 1033, 0x1 | 0x2 | 0x4 | 0x8)  # F_ADD_SEALS: all of them
    return descriptor


def open_tun(name: str) -> int:
    """A TUN device with vnet header, made in the namespace of the calling thread."""
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_CLOEXEC)
    flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', name.encode(), flags))
    return tun


class Message(NamedTuple):
    """`kind`: ready, trace, counters, imported, echoed, or the name of an event."""

    kind: str
    content: dict
    fds: list[int]


def _plan(r: Reader) -> dict:
    r.number(1)
    plan = {'tun': r.text(), 'mtu': r.number(2)}
    plan['addresses'], plan['routes'], plan['excluded'] = (r.many(r.prefix) for _ in range(3))
    plan['resolvers'], plan['domains'] = r.many(r.address), r.many(r.text)
    return plan


def _fault(r: Reader) -> dict:
    status, stage = STATUSES[r.number(2)], STAGES[r.number(2)]
    found = {'status': status, 'stage': stage, 'peer_code': r.number(4)}
    return {**found, 'offered': r.text(), 'received': r.text()}


def _summary(r: Reader) -> dict:
    found = {'gateway': str(r.address())}
    for name in ('gateway_identity', 'ike_suite', 'esp_suite', 'authentication'):
        found[name] = r.text()
    return {**found, 'ke': r.number(2), 'rtt_us': r.number(8), 'nat': r.number(1), 'rounds': r.number(4)}


def _event(r: Reader) -> tuple[str, dict]:
    kind = EVENTS[r.number(2)]
    if kind == 'state':
        return kind, {'state': STATES[r.number(2)]}
    if kind == 'gateway':
        return kind, {'address': str(r.address()), 'ports': [r.number(2), r.number(2)]}
    if kind == 'install':
        return kind, _plan(r)
    if kind == 'summary':
        return kind, _summary(r)
    if kind == 'proof':
        return kind, {'at_us': r.number(8)}
    if kind == 'traffic':
        return kind, {'one-way': r.number(1) == 1}
    if kind == 'ended':
        return kind, _fault(r)
    raise ValueError(f'an engine does not send {kind}')


def _trace(r: Reader) -> dict:
    found: dict = {'at_us': r.number(8), 'event': TRACE_NAMES[r.number(2)]}
    for _ in range(r.number(2)):
        key = r.body.split(b'\0')[0].decode()
        r.take(len(key) + 1)
        found[key] = r.text() if r.number(1) else r.number(8)
    return found


def decode(kind: int, body: bytes, fds: list[int]) -> Message:
    r = Reader(body)
    if kind == READY:
        return Message('ready', {}, fds)
    if kind == EVENT:
        return Message(*_event(r), fds)
    if kind == TRACE:
        return Message('trace', _trace(r), fds)
    if kind == COUNTERS:
        return Message('counters', {name: r.number(8) for name in COUNTER_NAMES}, fds)
    if kind == IMPORTED:
        r.number(2)
        return Message('imported', _fault(r), fds)
    if kind == ECHOED:
        return Message('echoed', {}, fds)
    raise ValueError(f'an engine does not send messages of type {kind}')


class Engine:
    """One engine process; `folder` gets its log and the empty directory it is confined to."""

    def __init__(self, program: Path, folder: Path, mode: str = '--connect', sanitized: bool = False):
        self.folder, self.seen = folder, []
        self.log = folder / 'engine.log'
        empty = folder / 'empty'
        empty.mkdir(mode=0o755, exist_ok=True)
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.setblocking(False)
        root = os.open(empty, os.O_PATH | os.O_DIRECTORY)
        with theirs, self.log.open('ab') as log:
            self.process = subprocess.Popen(
                self._command(program, mode),
                stdin=theirs,
                stdout=log,
                stderr=log,
                env={},
                close_fds=False,
                preexec_fn=lambda: os.dup2(root, 3),
            )
        os.close(root)

    @staticmethod
    def _command(program: Path, mode: str) -> list[str]:
        capability = '-all,+sys_chroot'
        return (
            ['/usr/bin/setpriv', f'--reuid={ENGINE_UID}', f'--regid={ENGINE_UID}', '--clear-groups']
            + [f'--inh-caps={capability}', f'--ambient-caps={capability}']
            + ['--pdeathsig=KILL', '--', str(program), mode]
        )

    def send(self, kind: int, body: bytes = b'', fds: Sequence[int] = ()) -> None:
        packet = struct.pack('!HHI', kind, 0, 0) + body
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self.socket.sendmsg([packet], rights)

    def receive(self, seconds: float) -> Optional[Message]:
        """The next message; None where none comes in time; EOFError at the engine's end."""
        if not select.select([self.socket], [], [], max(0.0, seconds))[0]:
            return None
        packet, fds, _, _ = socket.recv_fds(self.socket, 65552, 4)
        if not packet:
            status = self.process.wait(5)
            raise EOFError(f'the engine is gone, exit status {status}: {self.log.read_text()}')
        kind, _, _ = struct.unpack('!HHI', packet[:8])
        message = decode(kind, packet[8:], list(fds))
        self.seen.append(message)
        return message

    def wait(self, kind: str, seconds: float = 10) -> Message:
        end = time.monotonic() + seconds
        while (message := self.receive(end - time.monotonic())) is not None:
            if message.kind == kind:
                return message
            if message.kind == 'ended':
                raise AssertionError(f'ended while waiting for {kind}: {message.content}')
        raise AssertionError(f'no {kind} in {seconds} s, but {self.seen[-10:]}')

    def wait_state(self, state: str, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while self.wait('state', end - time.monotonic()).content['state'] != state:
            pass

    def traces(self) -> list[dict]:
        return [message.content for message in self.seen if message.kind == 'trace']

    def status_of_threads(self) -> list[dict]:
        """/proc/PID/task/*/status, as dictionaries."""
        tasks = Path(f'/proc/{self.process.pid}/task').iterdir()
        return [
            dict(line.split(':\t', 1) for line in (task / 'status').read_text().splitlines())
            for task in tasks
        ]

    def end(self, seconds: float = 5) -> int:
        """Closes the socket and returns the exit status."""
        self.socket.close()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def __enter__(self) -> 'Engine':
        return self

    def __exit__(self, *failure) -> None:
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()


class Tunnel:
    """A client in `namespace` made of an engine and this driver in place of holdfastd and netd."""

    def __init__(self, namespace, engine: Engine, resolver: Optional[str] = None):
        self.namespace, self.engine, self.resolver = namespace, engine, resolver
        self.gateway, self.plan, self.tun = None, None, None

    def _udp(self, address: str) -> socket.socket:
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        with self.namespace.entered():
            return socket.socket(family, socket.SOCK_DGRAM)

    def configure(self, profile: dict, secret_values: dict, **hint_values) -> None:
        if self.resolver is not None:
            hint_values.setdefault('resolvers', [self.resolver])
        fds = [memfd(json.dumps(profile).encode()), memfd(secrets(**secret_values))]
        if self.resolver is not None:
            fds.append(self._udp(self.resolver).detach())
        self.engine.send(CONFIGURE, hints(**hint_values), fds)
        for descriptor in fds:
            os.close(descriptor)

    def answer_gateway(self, seconds: float = 15) -> dict:
        self.gateway = self.engine.wait('gateway', seconds).content
        with self._udp(self.gateway['address']) as underlay:
            self.engine.send(UNDERLAY, struct.pack('!H', 0), [underlay.fileno()])
        return self.gateway

    def answer_install(self, seconds: float = 15) -> dict:
        self.plan = self.engine.wait('install', seconds).content
        with self.namespace.entered():
            self.tun = open_tun(self.plan['tun'])
        self._apply()
        self.engine.send(INSTALLED, struct.pack('!H', 0), [self.tun])
        return self.plan

    def give_tun_ahead(self, name: str = 'hold0') -> None:
        """As holdfastd does while the gateway is asked."""
        with self.namespace.entered():
            self.tun = open_tun(name)
        self.engine.send(TUN_AHEAD, b'', [self.tun])

    def apply_plan(self) -> dict:
        """What netd does when the plan was asked for; the engine is not told that it is done."""
        self.plan = next(message.content for message in self.engine.seen if message.kind == 'install')
        self._apply()
        return self.plan

    def _apply(self) -> None:
        name = self.plan['tun']
        lines = [f'link set {name} mtu {self.plan["mtu"]} up']
        for address in self.plan['addresses']:
            lines.append(f'address add {address} dev {name}')
        lines += [f'route add {route} dev {name}' for route in self.plan['routes']]
        self.namespace.ip(*lines)

    def connect(self, profile: dict, secret_values: dict, **hint_values) -> None:
        self.engine.wait('ready')
        self.connect_ready(profile, secret_values, **hint_values)

    def connect_ready(self, profile: dict, secret_values: dict, **hint_values) -> None:
        self.configure(profile, secret_values, **hint_values)
        self.answer_gateway()
        self.answer_install()
        self.engine.wait_state('connected')

    def close(self) -> None:
        if self.tun is not None:
            os.close(self.tun)
            self.tun = None
