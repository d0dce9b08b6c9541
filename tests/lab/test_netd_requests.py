"""Who may ask holdfast-netd for what, and what is handed over: sockets, the TUN device, engines."""
import os
import shutil
import signal
import socket
import struct
from pathlib import Path

import pytest

from netd_client import (
    APPLY,
    BUILD,
    DAEMON_UID,
    ENGINE_EXITED,
    ENGINE_UID,
    HELLO,
    IMPORT,
    KILL_ENGINE,
    MARK,
    OFF,
    RESOLVER_SOCKET,
    START_ENGINE,
    START_KEYS,
    TUN_DEVICE,
    UNBLOCK,
    UNDERLAY_SOCKET,
    VERSION,
    Gone,
    Netd,
    Plan,
    Refused,
    full_tunnel,
)
from rig.process import is_alive, wait_readable, wait_until
from rig.topology import CLIENT, GATEWAY, GATEWAY6

HANDSHAKING = Plan(block=True, state='handshaking', gateways=[GATEWAY, GATEWAY6])
PERSON = 64800
PROBE = BUILD / 'tests/support/probe-engine'


def refusal(client, kind: int, body: bytes = b'', **options) -> str:
    with pytest.raises(Refused) as refused:
        client.request(kind, body, **options)
    return refused.value.code


# Who.


@pytest.mark.parametrize('uid', [1000, ENGINE_UID, 65534])
def test_others_cannot_even_connect(netd, uid):
    with pytest.raises(PermissionError):
        netd.client(uid=uid)


def test_others_are_dropped_where_the_file_lets_them_in(netd):
    netd.socket.chmod(0o666)
    with pytest.raises((Gone, BrokenPipeError)):
        netd.client(uid=1000)


def test_root_may_unblock_and_nothing_else(netd):
    with netd.client(uid=0, hello=False) as root:
        for kind in (HELLO, START_ENGINE, START_KEYS, KILL_ENGINE, UNDERLAY_SOCKET, TUN_DEVICE, APPLY):
            assert refusal(root, kind, b'\0\1') == 'not-permitted'
        root.request(UNBLOCK)


def test_holdfastd_may_not_unblock_like_root(client):
    assert refusal(client, UNBLOCK) == 'not-permitted'


def test_second_holdfastd_waits_until_the_first_is_gone(netd, client):
    with netd.client(hello=False, patience=0.3) as second:
        second.send(HELLO, struct.pack('!H', VERSION))
        with pytest.raises(TimeoutError):
            second.receive()
        client.apply(Plan())
        client.close()
        second.socket.settimeout(10)
        assert second.receive().code == 'ok'
        second.apply(Plan())


def test_third_holdfastd_takes_the_place_of_the_waiting_one(netd, client):
    with netd.client(hello=False) as second, netd.client(hello=False) as third:
        with pytest.raises(Gone):
            second.receive()
        client.close()
        third.hello()


# What.


def test_nothing_before_hello(netd):
    with netd.client(hello=False) as client:
        for kind in (START_ENGINE, START_KEYS, UNDERLAY_SOCKET, RESOLVER_SOCKET, TUN_DEVICE, APPLY):
            assert refusal(client, kind) == 'unexpected-message'
        client.hello()
        client.apply(Plan())


def test_hello_is_said_once_and_in_the_same_version(netd, client):
    assert refusal(client, HELLO, struct.pack('!H', VERSION)) == 'unexpected-message'
    client.close()
    with netd.client(hello=False) as other:
        assert refusal(other, HELLO, struct.pack('!H', VERSION + 1)) == 'unexpected-message'


@pytest.mark.parametrize('kind', [0, 8, 11, 0x100, 0xFFFF])
def test_unknown_requests_are_refused(client, kind):
    assert refusal(client, kind) == 'unexpected-message'
    client.apply(Plan())


