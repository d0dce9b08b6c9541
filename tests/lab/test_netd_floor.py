"""The floor: what an administrator laid down, holdfastd does not go below, whoever is in its place."""
import json
import os
import signal
import socket
import sys
import threading

import pytest

from netd_client import (
    ALWAYS,
    DAEMON_UID,
    OFF,
    ROOT,
    SESSION,
    Gone,
    Netd,
    Plan,
    Refused,
    full_tunnel,
)
from rig import probes
from rig.capture import Capture
from rig.packets import ICMPV6, IPV4, IPV6
from rig.process import wait_until
from rig.topology import GATEWAY, INTERNET, INTERNET6

HOSTILE = ROOT / 'tests/support/hostile_daemon.py'
STRICT = 'lock = always\nunblock = root\nforbidden = 10.20.0.0/16\n'
ALWAYS_BLOCKED = Plan(block=True, mode=ALWAYS, state='blocked')
SESSION_BLOCKED = ALWAYS_BLOCKED.but(mode=SESSION)
REACHING = Plan(block=True, mode=ALWAYS, state='handshaking', gateways=[GATEWAY])


def floor(lock: str, unblock: str = 'holdfastd', forbidden: str = '') -> str:
    return f'lock = {lock}\nunblock = {unblock}\nforbidden = {forbidden}\n'


@pytest.fixture
def laid(net):
    """A netd that has not been started, for a floor to be laid before."""
    netd = Netd(net.client)
    netd.resolv_conf.write_text('nameserver 192.0.2.53\n')
    yield netd
    netd.__exit__()


def started(netd: Netd, text: str) -> Netd:
    netd.lay_floor(text)
    netd.start()
    return netd


def refused(client, plan: Plan) -> bool:
    try:
        client.apply(plan)
    except Refused as refusal:
        assert refusal.code == 'forbidden-by-administrator'
        return True
    return False


# Somebody else in the place of holdfastd.


class Traffic:
    """A user's packets to the open Internet, until the block ends."""

    def __init__(self, namespace):
        self.namespace, self.end = namespace, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *failure):
        self.end.set()
        self.thread.join()

    def _run(self):
        while not self.end.is_set():
            for address in (INTERNET, INTERNET6):
                probes.pace_udp(self.namespace, address, rate=200, seconds=0.05, linger=0)


def is_clear(packet) -> bool:
    """There is no gateway, so nothing but neighbour discovery has a reason to be on the wire."""
    return packet.ethertype in (IPV4, IPV6) and packet.protocol != ICMPV6


def can_send(net) -> bool:
    with probes.open_socket(net.client, INTERNET, socket.SOCK_DGRAM) as link:
        try:
            return link.sendto(b'clear', (INTERNET, 9)) > 0
        except PermissionError:
            return False


def test_nothing_that_a_hostile_holdfastd_tries_succeeds(net, laid, host):
    net.client.run(['ip', 'tuntap', 'add', 'dev', 'tun0', 'mode', 'tun'])
    free = Capture(net.client, 'out', laid.folder / 'free.pcap')
    with Traffic(net.client):
        wait_until(lambda: free.packets(is_clear), 10, 'traffic on the wire')
    free.stop()
    started(laid, STRICT)
    capture = Capture(net.client, 'out', laid.folder / 'out.pcap')
    argv = ['setpriv', f'--reuid={DAEMON_UID}', f'--regid={DAEMON_UID}', '--clear-groups', '--']
    argv += [sys.executable, '-B', HOSTILE, laid.socket, laid.folder / 'etc/holdfast']
    with Traffic(net.client):
        tried = json.loads(net.client.run([*argv, laid.child.pid], timeout=60).stdout)
    print(f'{len(tried)} tried')
    assert len(tried) >= 30
    assert {what: came for what, came in tried.items() if came is not None} == {}
    assert [str(packet) for packet in filter(is_clear, capture.stop())] == []
    assert host.link('tun0') is not None and laid.child.is_running()
    assert 'policy drop' in host.firewall() and not can_send(net)


# What it lays down.


@pytest.mark.parametrize('lock', ['session', 'always', 'off'])
def test_lock_is_no_weaker_than_the_floor(laid, lock):
    modes = {'off': OFF, 'session': SESSION, 'always': ALWAYS}
    strength = list(modes)
    with started(laid, floor(lock)).client() as client:
        for name, mode in modes.items():
            weaker = strength.index(name) < strength.index(lock)
            assert refused(client, REACHING.but(mode=mode)) == weaker
            assert refused(client, full_tunnel(mode=mode)) == weaker
        assert refused(client, full_tunnel(block=False, mode=OFF)) == (lock != 'off')
        client.apply(Plan())


def test_what_is_refused_changes_nothing(net, laid, host):
    with started(laid, STRICT).client() as client:
        client.apply(full_tunnel(mode=ALWAYS))
        held = host.everything()
        for plan in (Plan(), REACHING.but(mode=SESSION), full_tunnel(mode=ALWAYS, excluded=['198.51.100.0/24'])):
            assert refused(client, plan)
        after = host.everything()
    assert {**after, 'firewall': ''} == {**held, 'firewall': ''}


