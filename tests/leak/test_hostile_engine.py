"""An engine that somebody has taken over: netd starts it in the place of holdfast-engine, confined by the same code, and it tries
what its script says (tests/support/hostile_engine.c). Nothing that would harm anybody comes of it, and no protected packet is on
the outer wire in the clear. What an engine can do by design is named at the end of the lists. The release build: a sanitizer's
runtime needs system calls that an engine does not have."""
import contextlib
import json
import shutil
import socket
import threading
import time

import pytest

import hostile_steps as do
from hostile_steps import COUNTERS, EVENT, INSTALLED, TRACE, UNDERLAY, call, send
from netd_client import Plan
from rig import probes
from rig.capture import Capture
from rig.connections import HOST
from rig.holdfast import Holdfast, addresses_of, build_folder
from rig.instance import native_profile
from rig.lab import Lab
from rig.process import wait_until
from rig.topology import CLIENT, CLIENT_ROUTER, GATEWAY, INTERNET, INTERNET6

FOREIGN = '198.51.100.66'  # nothing that anybody of ours names
TRYING = ['resolving', 'handshaking', 'authenticating', 'installing']
OVER = ['failed', 'reconnecting', 'blocked']
PLAN = Plan(tunnel=True, tun_name='hold9', mtu=1400, addresses=['10.9.0.2/24'], routes=['0.0.0.0/0'])
OPEN = [do.gateway(GATEWAY), do.awaiting(UNDERLAY)]
PROVED = [*OPEN, do.state('authenticating')]
UP = [*PROVED, do.install(PLAN), do.awaiting(INSTALLED)]
DONE = call('getpid')


def but(**changes) -> list[str]:
    return [*PROVED, do.install(PLAN.but(**changes))]


def forwarded(to: str) -> bytes:
    """virtio_net_hdr, then a datagram from inside to a host of the open Internet."""
    head = bytes([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0]) + socket.inet_aton('10.9.0.77') + socket.inet_aton(to)
    total = sum(int.from_bytes(head[i : i + 2], 'big') for i in range(0, 20, 2))
    check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    head = head[:10] + check.to_bytes(2, 'big') + head[12:]
    return bytes(10) + head + bytes([0, 9, 0, 9, 0, 8, 0, 0])


# System calls. Each ends the engine, or the kernel says no.

INET, UNIX, NETLINK, PACKET = socket.AF_INET, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET
STREAM, DGRAM, RAW = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW
MAPPED = (0, 4096, 7, 0x22, -1, 0)  # readable, writable, executable
CALLS = {
    'a file': ['open', '@/etc/passwd', 0],
    'a file by openat': ['openat', -100, '@/etc/passwd', 0],
    'a file by openat2': ['openat2', -100, '@/etc/passwd', bytes(24), 24],
    'a program': ['execve', '@/bin/sh', 0, 0],
    'a program by descriptor': ['execveat', 0, '@', 0, 0, 0x1000],
    'a child': ['fork'],
    'a child by vfork': ['vfork'],
    'a thread': ['clone', 0x10900, 0, 0, 0, 0],
    'a child by clone3': ['clone3', bytes(88), 88],
    'another process': ['ptrace', 16, 1, 0, 0],
    'the memory of another': ['process_vm_readv', 1, bytes(16), 1, bytes(16), 1, 0],
    'the end of init': ['kill', 1, 0],
    'a thread of init': ['tgkill', 1, 1, 0],
    'a descriptor of another': ['pidfd_open', 1, 0],
    'a TCP socket': ['socket', INET, STREAM, 0],
    'a UDP socket': ['socket', INET, DGRAM, 0],
    'a UNIX socket': ['socket', UNIX, STREAM, 0],
    'a netlink socket': ['socket', NETLINK, RAW, 0],
    'a packet socket': ['socket', PACKET, RAW, 0x300],
    'a pair of sockets': ['socketpair', UNIX, STREAM, 0, bytes(8)],
    'another device': ['ioctl', 0, 0x400454CA, bytes(40)],
    'an option of its socket': ['setsockopt', 0, 1, 36, bytes(4), 4],
    'executable memory': ['mmap', *MAPPED],
    'memory made executable': ['mprotect', 0, 0, 4],
    'a file in memory': ['memfd_create', '@x', 0],
    'a ring': ['io_uring_setup', 8, bytes(120)],
    'a program in the kernel': ['bpf', 0, bytes(72), 72],
    'page faults': ['userfaultfd', 0],
    'counters of the processor': ['perf_event_open', bytes(120), 0, -1, -1, 0],
    'a namespace': ['unshare', 0x10000000],
    'the namespace of another': ['setns', 0, 0],
    'a mount': ['mount', '@none', '@/', '@tmpfs', 0, 0],
    'another root': ['chroot', '@..'],
    'a folder': ['mkdir', '@/x', 0o700],
    'to be dumped': ['prctl', 4, 1, 0, 0, 0],
    'root again': ['setuid', 0],
    'signals for others': ['fcntl', 0, 8, 1],
    'keys of the kernel': ['keyctl', 0, -3, 0],
    'shared memory': ['shmget', 0, 4096, 0o1600],
    'a queue': ['mq_open', '@/x', 0o102, 0o600, 0],
    'another personality': ['personality', 8],
}  # fmt: skip
# With no confinement around it, the same program succeeds: the list says something.
WITHOUT = ['a file', 'a file by openat', 'a file by openat2', 'a TCP socket', 'a UDP socket', 'a UNIX socket', 'a netlink socket',
           'a packet socket', 'a pair of sockets', 'executable memory', 'a file in memory', 'to be dumped', 'the end of init',
           'a thread of init', 'a descriptor of another', 'signals for others', 'a child']  # fmt: skip