@pytest.mark.parametrize(
    'kind, right',
    [
        (START_ENGINE, b'\0\0'),
        (KILL_ENGINE, b'\0\0\0\1'),
        (UNDERLAY_SOCKET, b'\4'),
        (RESOLVER_SOCKET, b'\4'),
        (TUN_DEVICE, b'\0\5hold0\5\0'),
        (APPLY, Plan().encode()),
        (START_KEYS, struct.pack('!I', PERSON)),
    ],
    ids=['start', 'kill', 'underlay', 'resolver', 'tun', 'apply', 'keys'],
)
def test_bodies_of_another_length_are_refused(client, kind, right):
    for length in range(len(right)):
        assert refusal(client, kind, right[:length]) == 'message-malformed'
    assert refusal(client, kind, right + b'\0') in ('message-malformed', 'message-too-large')
    assert refusal(client, kind, right + bytes(60000)) in ('message-malformed', 'message-too-large')


@pytest.mark.parametrize(
    'kind, body',
    [
        (START_ENGINE, b'\0\2'),
        (UNDERLAY_SOCKET, b'\0'),
        (UNDERLAY_SOCKET, b'\5'),
        (TUN_DEVICE, b'\0\5ho/d0\5\0'),
        (TUN_DEVICE, b'\0\0\5\0'),
        (TUN_DEVICE, b'\0\4tun0\5\0'),
        (TUN_DEVICE, b'\0\4hold\5\0'),
        (TUN_DEVICE, b'\0\5hold0\0\1'),
        (APPLY, full_tunnel(mtu=100).encode()),
        (APPLY, full_tunnel(addresses=['127.0.0.1/8']).encode()),
        (APPLY, full_tunnel(domains=['a\nnameserver 192.0.2.1']).encode()),
        (APPLY, full_tunnel(tun_name='../x').encode()),
        (APPLY, full_tunnel(tun_name='tun0').encode()),
    ],
    ids=[
        'engine mode',
        'no family',
        'unknown family',
        'path as name',
        'no name',
        'name of another program',
        'name without a number',
        'tiny MTU',
        'tiny MTU in a plan',
        'loopback as inner address',
        'newline in a domain',
        'path as name in a plan',
        'name of another program in a plan',
    ],
)
def test_values_out_of_bounds_are_refused(client, host, kind, body):
    before = host.everything()
    assert refusal(client, kind, body) == 'message-malformed'
    assert host.everything() == before


def test_descriptors_are_not_taken(client, netd):
    before = len(os.listdir(f'/proc/{netd.child.pid}/fd'))
    with open('/dev/null') as null:
        assert refusal(client, APPLY, Plan().encode(), fds=[null.fileno()]) == 'message-malformed'
    client.apply(Plan())  # what came before is done with
    assert len(os.listdir(f'/proc/{netd.child.pid}/fd')) == before


@pytest.mark.parametrize(
    'packet',
    [b'\0', bytes(7), b'\0\7\0\1\0\0\0\1', bytes(8 + 65537)],
    ids=['one octet', 'short header', 'reserved bit', 'long body'],
)
def test_packets_that_are_no_messages_end_the_connection(netd, client, packet):
    client.send_raw(packet)
    with pytest.raises(Gone):
        client.receive()
    with netd.client():
        pass


def test_holdfastd_that_does_not_read_is_dropped(netd):
    """netd waits for nobody."""
    with netd.client() as client:
        client.socket.settimeout(5)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(100000):
                client.send(KILL_ENGINE, bytes(4))
    with netd.client():
        pass


# Sockets.


def option(made: socket.socket, level: int, name: int) -> int:
    return made.getsockopt(level, name)


@pytest.mark.parametrize('kind', [UNDERLAY_SOCKET, RESOLVER_SOCKET])
@pytest.mark.parametrize('version', [4, 6])
def test_sockets_are_marked_and_have_a_port(client, kind, version):
    with client.udp_socket(version, kind) as made, client.udp_socket(version, kind) as other:
        assert made.family == (socket.AF_INET if version == 4 else socket.AF_INET6)
        assert option(made, socket.SOL_SOCKET, socket.SO_MARK) == MARK
        assert made.getsockname()[1] not in (0, 500, 4500, other.getsockname()[1])
        assert option(made, socket.SOL_SOCKET, socket.SO_RCVBUF) >= 8 << 20
        assert not os.get_blocking(made.fileno())
        discover = (socket.IPPROTO_IP, 10) if version == 4 else (socket.IPPROTO_IPV6, 23)
        assert option(made, *discover) == (5 if version == 4 else 0)  # OMIT, DONT


