"""What is on disk, and what the daemon is allowed to be."""
import stat
from pathlib import Path

import pytest

from rig import bus_client
from rig.bus_client import request
from rig.holdfast import OWNER
from rig.instance import STRANGER, native_profile
from rig.process import wait_until

SECRET = 'correct horse battery staple'
DAEMON = 64720  # where the system has no user `holdfast`
PRIVATE = [
    f'var/lib/holdfast/profiles/{OWNER}/kept.json',
    f'var/lib/holdfast/secrets/{OWNER}/kept',
    'var/lib/holdfast/intent',
    'run/holdfast/session',
    'run/holdfast/trace.jsonl',
]


@pytest.fixture(scope='module', autouse=True)
def kept(instance):
    """A profile, and an attempt that keeps its secret for as long as it runs."""
    instance.import_profile(native_profile('Kept'))
    path = bus_client.profile_path(OWNER, 'kept')
    instance.bus(request('SetSecret', "('password', handle 0)", path, bus_client.PROFILE, ['kept']))
    words = ['connect', '--no-wait', 'kept', '--secret', 'psk=stdin']
    assert instance.cli(*words, input=SECRET).returncode == 0
    wait_until(lambda: (instance.root / 'run/holdfast/session').exists(), 5, 'the attempt')


@pytest.mark.parametrize('name', PRIVATE)
def test_nobody_else_can_read(instance, name):
    path = instance.root / name
    assert path.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for user in (OWNER, STRANGER, DAEMON + 1):
        assert instance.as_user(user, 'cat', path).returncode != 0


def test_nobody_else_can_list_profiles_or_secrets(instance):
    for name in ('profiles', 'secrets'):
        for user in (OWNER, STRANGER, DAEMON + 1):
            result = instance.as_user(user, 'ls', instance.root / 'var/lib/holdfast' / name)
            assert result.returncode != 0


def test_the_sessions_secret_goes_with_the_session(instance):
    session = instance.root / 'run/holdfast/session'
    assert SECRET.encode() in session.read_bytes()
    assert instance.cli('disconnect').returncode == 0
    assert not session.exists()
    assert not (instance.root / 'var/lib/holdfast/intent').exists()


def status_of(pid: int) -> dict:
    lines = Path(f'/proc/{pid}/status').read_text().splitlines()
    return dict(line.split(':\t', 1) for line in lines if ':\t' in line)


def test_the_daemon_has_no_privilege(instance):
    (pid,) = instance.pids('holdfastd')
    status = status_of(pid)
    assert set(status['Uid'].split()) == {str(DAEMON)}
    assert status['Groups'].strip() == ''
    for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):
        assert int(status[kind], 16) == 0
    assert status['NoNewPrivs'] == '1'


def test_the_daemons_memory_is_its_own(instance):
    """Not even to others of its uid: secrets pass through it."""
    (pid,) = instance.pids('holdfastd')
    assert instance.as_user(DAEMON, 'cat', f'/proc/{pid}/environ').returncode != 0