# Through the sockets and the device that it has. The kernel says no.

SENT = {
    'the open Internet': [*OPEN, send('underlay', INTERNET, 4500)],
    'another port of the gateway': [*OPEN, send('underlay', GATEWAY, 443)],
    'the port for names at the gateway': [*OPEN, send('underlay', GATEWAY, 53)],
    'the resolver of the network': [*OPEN, send('underlay', CLIENT_ROUTER, 53)],
    'the LAN': [*OPEN, send('underlay', CLIENT_ROUTER, 4500)],
    'everybody on the link': [*OPEN, send('underlay', '255.255.255.255', 67)],
    'the other family': [*OPEN, send('underlay', INTERNET6, 4500)],
    'the open Internet from inside': [*UP, send('underlay', INTERNET, 4500)],
    'a connection of its socket': [*OPEN, call('connect', 'underlay', do.endpoint(INTERNET, 4500), 16)],
    'a port of its own': [*OPEN, call('bind', 'underlay', do.endpoint('0.0.0.0', 68), 16)],
    'without the mark': [*OPEN, call('setsockopt', 'underlay', 1, 36, bytes(4), 4)],
}  # fmt: skip
NAMED = {
    'the hole for names once it is closed': [*OPEN, send('resolver', CLIENT_ROUTER, 53)],
    'other than the resolver': [send('resolver', INTERNET, 53)],
    'another port of the resolver': [send('resolver', CLIENT_ROUTER, 5353)],
}  # fmt: skip

# Over its channel: (what it says, the states that may come of it). A refused plan stays `installing` until the engine ends.