def sent(made: socket.socket, data: bytes, to: tuple) -> str:
    try:
        made.sendto(data, to)
    except OSError as error:
        return os.strerror(error.errno)
    return 'sent'


def arrives(server: socket.socket, data: bytes) -> bool:
    return wait_readable(server.fileno(), 3) and server.recv(2000) == data


def listen(namespace, address: tuple) -> socket.socket:
    family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
    with namespace.entered():
        server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind(address)
    return server


@pytest.mark.parametrize('version, gateway', [(4, GATEWAY), (6, GATEWAY6)])
def test_only_these_sockets_reach_the_gateway(client, net, version, gateway):
    with listen(net.gateway, (gateway, 4500)) as server, client.udp_socket(version) as ours:
        with net.client.entered():
            theirs = socket.socket(ours.family, socket.SOCK_DGRAM)
        assert sent(theirs, b'free', (gateway, 4500)) == 'sent' and arrives(server, b'free')
        client.apply(HANDSHAKING)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        assert sent(theirs, b'clear', (gateway, 4500)) != 'sent'
        assert sent(ours, b'ike', (gateway, 4500)) == 'sent' and arrives(server, b'ike')
        assert sent(ours, b'other', (gateway, 4501)) != 'sent'
        theirs.close()


def test_answers_come_in_through_a_strict_rp_filter_under_a_full_tunnel(client, net):
    for name in ('all', 'out'):
        net.client.sysctl(f'ipv4/conf/{name}/rp_filter', 1)
    with listen(net.gateway, (GATEWAY, 4500)) as server, client.udp_socket() as ours:
        client.apply(full_tunnel())
        assert sent(ours, b'question', (GATEWAY, 4500)) == 'sent'
        assert wait_readable(server.fileno(), 3)
        _, caller = server.recvfrom(100)
        server.sendto(b'answer', caller)
        assert wait_readable(ours.fileno(), 3) and ours.recv(100) == b'answer'


def test_late_packets_do_not_tell_that_an_engine_is_gone(client, net):
    """No ICMP error goes to the gateway until there is nothing left to come back to."""

    def is_refused(port: int) -> bool:
        with net.router.entered():
            late = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with late:
            late.connect((CLIENT, port))
            late.send(b'late')
            if not wait_readable(late.fileno(), 0.5):
                return False
            with pytest.raises(ConnectionRefusedError):
                late.recv(100)
            return True

    split = ['10.9.0.0/16']  # else the answers would go into the tunnel
    client.apply(full_tunnel(block=False, mode=OFF, routes=split, protected=split))
    ports = []
    for _ in range(5):  # one more than are kept
        with client.udp_socket() as ours:
            ports.append(ours.getsockname()[1])
    assert [is_refused(port) for port in ports] == [True, False, False, False, False]
    client.apply(Plan())
    assert is_refused(ports[-1])


def test_large_datagrams_are_cut_and_not_dropped(client, net):
    net.router.ip('link set gateway mtu 1280')
    with listen(net.gateway, (GATEWAY, 4500)) as server, client.udp_socket() as ours:
        client.apply(HANDSHAKING)
        for size in (1400, 3000):
            assert sent(ours, bytes(size), (GATEWAY, 4500)) == 'sent'
            assert wait_readable(server.fileno(), 3) and len(server.recv(4000)) == size


def test_packets_into_the_tunnel_can_be_read_from_it(client, net):
    client.apply(full_tunnel())
    tun = client.tun()
    with net.client.entered():
        inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with inside:
        inside.connect(('198.51.100.7', 99))
        assert inside.getsockname()[0] == '10.9.0.2'
        inside.send(b'through the tunnel')
        assert wait_readable(tun, 3)
        packet = os.read(tun, 2000)[10:]
        assert packet[16:20] == bytes([198, 51, 100, 7]) and packet.endswith(b'through the tunnel')
    os.close(tun)


