"""The table "dies or restarts": whatever of ours dies while traffic flows, no protected packet is on the outer wire in the clear,
and the tunnel comes back by itself within the time that the design states. Captured on the outer wire."""
import contextlib
import json
import os
import signal
import socket
import time

import pytest

from rig import connections, freeze, mobileconfig, probes, topology
from rig.holdfast import Holdfast
from rig.lab import PAGE, Lab
from rig.process import wait_until
from rig.stream import Stream


@pytest.fixture
def up():
    """A lab and Holdfast connected in it, everything protected."""
    with Lab() as lab:
        gateway = connections.gateway(connections.PUBKEY, lab.server.certificate)
        gateway['children']['net']['local_ts'] = ['0.0.0.0/0', '::/0']
        lab.start_gateway(gateway)
        holdfast = Holdfast(lab).start()
        holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE, IncludeAllNetworks=1))
        yield lab, holdfast


def leaks(lab: Lab) -> list:
    """What the outer wire showed in the clear. The line that it prints is for README.md (readme.py)."""
    packets = lab.capture.stop()
    found = lab.grammar().violations(packets)
    print(f'{len(packets)} packets, {len(found)} in the clear')
    return found


def assert_echoes(link: socket.socket, text: bytes) -> None:
    link.sendall(text)
    heard = b''
    while len(heard) < len(text):
        part = link.recv(len(text) - len(heard))
        assert part, 'the inner host hung up'
        heard += part
    assert heard == text


@contextlib.contextmanager
def device_and_connection_survive(lab: Lab, holdfast: Holdfast):
    """Whatever dies inside the block: the TUN is the same one, with the same addresses, and so is the user's connection."""
    before = device(lab, holdfast)
    with probes.open_socket(lab.net.client, topology.INNER, socket.SOCK_STREAM) as link:
        link.settimeout(20)  # longer than TCP waits before it repeats what an outage swallowed
        link.connect((topology.INNER, probes.ECHO))
        assert_echoes(link, b'before')
        yield
        assert_echoes(link, b'after')
    assert device(lab, holdfast) == before


def device(lab: Lab, holdfast: Holdfast) -> tuple[int, list[str]]:
    """Index and addresses of the TUN in the kernel."""
    name = holdfast.status()['tunnel']['interface']
    (link,) = json.loads(lab.net.client.run(['ip', '-json', 'address', 'show', name]).stdout)
    addresses = sorted(f'{found["local"]}/{found["prefixlen"]}' for found in link['addr_info'])
    assert addresses
    return link['ifindex'], addresses


def assert_no_leak(lab: Lab) -> None:
    assert leaks(lab) == []


def test_the_stream_is_seen_without_protection():
    """The harness itself: without a tunnel the same stream is a violation."""
    with Lab() as lab:
        with Stream(lab):
            time.sleep(0.5)  # traffic for a while: there is no event to wait for
        assert leaks(lab)


def states_since(holdfast: Holdfast, offset: int) -> list[str]:
    """What holdfastd's trace says of its states, from that place in the file on."""
    lines = holdfast.trace_path().read_text()[offset:].splitlines()
    records = [json.loads(line) for line in lines]
    return [record['to'] for record in records if record['process'] == 'holdfastd' and record['ev'] == 'state']


def test_engine_dies(up):
    lab, holdfast = up
    engine, traced = holdfast.engine(), len(holdfast.trace_path().read_text())
    with Stream(lab), device_and_connection_survive(lab, holdfast):
        os.kill(engine, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: holdfast.pids('holdfast-engine') not in ([], [engine]), 2, 'a new engine')
        assert time.monotonic() - killed < 1
        wait_until(lambda: 'connected' in states_since(holdfast, traced), 10, 'the tunnel again')
        states = states_since(holdfast, traced)
        assert states[0] == 'reconnecting' and states[-1] == 'connected'
        assert holdfast.state() == 'connected'
    assert lab.fetch() == PAGE
    assert_no_leak(lab)


@contextlib.contextmanager
def stopped(pid: int):
    os.kill(pid, signal.SIGSTOP)
    yield


def data_thread_frozen(pid: int):
    return freeze.frozen(freeze.thread_of(pid, 'up'))


@pytest.mark.parametrize('hang', [stopped, data_thread_frozen])
def test_engine_hangs(up, hang):
    """It neither dies nor works: it is replaced like a dead one."""
    lab, holdfast = up
    engine, traced = holdfast.engine(), len(holdfast.trace_path().read_text())
    with Stream(lab), hang(engine):
        wait_until(lambda: 'reconnecting' in states_since(holdfast, traced), 9, 'the end of patience')
        wait_until(lambda: states_since(holdfast, traced)[-1] == 'connected', 5, 'the tunnel again')
        assert holdfast.engine() != engine
        assert lab.fetch() == PAGE
    assert 'path-lost' not in states_since(holdfast, traced)
    assert_no_leak(lab)