SAID = {
    'a type that there is not': ([do.say(99)], OVER),
    'what the daemon says': ([do.say(1)], OVER),
    'a packet without a header': (['raw 3'], OVER),
    'a packet that is too large': (['raw 70000'], OVER),
    'an event that there is not': ([do.say(EVENT, b'\0\x63')], OVER),
    'an event cut short': ([do.say(EVENT, b'\0\1\4\1')], OVER),
    'an event and more': ([do.event('proof', bytes(9))], OVER),
    'keys of a child SA': ([do.event('child-add', bytes(64))], OVER),
    'a state that there is not': ([do.event('state', b'\0\x63')], OVER),
    'a secret that there is not': ([do.event('secret-wanted', b'\0\x63')], OVER),
    'counters cut short': ([do.say(COUNTERS, bytes(7))], OVER),
    'an import that nobody asked for': ([do.say(68, bytes(16))], OVER),
    'an import with descriptors': ([do.say(68, bytes(16), fds=3)], OVER),
    'descriptors that nobody asked for': ([do.say(64, fds=4, count=200)], TRYING),
    'more descriptors than fit': ([do.say(64, fds=4), call('sendmsg', 0, bytes(56), 0)], TRYING + OVER),
    'a gateway that nobody named': ([do.gateway(FOREIGN)], OVER),
    'the hole for the port of names': ([do.gateway(GATEWAY, 53, 0)], OVER),
    'a hole for another port': ([do.gateway(GATEWAY, 500, 443)], OVER),
    'a hole for everybody': ([do.gateway('0.0.0.0')], OVER),
    'a hole for the link': ([do.gateway('255.255.255.255')], OVER),
    'a hole for this host': ([do.gateway('127.0.0.1')], OVER),
    'connected, at once': ([do.state('connected')], TRYING),
    'connected, before it authenticated': ([*OPEN, do.state('connected')], TRYING),
    'a plan, before it authenticated': ([*OPEN, do.install(PLAN)], TRYING),
    'disconnected': ([do.state('disconnected')], TRYING),
    'a portal': ([*OPEN, do.state('portal')], TRYING),
    'an end that nobody asked for': ([do.ended('ok')], OVER),
    'a fault with lines of its own': ([do.event('ended', do.fault('gateway-no-reply', received=b'a\nb\x1b[2J'))], OVER),
    'a gateway with escapes for a name': ([do.summary(GATEWAY, b'\x1b]0;owned\x07')], OVER),
    'a secret that the profile does not have': ([*PROVED, do.event('secret-wanted', b'\0\0')], TRYING + OVER),
    'a device of MTU 0': (but(mtu=0), OVER),
    'a device of MTU 65535': (but(mtu=65535), OVER),
    'a domain with a line of its own': (but(domains=['a\nnameserver ' + FOREIGN]), OVER),
    'a domain with a space': (but(domains=['a ' + FOREIGN]), OVER),
    'no address': (but(addresses=[]), OVER),
    'the address of this host': (but(addresses=[f'{CLIENT}/32']), [*OVER, 'installing']),
    'the address of everybody': (but(addresses=['255.255.255.255/32']), OVER),
    'the address of loopback': (but(addresses=['127.0.0.1/8']), OVER),
    'an address of a family that was not asked for': (but(addresses=['2001:db8:9::2/64'], routes=['::/0']), OVER),
    'more routes than a plan holds': (but(routes=[f'10.{i // 256}.{i % 256}.0/24' for i in range(2000)]), OVER),
    'a route with host bits': (but(routes=['10.9.0.1/8']), OVER),
    'a resolver that the tunnel does not reach': (but(routes=['10.9.0.0/24'], resolvers=[FOREIGN]), ['connected']),
    'the uplink as the device': (but(tun_name='out'), ['connected']),
    'an exclusion of everything': (but(excluded=['0.0.0.0/1', '128.0.0.0/1']), ['connected']),
    'a firewall of its own': (but(block=False, mode=2, gateways=[FOREIGN]), ['connected']),
    'disconnected, from a tunnel': ([*UP, do.state('disconnected')], ['connected']),
    'the end of a tunnel': ([*UP, do.ended('ok')], OVER),
    'a failure of a tunnel': ([*UP, do.ended('gateway-identity-mismatch')], OVER),
    'another hole from a tunnel': ([*UP, do.gateway(FOREIGN)], ['connected']),
    'another plan from a tunnel': ([*UP, do.install(PLAN.but(resolvers=[FOREIGN]))], ['connected']),
    'a secret from a tunnel': ([*UP, do.event('secret-wanted', b'\0\0')], ['connected']),
    'a proof from the future': ([*UP, do.event('proof', b'\x7f' + bytes(7))], ['connected']),
    'a proof from the end of time': ([*UP, do.event('proof', b'\xff' * 8)], ['connected']),
    'a gateway that it is not connected to': ([*UP, do.summary(FOREIGN)], ['connected']),
    'a record in the name of holdfastd': ([do.say(TRACE, do.trace((b'process', b'holdfastd'), (b'ev', b'forged')))], TRYING),
    'a record with a line of its own': ([do.say(TRACE, do.trace((b'a', b'x\n{"process":"holdfastd","ev":"forged"}')))], TRYING),
    'a key that is no name': ([do.say(TRACE, do.trace((b'a"b\n', b'x')))], OVER),
    'a flood of states': ([*UP, do.state('path-lost', count=10000), do.state('connected')], ['connected']),
    'a flood of echoes': ([do.say(69, count=20000)], TRYING),
    'a flood of records': ([do.say(TRACE, do.trace((b'a', b'x' * 70)), count=20000)], TRYING),
}  # fmt: skip
# An engine has its gateway and its tunnel, whoever is in it: it can say that a gateway proved itself which did not, name the
# resolvers behind it, carry what it likes to the gateway, and ask the network's resolver while it looks for the gateway's name.
BY_DESIGN = {
    'connected, to a gateway that proved nothing': (UP, ['connected']),
    'resolvers behind it': (but(resolvers=['10.9.0.1']), ['connected']),
}  # fmt: skip
CARRIED = {
    'a packet to its gateway': [*UP, send('underlay', GATEWAY, 4500, b'\1' * 64)],
    'a packet to a user': [*UP, do.write('tun', forwarded('10.9.0.2'))],
}  # fmt: skip