def test_inner_address_cannot_be_reached_from_the_link(client, net):
    """CVE-2019-14899, also where nothing is blocked. The other address shows that packets come."""
    client.apply(full_tunnel(block=False))
    net.router.ip(f'route add 10.9.0.2/32 via {CLIENT}')
    with listen(net.client, ('0.0.0.0', 7777)) as server, listen(
        net.router, ('0.0.0.0', 0)
    ) as probe:
        probe.sendto(b'inner', ('10.9.0.2', 7777))
        probe.sendto(b'outer', (CLIENT, 7777))
        assert arrives(server, b'outer')
        assert not wait_readable(server.fileno(), 0.2)


# The TUN device.


def test_tun_is_the_one_of_the_plan_whichever_comes_first(client, host):
    os.close(client.tun(mtu=1300))
    index = host.link()['ifindex']
    client.apply(HANDSHAKING)
    client.apply(full_tunnel())
    os.close(client.tun())
    assert host.link()['ifindex'] == index and host.link()['mtu'] == 1400


def test_tun_of_another_name_than_the_plans_is_refused(client):
    client.apply(full_tunnel())
    with pytest.raises(Refused, match='unexpected'):
        client.tun('hold1')


def test_tun_outlives_its_engine(client, host):
    client.apply(full_tunnel())
    os.close(client.tun())
    assert 'LOWER_UP' in host.link()['flags']  # netd holds it too


# Engines.


@pytest.fixture
def probed(net, tmp_path_factory):
    """A netd that starts the probe instead of an engine."""
    folder = tmp_path_factory.mktemp('programs')
    shutil.copy(BUILD / 'platform/holdfast-netd', folder)
    shutil.copy(PROBE, folder / 'holdfast-engine')
    folder.chmod(0o755)
    with Netd(net.client, programs=folder) as made:
        yield made


def hear(engine: socket.socket) -> dict[str, str]:
    assert wait_readable(engine.fileno(), 10)
    text = engine.recv(20000).decode()
    assert text, 'the engine ended at once'
    return dict(line.partition(' ')[::2] for line in text.splitlines())


def started(client, mode: int = 0) -> tuple[int, socket.socket, dict[str, str]]:
    pid, engine = client.start_engine(mode)
    return pid, engine, hear(engine)


def test_engine_has_no_privilege_but_to_change_its_root(probed):
    with probed.client() as client:
        _, engine, told = started(client)
        with engine:
            assert told['Uid'].split() == told['Gid'].split() == [str(ENGINE_UID)] * 4
            assert told['Groups'] == '' and told['NoNewPrivs'] == '1'
            chroot = f'{1 << 18:016x}'
            for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
                assert told[name] == chroot, name
            assert told['SigBlk'] == '0000000000000000'


def test_engine_has_nothing_of_netds(probed):
    with probed.client() as client:
        client.apply(full_tunnel())
        _, engine, told = started(client, IMPORT)
        with engine:
            assert told['mode'] == '--import' and told['fds'] == '0,1,2,3'
            assert told['variables'] == '0' and told['session'] == '1'
            assert told['core'] == '0' and int(told['processes']) <= 64
            assert told['folder-is-path'] != '0'
            netd_pid = probed.child.pid
            for name in ('net', 'ipc'):
                own = os.stat(f'/proc/{netd_pid}/ns/{name}').st_ino
                assert told[name] not in (str(own), str(os.stat(f'/proc/self/ns/{name}').st_ino))


def test_engine_can_lock_itself_into_an_empty_folder(probed):
    with probed.client() as client:
        _, engine, _ = started(client)
        with engine:
            engine.send(b'chroot')
            assert hear(engine) == {'chroot': 'ok', 'entries': '0', 'write': 'refused'}


def test_end_of_an_engine_is_told(probed):
    with probed.client() as client:
        pid, engine, _ = started(client)
        with engine:
            engine.send(b'exit 3')
            assert client.event() == (ENGINE_EXITED, pid, 3 << 8)
        pid, engine, _ = started(client)
        with engine:
            client.kill_engine(pid)
            assert client.event() == (ENGINE_EXITED, pid, signal.SIGKILL)
        with pytest.raises(Refused, match='not-found'):
            client.kill_engine(pid)


