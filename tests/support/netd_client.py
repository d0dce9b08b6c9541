"""holdfast-netd for tests: the process in a network namespace, and holdfastd's side of its socket.

    with contextlib.ExitStack() as stack:
        net = quiet_network(stack)
        with Netd(net.client) as netd, netd.client() as client:
            client.apply(Plan(...))
"""
import array
import contextlib
import dataclasses
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import struct
import tempfile
from pathlib import Path
from typing import Optional, Sequence

from rig.netns import Namespace
from rig.process import DIE_WITH_US, Child, RigError, run, wait_until
from rig.topology import Network

ROOT = Path(__file__).parents[2]
BUILD = Path(os.environ.get('HOLDFAST_BUILD', ROOT / 'b'))
DAEMON_UID, ENGINE_UID = 64720, 64721
MARK, MARK_MASK, TABLE = 0x480000, 0xFF0000, 18502
TUN = 'hold0'

(
    HELLO,
    START_ENGINE,
    KILL_ENGINE,
    UNDERLAY_SOCKET,
    RESOLVER_SOCKET,
    TUN_DEVICE,
    APPLY,
    EVENT,
    UNBLOCK,
    START_KEYS,
) = range(1, 11)
VERSION = 2
CONNECT, IMPORT = range(2)
ENGINE_EXITED, TABLE_LOST, UNBLOCKED = range(3)
SESSION, ALWAYS, OFF = range(3)


def _table(path: str, macro: str, column: int) -> list[str]:
    text = (ROOT / path).read_text()
    found = re.findall(rf'^{macro}\((\w+),\s*"([^"]+)"', text, re.M)
    return [row[column] for row in found]


STATUS = _table('client-core/base/status.def', 'HF_STATUS', 1)
STATES = _table('client-core/include/holdfast/state.def', 'HF_CONN_STATE', 1)


