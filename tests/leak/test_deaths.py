"""The table "dies or restarts": whatever of ours dies while traffic flows, no protected packet is on the outer wire in the clear,
and the tunnel comes back by itself within the time that the design states. Captured on the outer wire."""
import os
import signal
import threading
import time

import pytest

from rig import connections, mobileconfig, probes, topology
from rig.holdfast import Holdfast
from rig.lab import PAGE, Lab
from rig.process import wait_until


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


class Stream:
    """A user's packets, inside and to the open Internet, until the block ends."""

    def __init__(self, lab: Lab):
        self.lab, self.end = lab, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.end.set()
        self.thread.join()

    def _run(self):
        while not self.end.is_set():
            for address in (topology.INNER, topology.INTERNET, topology.INTERNET6):
                probes.pace_udp(self.lab.net.client, address, rate=100, seconds=0.1, linger=0)


def leaks(lab: Lab) -> list:
    """What the outer wire showed in the clear. The line that it prints is for README.md (readme.py)."""
    packets = lab.capture.stop()
    found = lab.grammar().violations(packets)
    print(f'{len(packets)} packets, {len(found)} in the clear')
    return found


def assert_no_leak(lab: Lab) -> None:
    assert leaks(lab) == []


def test_the_stream_is_seen_without_protection():
    """The harness itself: without a tunnel the same stream is a violation."""
    with Lab() as lab:
        with Stream(lab):
            time.sleep(0.5)  # traffic for a while: there is no event to wait for
        assert leaks(lab)


def test_engine_dies(up):
    lab, holdfast = up
    engine = holdfast.engine()
    with Stream(lab):
        os.kill(engine, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: holdfast.pids('holdfast-engine') not in ([], [engine]), 2, 'a new engine')
        assert time.monotonic() - killed < 1
        holdfast.wait_state('connected', 10)
    assert lab.fetch() == PAGE
    assert_no_leak(lab)


def test_daemon_dies(up):
    lab, holdfast = up
    with Stream(lab):
        os.kill(holdfast.daemon(), signal.SIGKILL)
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


def spoil_intent(holdfast: Holdfast) -> None:
    (holdfast.root / 'var/lib/holdfast/intent').write_bytes(b'garbage')


def spoil_profile(holdfast: Holdfast) -> None:
    for path in (holdfast.root / 'var/lib/holdfast/profiles').iterdir():
        path.write_text('{')


@pytest.mark.parametrize('spoil', [spoil_intent, spoil_profile])
def test_daemon_that_cannot_read_what_was_wanted_leaves_the_block(up, spoil):
    lab, holdfast = up
    with Stream(lab):
        spoil(holdfast)
        os.kill(holdfast.daemon(), signal.SIGKILL)
        wait_until(lambda: 'the block stays' in holdfast.text(), 10, 'word of the next daemon')
        time.sleep(1)  # traffic for a while: nothing further is to happen
    assert lab.grammar().violations(lab.capture.stop()) == []
    holdfast.netd('--unblock')
    assert lab.fetch(topology.INTERNET)
