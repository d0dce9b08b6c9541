"""A pause: down for some minutes and back by itself, with the block only where the lock says always."""
import json
import os
import signal
import time

import pytest

from rig import connections, mobileconfig, topology
from rig.holdfast import Holdfast
from rig.lab import PAGE, Lab
from rig.process import wait_until
from rig.stream import Stream

MANAGED = 'etc/holdfast/policies/managed.d/10.json'


def connected(lab: Lab, lock: str) -> Holdfast:
    """Everything of both families is protected."""
    gateway = connections.gateway(connections.PUBKEY, lab.server.certificate)
    gateway['children']['net']['local_ts'] = ['0.0.0.0/0', '::/0']
    lab.start_gateway(gateway)
    holdfast = Holdfast(lab).start()
    profile = holdfast.import_profile(mobileconfig.CERTIFICATE, IncludeAllNetworks=1)
    holdfast.change_profile(profile, 'kill-switch', lock)
    holdfast.connect(profile)
    return holdfast


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


def end_pause_soon(holdfast: Holdfast, seconds: int) -> None:
    """Lets the next holdfastd find a pause that ends in `seconds`, instead of waiting for the real end."""
    intent = holdfast.root / 'var/lib/holdfast/intent'
    boot, profile, _ = intent.read_text().split(' ')
    end = int((time.clock_gettime(time.CLOCK_BOOTTIME) + seconds) * 1e6)
    old = holdfast.daemon()
    intent.write_text(f'{boot} {profile} {end}')
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: holdfast.pids('holdfastd') not in ([], [old]), 10, 'the next holdfastd')
    holdfast.wait_ready()


def test_paused_and_back_after_a_minute_without_a_clear_packet_where_the_lock_says_always(lab):
    holdfast = connected(lab, 'always')
    with Stream(lab):
        assert holdfast.cli('pause', '1').returncode == 0
        began = time.monotonic()
        status = holdfast.status()
        assert (status['state'], status['wanted'], status['blocking']) == ('disconnected', False, True)
        assert 50_000 < status['resume_ms'] <= 60_000
        assert status['resume_at'].endswith('Z')
        assert 'resumes at' in holdfast.cli('status').stdout
        holdfast.wait_state('connected', 75)
        assert 55 < time.monotonic() - began < 70
        assert holdfast.status()['resume_ms'] is None
    assert lab.fetch() == PAGE
    assert lab.grammar().violations(lab.capture.stop()) == []


def test_a_pause_releases_the_block_of_a_session_and_outlives_holdfastd(lab):
    holdfast = connected(lab, 'session')
    assert holdfast.cli('pause', '60').returncode == 0
    assert not holdfast.status()['blocking']
    assert lab.fetch(topology.INTERNET)  # in the clear, as asked for
    end_pause_soon(holdfast, 3)
    status = holdfast.status()
    assert status['state'] == 'disconnected' and status['resume_ms'] <= 3_000
    holdfast.wait_state('connected', 15)
    assert lab.fetch() == PAGE  # with the secrets of before, which nobody was asked for


def test_connect_ends_a_pause_and_disconnect_cancels_it(lab):
    holdfast = connected(lab, 'session')
    assert holdfast.cli('pause', '60').returncode == 0
    holdfast.connect()
    assert holdfast.status()['resume_ms'] is None
    assert holdfast.cli('pause', '60').returncode == 0
    assert holdfast.cli('disconnect').returncode == 0
    status = holdfast.status()
    assert status['state'] == 'disconnected' and status['resume_ms'] is None
    assert not (holdfast.root / 'var/lib/holdfast/intent').exists()
    assert holdfast.cli('pause', '60').returncode != 0  # there is nothing to pause


def test_policy_limits_a_pause_and_brings_a_connection_back(lab):
    path = lab.folder / 'instance' / MANAGED
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({'version': 1, 'pauseMinutesMax': 5, 'reconnectAfterMinutes': 2}))
    holdfast = connected(lab, 'session')
    assert holdfast.cli('pause', '6').returncode == 6
    assert holdfast.state() == 'connected'
    assert holdfast.cli('pause', '5').returncode == 0
    assert holdfast.cli('disconnect').returncode == 0  # brings the end of the pause nearer, and does not cancel it
    assert 100_000 < holdfast.status()['resume_ms'] <= 120_000
    end_pause_soon(holdfast, 3)
    assert holdfast.cli('disconnect').returncode == 0
    assert holdfast.status()['resume_ms'] <= 3_000  # nor does another one put it off
    holdfast.wait_state('connected', 15)
    assert holdfast.cli('disconnect', user=0).returncode == 0
    assert holdfast.status()['resume_ms'] is None  # root is not bound