class Attacked:
    """Holdfast, mode `always`, with the hostile engine in the place of its own."""

    def __init__(self, lab: Lab):
        self.lab = lab
        programs = lab.folder / 'build/platform'
        shutil.copytree(build_folder() / 'platform', programs, ignore=lambda _, names: {n for n in names if '.' in n})
        (lab.folder / 'build/cli').mkdir()
        shutil.copy(build_folder() / 'cli/holdfast', lab.folder / 'build/cli/holdfast')
        shutil.copy(build_folder() / 'tests/support/hostile-engine', programs / 'holdfast-engine')
        self.holdfast = Holdfast(lab, lab.folder / 'build').start()
        self.out = self.uplink()
        self.pids = self.holdfast.daemon(), self.holdfast.netd_pid()

    def import_profile(self, name: str, **overrides) -> str:
        path = self.lab.folder / f'{name}.json'
        settings = {'gateways': [GATEWAY], 'kill-switch': 'always', 'request': {'ipv4': True, 'ipv6': False}}
        path.write_bytes(native_profile(name, **{**settings, **overrides}))
        return self.holdfast.import_file(path)

    def attempt(self, profile: str, steps: list[str]) -> tuple[str, list[tuple[str, int]]]:
        """The state that came of it, and what came of each call (nothing of one that ended the engine)."""
        self.holdfast.cli('disconnect')
        self.holdfast.wait_state('disconnected', 10)
        self.counted = len(self.came())
        text = do.script(*steps, DONE, 'stay')
        result = self.holdfast.cli('connect', '--no-wait', profile, '--secret', 'psk=stdin', input=text)
        assert result.returncode == 0, result.stderr
        wait_until(lambda: self.is_over(), 15, 'the end of the attempt', 0.02)
        state = self.settled()
        return state, [came for came in self.calls() if came[0] != 'getpid']

    def settled(self) -> str:
        """An engine's last words may be on their way still: a second look, when what holdfastd was busy with is done."""
        self.holdfast.status()
        return self.holdfast.state()

    def records(self) -> list[dict]:
        path = self.holdfast.trace_path()
        older = path.with_name(path.name + '.1')
        text = (older.read_text() if older.exists() else '') + (path.read_text() if path.exists() else '')
        return [json.loads(line) for line in text.splitlines()]

    def came(self) -> list[dict]:
        return [record for record in self.records() if 'came' in record]

    def calls(self) -> list[tuple[str, int]]:
        """Of this attempt."""
        return [(r['call'], int(r['came'].split()[1])) for r in self.came()[self.counted :]]

    def is_over(self) -> bool:
        return any(name == 'getpid' for name, _ in self.calls()) or self.holdfast.state() in OVER

    def uplink(self) -> tuple:
        (link,) = json.loads(self.lab.net.client.run(['ip', '-json', 'address', 'show', 'out']).stdout)
        return link['mtu'], 'UP' in link['flags'], addresses_of(link)

    def harm(self) -> list[str]:
        """What is on the host that should not be."""
        client = self.lab.net.client
        start = time.monotonic()
        self.holdfast.status()
        found = [] if time.monotonic() - start < 1 else ['holdfastd does not answer']
        for words in (['nft', 'list', 'ruleset'], ['ip', 'rule'], ['ip', 'route', 'show', 'table', 'all']):
            if FOREIGN in client.run(words).stdout:
                found.append(f'{words[0]} knows {FOREIGN}')
        if 'policy drop' not in client.run(['nft', 'list', 'table', 'inet', 'holdfast']).stdout:
            found.append('no block')
        if FOREIGN in self.holdfast.resolv_conf.read_text():
            found.append(f'resolv.conf names {FOREIGN}')
        if self.uplink() != self.out:
            found.append('the uplink is another')
        if (self.holdfast.daemon(), self.holdfast.netd_pid()) != self.pids:
            found.append('holdfastd or netd died')
        if any(r['ev'] == 'forged' or r['process'] not in ('engine', 'holdfastd') for r in self.records()):
            found.append('a forged record')
        return found