def test_forbidden_networks_are_in_no_plan(laid):
    with started(laid, floor('session', forbidden='10.20.0.0/16, 2001:db8:20::/48')).client() as client:
        client.apply(full_tunnel())
        assert refused(client, full_tunnel(routes=['10.20.7.0/24']))
        assert refused(client, full_tunnel(routes=['10.0.0.0/8']))
        assert refused(client, full_tunnel(excluded=['2001:db8:20:1::/64']))
        assert refused(client, full_tunnel(gateways=['10.20.0.1']))
        assert not refused(client, full_tunnel(excluded=['10.21.0.0/16']))


def test_lock_always_is_there_from_the_start_on(net, laid, host):
    started(laid, floor('always'))
    assert 'policy drop' in host.firewall() and not can_send(net)
    with laid.client() as client:
        assert client.plan == ALWAYS_BLOCKED.encode()


def test_existing_table_is_kept_by_a_stricter_floor(laid, host):
    with started(laid, floor('session')).client() as client:
        client.apply(full_tunnel())
    laid.kill()
    with started(laid, floor('always')).client() as client:
        assert client.plan == full_tunnel().encode()


def test_tunnel_without_a_lock_is_not_taken_up_where_the_floor_wants_one(laid, host):
    laid.start()
    with laid.client() as client:
        client.apply(full_tunnel(block=False, mode=OFF))
    laid.kill()
    with started(laid, floor('session')).client() as client:
        assert client.plan == SESSION_BLOCKED.encode()
    assert host.link() is None and host.rules() == []


# Root's way out.


@pytest.mark.parametrize('running', [True, False])
def test_root_can_always_unblock(laid, host, running):
    before = host.everything()
    started(laid, STRICT)
    if not running:
        laid.kill()
    laid.unblock()
    assert host.everything() == before
    if running:
        with laid.client() as client:
            client.apply(Plan())  # lifts nothing
            assert refused(client, REACHING.but(mode=SESSION))
            client.apply(REACHING)
            assert refused(client, Plan())


def test_floor_is_read_again_on_request(laid, host):
    laid.start()
    with laid.client() as client:
        client.apply(full_tunnel())
        laid.lay_floor(floor('always', 'root', '192.0.2.0/24'))
        laid.child.popen.send_signal(signal.SIGHUP)
        with pytest.raises(Gone):
            client.receive()
    with laid.client() as client:
        assert client.plan == ALWAYS_BLOCKED.encode()
        assert refused(client, Plan())
        laid.lay_floor(floor('off'))
        laid.child.popen.send_signal(signal.SIGHUP)
        with pytest.raises(Gone):
            client.receive()
    with laid.client() as client:
        client.apply(Plan())
    assert 'holdfast' not in host.firewall()


# A floor that cannot be believed.


def spoil_text(path) -> None:
    path.write_text('lock = off\n')


def spoil_mode(path) -> None:
    path.chmod(0o666)


def spoil_owner(path) -> None:
    os.chown(path, DAEMON_UID, DAEMON_UID)


def spoil_kind(path) -> None:
    elsewhere = path.with_name('elsewhere')
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def spoil_folder(path) -> None:
    path.unlink()
    os.chown(path.parent, DAEMON_UID, DAEMON_UID)


@pytest.mark.parametrize('spoil', [spoil_text, spoil_mode, spoil_owner, spoil_kind, spoil_folder])
def test_floor_that_cannot_be_believed_is_the_strictest(laid, spoil):
    path = laid.lay_floor(floor('off'))
    spoil(path)
    laid.start()
    assert 'everything is blocked' in laid.log()
    with laid.client() as client:
        assert client.plan == ALWAYS_BLOCKED.encode()
        assert refused(client, Plan()) and refused(client, REACHING)
    laid.unblock()


# A state that cannot be read, and no table.


def lose_state(netd: Netd, damage) -> None:
    """As after a crash in which the journal was spoilt, while others took the table away."""
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    netd.namespace.nft('delete table inet holdfast')
    if damage is None:
        netd.journal.unlink()
    else:
        netd.journal.write_bytes(damage)


@pytest.mark.parametrize(
    'text, damage, plan',
    [
        (None, b'HFJ1', Plan()),
        (floor('off'), b'HFJ1', Plan()),
        (floor('session'), b'HFJ1', SESSION_BLOCKED),
        (floor('session'), None, Plan()),  # no journal: there was nothing in force
        (floor('always'), b'HFJ1', ALWAYS_BLOCKED),
        (floor('always'), None, ALWAYS_BLOCKED),
    ],
)
def test_lost_state_is_a_block_where_the_floor_says_lock(net, laid, host, text, damage, plan):
    before = host.everything()
    laid.start()
    lose_state(laid, damage)
    if text is not None:
        laid.lay_floor(text)
    laid.start()
    assert can_send(net) == (not plan.block)
    with laid.client() as client:
        assert client.plan == plan.encode()
        if plan.block:
            assert 'policy drop' in host.firewall() and host.link() is None and host.rules() == []
        client.apply(Plan())
        after = host.everything()
    assert {**after, 'settings': None} == {**before, 'settings': None}  # these nobody knows any more
    assert laid.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'