class Refused(Exception):
    """netd answered with a status other than ok; `code` is it."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Gone(Exception):
    """netd closed the connection."""


def _address(text: str) -> bytes:
    address = ipaddress.ip_address(text)
    return bytes([address.version]) + address.packed


def _prefix(text: str) -> bytes:
    interface = ipaddress.ip_interface(text)
    return _address(str(interface.ip)) + bytes([interface.network.prefixlen])


def _text(text: str) -> bytes:
    return struct.pack('!H', len(text)) + text.encode()


def _list(items: Sequence, encode) -> bytes:
    return struct.pack('!H', len(items)) + b''.join(encode(item) for item in items)


@dataclasses.dataclass
class Plan:
    """struct hf_plan. `addresses`, `routes` and `excluded` are prefixes; `name_servers` those of
    the name hole."""

    tunnel: bool = False
    tun_name: str = ''
    mtu: int = 0
    addresses: Sequence[str] = ()
    routes: Sequence[str] = ()
    excluded: Sequence[str] = ()
    resolvers: Sequence[str] = ()
    domains: Sequence[str] = ()
    block: bool = False
    mode: int = SESSION
    state: str = 'disconnected'
    allow_lan: bool = False
    gateways: Sequence[str] = ()
    ports: Sequence[int] = ()
    name_servers: Sequence[tuple[str, int]] = ()
    protected: Sequence[str] = ()

    def encode(self) -> bytes:
        return b''.join(
            [
                bytes([self.tunnel]),
                _text(self.tun_name),
                struct.pack('!H', self.mtu),
                _list(self.addresses, _prefix),
                _list(self.routes, _prefix),
                _list(self.excluded, _prefix),
                _list(self.resolvers, _address),
                _list(self.domains, _text),
                bytes([self.block]),
                struct.pack('!HH', self.mode, STATES.index(self.state)),
                bytes([self.allow_lan]),
                _list(self.gateways, _address),
                _list(self.ports, lambda port: struct.pack('!H', port)),
                _list(self.name_servers, lambda e: _address(e[0]) + struct.pack('!H', e[1])),
                _list(self.protected, _prefix),
            ]
        )

    def but(self, **changes) -> 'Plan':
        return dataclasses.replace(self, **changes)


def full_tunnel(**changes) -> Plan:
    plan = Plan(
        tunnel=True,
        tun_name=TUN,
        mtu=1400,
        addresses=['10.9.0.2/24', '2001:db8:9::2/64'],
        routes=['0.0.0.0/0', '::/0'],
        resolvers=['10.9.0.1'],
        domains=['corp.example.test'],
        block=True,
        state='connected',
        gateways=['192.0.2.2'],
    )
    return plan.but(**changes)


@contextlib.contextmanager
def acting_as(uid: int):
    """The kernel notes the effective uid of whoever connects a socket."""
    before, gid = os.geteuid(), os.getegid()
    if uid != 0:
        os.setegid(uid)
        os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(before)
        os.setegid(gid)


@dataclasses.dataclass
class Reply:
    type: int
    serial: int
    body: bytes
    fds: list[int]

    @property
    def code(self) -> str:
        return STATUS[struct.unpack_from('!H', self.body)[0]]

    @property
    def result(self) -> bytes:
        return self.body[2:]


class NetdClient:
    """One connection. Methods raise Refused for any status but ok."""

    def __init__(self, path: Path, uid: int = DAEMON_UID, hello: bool = True, patience: float = 20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(patience)
        self.serial = 0
        self.events: list[tuple[int, int, int]] = []
        with acting_as(uid):
            self.socket.connect(str(path))
        if hello:
            version, self.boot_id, self.plan = self.hello()

    def __enter__(self) -> 'NetdClient':
        return self

    def __exit__(self, *failure) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, kind: int, body: bytes = b'', fds: Sequence[int] = ()) -> None:
        self.serial += 1
        packet = struct.pack('!HHI', kind, 0, self.serial) + body
        self.send_raw(packet, fds)

    def send_raw(self, packet: bytes, fds: Sequence[int] = ()) -> None:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))
        self.socket.sendmsg([packet], [rights] if fds else [])

    def receive(self) -> Reply:
        try:
            packet, fds, _, _ = socket.recv_fds(self.socket, 70000, 4)
        except ConnectionResetError as error:
            raise Gone from error
        if not packet:
            raise Gone
        kind, _, serial = struct.unpack_from('!HHI', packet)
        return Reply(kind, serial, packet[8:], list(fds))

    def request(self, kind: int, body: bytes = b'', fds: Sequence[int] = ()) -> Reply:
        """Sends it and waits for its reply; events that come in between are kept."""
        self.send(kind, body, fds)
        while True:
            reply = self.receive()
            if reply.serial == 0:
                self.events.append(struct.unpack('!HII', reply.body))
                continue
            assert (reply.type, reply.serial) == (kind, self.serial)
            if reply.code != 'ok':
                assert not reply.fds
                raise Refused(reply.code)
            return reply

    def event(self) -> tuple[int, int, int]:
        """The next event: what, pid, wait status."""
        if self.events:
            return self.events.pop(0)
        reply = self.receive()
        assert reply.type == EVENT and reply.serial == 0
        return struct.unpack('!HII', reply.body)

    def hello(self) -> tuple[int, bytes, bytes]:
        """Version, boot id, and the encoded plan in force."""
        result = self.request(HELLO, struct.pack('!H', VERSION)).result
        self.least_lock, self.floor_damaged = struct.unpack_from('!H?', result, 18)
        return struct.unpack_from('!H', result)[0], result[2:18], result[21:]

    def apply(self, plan: Plan) -> None:
        self.request(APPLY, plan.encode())

    def start_engine(self, mode: int = CONNECT) -> tuple[int, socket.socket]:
        reply = self.request(START_ENGINE, struct.pack('!H', mode))
        return struct.unpack('!I', reply.result)[0], socket.socket(fileno=reply.fds[0])

    def start_keys(self, uid: int) -> tuple[int, socket.socket]:
        reply = self.request(START_KEYS, struct.pack('!I', uid))
        return struct.unpack('!I', reply.result)[0], socket.socket(fileno=reply.fds[0])

    def kill_engine(self, pid: int) -> None:
        self.request(KILL_ENGINE, struct.pack('!I', pid))

    def udp_socket(self, version: int = 4, kind: int = UNDERLAY_SOCKET) -> socket.socket:
        return socket.socket(fileno=self.request(kind, bytes([version])).fds[0])

    def tun(self, name: str = TUN, mtu: int = 1400) -> int:
        return self.request(TUN_DEVICE, _text(name) + struct.pack('!H', mtu)).fds[0]


class Netd:
    """A holdfast-netd with an instance of its own in `namespace`; everything goes at the end, what
    it would have left in the kernel with the namespace."""

    def __init__(self, namespace: Namespace, folder: Optional[Path] = None, programs=None):
        self.namespace = namespace
        self.programs = Path(programs or BUILD / 'platform')
        self.made = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix='hf-netd-'))
        self.folder.chmod(0o755)
        self.run, self.var = self.folder / 'run/holdfast', self.folder / 'var/lib/holdfast'
        self.resolv_conf = self.folder / 'resolv.conf'
        self.child: Optional[Child] = None

    def __enter__(self) -> 'Netd':
        if not self.resolv_conf.is_symlink() and not self.resolv_conf.exists():
            self.resolv_conf.write_text('nameserver 192.0.2.53\n')
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure) -> None:
        if self.child is not None:
            self.child.stop(signal.SIGKILL)
        if self.made:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def socket(self) -> Path:
        return self.run / 'netd.sock'

    @property
    def journal(self) -> Path:
        return self.run / 'netd/journal'

    def argv(self, *options: str) -> list[str]:
        program = str(self.programs / 'holdfast-netd')
        return [
            program,
            '--root',
            str(self.folder),
            '--bus',
            'none',
            '--resolv-conf',
            str(self.resolv_conf),
            *options,
        ]

    def lay_floor(self, text: str) -> Path:
        """Writes the floor file; read at the next start, or SIGHUP."""
        path = self.folder / 'etc/holdfast/floor'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, *options: str) -> None:
        self.child = self.namespace.spawn(self.argv(*options), self.folder / 'netd.log')
        wait_until(self._is_ready, 20, f'start of holdfast-netd: {self.log()}')

    def _is_ready(self) -> bool:
        if not self.child.is_running():
            raise RigError(f'holdfast-netd ended: {self.log()}')
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
                probe.connect(str(self.socket))
        except OSError:
            return False
        return True

    def log(self) -> str:
        path = self.folder / 'netd.log'
        return path.read_text() if path.exists() else ''

    def kill(self) -> None:
        """As if it had crashed."""
        self.child.stop(signal.SIGKILL)

    def stop(self) -> int:
        return self.child.stop(signal.SIGTERM, patience=20)

    def unblock(self, check: bool = True):
        argv = [*DIE_WITH_US, *self.argv('--unblock')]
        return run(self.namespace.command(argv), check=check)

    def client(self, **options) -> NetdClient:
        return NetdClient(self.socket, **options)


def quiet_network(stack: contextlib.ExitStack) -> Network:
    """Without link-local addresses on the client: they come when they like, which is no difference
    that a test looks for."""
    net = Network(stack)
    net.client.ip('link set out addrgenmode none', 'address flush dev out scope link')
    return net


class Host:
    """What a namespace looks like from outside of netd."""

    def __init__(self, namespace: Namespace):
        self.namespace = namespace

    def json(self, *argv: str) -> list:
        return json.loads(self.namespace.run(argv).stdout or '[]')

    def ip(self, *words: str) -> list:
        return self.json('ip', '-j', '-d', *words)

    def rules(self, family: str = '-4') -> list[tuple]:
        """Priority, mark, destination, table or action."""
        return [
            (
                rule['priority'],
                rule.get('fwmark'),
                rule['dst'] + f'/{rule["dstlen"]}' if 'dstlen' in rule else rule.get('dst'),
                rule.get('table') or rule.get('action'),
            )
            for rule in self.json('ip', '-j', family, 'rule', 'show')
            if 18500 <= rule['priority'] < 18600
        ]

    def routes(self, family: str = '-4') -> list[tuple]:
        """Kind, destination, link, metric of our table."""
        found = self.namespace.run(
            ['ip', '-j', '-d', family, 'route', 'show', 'table', str(TABLE)], check=False
        ).stdout
        return sorted(
            (route['type'], route['dst'], route.get('dev'), route.get('metric'))
            for route in json.loads(found or '[]')
        )

    def addresses(self, link: str = TUN) -> list[str]:
        links = self.json('ip', '-j', 'address', 'show')
        found = [entry for entry in links if entry.get('ifname') == link]
        return sorted(
            f'{a["local"]}/{a["prefixlen"]}' for entry in found for a in entry['addr_info']
        )

    def link(self, name: str = TUN) -> Optional[dict]:
        return next((e for e in self.ip('link', 'show') if e.get('ifname') == name), None)

    def firewall(self) -> str:
        return self.namespace.run(['nft', 'list', 'ruleset']).stdout

    def sysctl(self, name: str) -> str:
        with self.namespace.entered():
            return Path(f'/proc/sys/net/{name}').read_text().strip()

    def everything(self) -> dict:
        """All that Holdfast may change, for before and after."""
        show = lambda *words: self.namespace.run(['ip', *words]).stdout
        return {
            'firewall': self.firewall(),
            'links': [entry['ifname'] for entry in self.ip('link', 'show')],
            'addresses': [self.addresses(e['ifname']) for e in self.ip('link', 'show')],
            'rules': show('-4', 'rule') + show('-6', 'rule'),
            'routes': show('-4', 'route', 'show', 'table', 'all')
            + show('-6', 'route', 'show', 'table', 'all'),
            'settings': [
                self.sysctl('ipv4/conf/all/src_valid_mark'),
                self.sysctl('ipv4/conf/all/arp_ignore'),
            ],
        }