class Traffic:
    """A user's packets to the open Internet, while the engine tries its list."""

    def __init__(self, lab: Lab):
        self.lab, self.end = lab, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *failure):
        self.end.set()
        self.thread.join()

    def _run(self):
        while not self.end.is_set():
            for address in (INTERNET, INTERNET6):
                probes.pace_udp(self.lab.net.client, address, rate=100, seconds=0.05, linger=0)


@contextlib.contextmanager
def attacked(lab: Lab):
    """Blocked before it begins; what comes of it all is read from the outer wire."""
    made = Attacked(lab)
    literal = made.import_profile('literal')
    made.attempt(literal, [do.ended('gateway-no-reply')])
    assert made.holdfast.state() == 'failed' and made.harm() == []
    lab.capture.stop()
    lab.capture = Capture(lab.net.router, 'client', lab.folder / 'attack.pcap')
    with Traffic(lab):
        yield made, literal
        made.holdfast.cli('disconnect')
    assert lab.grammar().violations(lab.capture.stop()) == []


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


def outcomes(made: Attacked, profile: str, tried: dict, judge) -> dict:
    """What succeeded, and what it did."""
    found = {}
    for name, entry in tried.items():
        wrong = judge(entry, made, profile)
        wrong += made.harm()
        if wrong:
            found[name] = wrong
    print(f'{len(tried)} tried')
    return found


def judge_call(steps: list[str], made: Attacked, profile: str) -> list[str]:
    """It came back with an error, or did not come back."""
    state, calls = made.attempt(profile, steps)
    return [f'{name}: {result}' for name, result in calls if result >= 0]


def judge_saying(entry: tuple, made: Attacked, profile: str) -> list[str]:
    steps, allowed = entry
    state, _ = made.attempt(profile, steps)
    return [] if state in allowed else [f'state {state}']


def bare(lab: Lab, words: list) -> str:
    program = build_folder() / 'tests/support/hostile-engine'
    return lab.net.client.run([program, '--bare'], input=do.script(call(*words))).stdout


def test_what_it_calls_would_succeed_without_confinement(lab):
    for name in WITHOUT:
        came = bare(lab, CALLS[name]).splitlines()
        assert came and all(int(line.split()[2]) >= 0 for line in came), name


def test_no_system_call_succeeds(lab):
    with attacked(lab) as (made, literal):
        assert len(CALLS) >= 30
        assert outcomes(made, literal, {name: [call(*words)] for name, words in CALLS.items()}, judge_call) == {}


def test_no_packet_goes_where_none_may(lab):
    with attacked(lab) as (made, literal):
        named = made.import_profile('named', gateways=[HOST])
        assert outcomes(made, literal, SENT, judge_call) == {}
        assert outcomes(made, named, NAMED, judge_call) == {}


def test_what_it_has_it_can_use(lab):
    """By design; and so the refusals above are not for want of a socket."""
    with attacked(lab) as (made, literal):
        for name, steps in CARRIED.items():
            state, calls = made.attempt(literal, steps)
            assert (state, [result >= 0 for _, result in calls]) == ('connected', [True]), name
            assert made.harm() == []


def test_nothing_that_it_says_harms(lab):
    with attacked(lab) as (made, literal):
        assert outcomes(made, literal, {**BY_DESIGN, **SAID}, judge_saying) == {}


def test_this_host_does_not_carry_its_packets_on(lab):
    """What it writes into the device for others does not leave by the uplink, on a host that forwards either."""
    lab.net.client.sysctl('ipv4/ip_forward', 1)
    with attacked(lab) as (made, literal):
        state, calls = made.attempt(literal, [*UP, do.write('tun', forwarded(INTERNET))])
        assert state == 'connected' and calls[0][1] > 0


def test_a_split_profile_keeps_its_networks(lab):
    """Everything, more than was named, and resolvers elsewhere."""
    made = Attacked(lab)
    split = made.import_profile('split', split=True, include=['10.77.0.0/24'])
    for routes in (['0.0.0.0/0'], ['0.0.0.0/1'], ['10.77.0.0/24', f'{FOREIGN}/32'], ['10.0.0.0/8']):
        state, _ = made.attempt(split, but(routes=routes))
        assert state in OVER, routes
    state, _ = made.attempt(split, but(routes=['10.77.0.0/24'], resolvers=[FOREIGN], domains=['com']))
    assert state == 'connected'
    assert FOREIGN not in made.holdfast.resolv_conf.read_text()
    assert 'com' not in made.holdfast.resolv_conf.read_text()