def test_only_engines_are_killed(probed):
    with probed.client() as client:
        for pid in (0, 1, os.getpid(), probed.child.pid, 0xFFFFFFFF):
            with pytest.raises(Refused, match='not-found'):
                client.kill_engine(pid)


def test_engines_are_limited_in_number(probed):
    with probed.client() as client:
        engines = [client.start_engine()[1] for _ in range(8)]
        with pytest.raises(Refused, match='busy'):
            client.start_engine()
        engines.pop().close()
        assert client.event()[0] == ENGINE_EXITED
        engines.append(client.start_engine()[1])
        for engine in engines:
            engine.close()


def test_engines_of_a_holdfastd_that_is_gone_are_ended(probed):
    with probed.client() as client:
        pid, engine, _ = started(client)
    with probed.client():
        wait_until(lambda: not is_alive(pid), 5, 'end of the engine')
    engine.close()


def test_engines_outlive_netd(probed):
    with probed.client() as client:
        pid, engine, _ = started(client)
        probed.kill()
        engine.send(b'chroot')
        assert hear(engine)['chroot'] == 'ok'
        engine.close()
    wait_until(lambda: not is_alive(pid), 5, 'end of the engine')


@pytest.mark.parametrize('mode', [0o757, 0o775])
@pytest.mark.parametrize('which', ['folder', 'program'])
def test_program_that_others_could_have_changed_is_not_started(probed, which, mode):
    (probed.programs if which == 'folder' else probed.programs / 'holdfast-engine').chmod(mode)
    with probed.client() as client:
        with pytest.raises(Refused, match='local-setup-failed'):
            client.start_engine()


def test_program_of_somebody_else_is_not_started(probed):
    os.chown(probed.programs / 'holdfast-engine', 1000, 1000)
    with probed.client() as client:
        with pytest.raises(Refused, match='local-setup-failed'):
            client.start_engine()


def test_netd_needs_few_libraries(netd):
    """What parses is not even loaded: no GLib, no JSON, no OpenSSL."""
    maps = Path(f'/proc/{netd.child.pid}/maps').read_text()
    for name in ('glib', 'gio', 'jansson', 'expat', 'crypto', 'ssl'):
        assert f'lib{name}' not in maps


# Holders of keys.


@pytest.mark.parametrize('uid', [0, DAEMON_UID, ENGINE_UID, 0xFFFFFFFF])
def test_no_holder_of_keys_for_root_or_one_of_ours(netd, uid):
    """Root is refused where the instance's owner is somebody else."""
    netd.kill()
    netd.start('--owner', str(PERSON))
    with netd.client() as client:
        assert refusal(client, START_KEYS, struct.pack('!I', uid)) == 'not-permitted'


def test_holder_of_keys_for_an_owner_who_is_root(client):
    pid, holder = client.start_keys(0)
    holder.close()
    assert client.event() == (ENGINE_EXITED, pid, 0)


def test_holder_of_keys_is_a_person_without_privilege(net, tmp_path_factory):
    folder = tmp_path_factory.mktemp('programs')
    shutil.copy(BUILD / 'platform/holdfast-netd', folder)
    shutil.copy(PROBE, folder / 'holdfast-keys')
    folder.chmod(0o755)
    with Netd(net.client, programs=folder) as netd, netd.client() as client:
        pid, holder = client.start_keys(PERSON)
        with holder:
            told = hear(holder)
            assert told['Uid'].split() == [str(PERSON)] * 4 and told['Gid'].split() == ['65534'] * 4
            assert told['Groups'] == '' and told['NoNewPrivs'] == '1' and told['core'] == '0'
            for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
                assert told[name] == '0' * 16, name
            assert told['fds'] == '0,1,2' and told['session'] == '1'
            client.kill_engine(pid)
            assert client.event()[:2] == (ENGINE_EXITED, pid)