@pytest.mark.parametrize('death', [signal.SIGKILL, signal.SIGTERM], ids=['crash', 'upgrade'])
def test_daemon_dies(up, death):
    lab, holdfast = up
    with Stream(lab), device_and_connection_survive(lab, holdfast):
        os.kill(holdfast.daemon(), death)
        killed = time.monotonic()
        wait_until(lambda: lab.ping(seconds=0.2), 10, 'the tunnel again')
        holdfast.wait_state('connected', 10)
        assert time.monotonic() - killed < 3
    assert_no_leak(lab)


def test_netd_dies(up):
    lab, holdfast = up
    with Stream(lab):
        os.kill(holdfast.netd_pid(), signal.SIGKILL)
        assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0
        holdfast.start_netd()
        assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0
    assert holdfast.state() == 'connected'
    assert holdfast.cli('disconnect').returncode == 0
    assert 'holdfast' not in holdfast.leftovers()[0]
    assert_no_leak(lab)


def test_all_of_them_die(up):
    lab, holdfast = up
    with Stream(lab):
        for pid in holdfast.pids():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not holdfast.pids(), 5, 'the end of all processes')
        time.sleep(2)  # traffic for a while: nothing of ours is left that could tell
    assert_no_leak(lab)
    holdfast.netd('--unblock')
    assert lab.fetch(topology.INTERNET)


def test_gateway_dies(up):
    lab, holdfast = up
    with Stream(lab):
        lab.gateway.kill()
        holdfast.wait_state('path-lost', 15)
    assert_no_leak(lab)


def test_supervised_restart_of_everything(up):
    """All die, netd is started again (as a service manager would): connected again, nothing leaked."""
    lab, holdfast = up
    with Stream(lab):
        for pid in holdfast.pids():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not holdfast.pids(), 5, 'the end of all processes')
        holdfast.start_netd()
        holdfast.wait_ready()
        holdfast.wait_state('connected', 10)
    assert lab.fetch() == PAGE
    assert_no_leak(lab)


@pytest.mark.parametrize('lock', ['session', 'always'])
@pytest.mark.parametrize('wanted', [True, False], ids=['wanted', 'forgotten'])
def test_everything_dies_and_the_state_is_lost_under_a_floor(up, lock, wanted):
    """No journal that can be read, and no table either: from the moment netd is there again, everything is blocked, and only
    what a tunnel carries leaves."""
    lab, holdfast = up
    floor = holdfast.root / 'etc/holdfast/floor'
    floor.parent.mkdir(parents=True)
    floor.write_text(f'lock = {lock}\nunblock = root\nforbidden =\n')
    for pid in holdfast.pids():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not holdfast.pids(), 5, 'the end of all processes')
    lab.net.client.nft('delete table inet holdfast')
    (holdfast.root / 'run/holdfast/netd/journal').write_bytes(b'garbage')
    if not wanted:
        (holdfast.root / 'var/lib/holdfast/intent').unlink()
    holdfast.start_netd()
    holdfast.wait_ready()
    with Stream(lab):
        status = holdfast.wait_state('connected' if wanted else 'blocked', 10)
        time.sleep(1)  # traffic for a while: nothing further is to happen
    assert status['blocking'] and holdfast.status()['state'] == status['state']
    assert (status['fault'] or {}).get('code') == (None if wanted else 'forbidden-by-administrator')
    if not wanted:
        holdfast.connect()  # out of the block, which stays around it
        assert lab.fetch() == PAGE
    assert_no_leak(lab)


def spoil_intent(holdfast: Holdfast) -> None:
    (holdfast.root / 'var/lib/holdfast/intent').write_bytes(b'garbage')


def spoil_profile(holdfast: Holdfast) -> None:
    for path in (holdfast.root / 'var/lib/holdfast/profiles').rglob('*.json'):
        path.write_text('{')


@pytest.mark.parametrize('spoil', [spoil_intent, spoil_profile])
def test_daemon_that_cannot_read_what_was_wanted_leaves_the_block(up, spoil):
    lab, holdfast = up
    with Stream(lab):
        spoil(holdfast)
        os.kill(holdfast.daemon(), signal.SIGKILL)
        wait_until(lambda: 'the block stays' in holdfast.text(), 10, 'word of the next daemon')
        status = holdfast.wait_state('blocked', 5)
        time.sleep(1)  # traffic for a while: nothing further is to happen
    assert status['blocking'] and not status['wanted']
    assert status['fault']['code'] == 'intent-unreadable'
    assert lab.grammar().violations(lab.capture.stop()) == []
    assert holdfast.state() == 'blocked'
    assert holdfast.cli('unblock').returncode == 0
    assert lab.fetch(topology.INTERNET)
    assert 'holdfast' not in holdfast.leftovers()[0]
