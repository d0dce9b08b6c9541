"""The agent of a user's session, with a real keyring: what is missing comes from there, and what is wiped is gone from there."""
import contextlib
import tempfile
from pathlib import Path

import pytest

from rig.bus_client import request
from rig.holdfast import OWNER, build_folder
from rig.instance import Instance, native_profile
from rig.keyring import Session, secrets
from rig.process import wait_until

PROFILE = f'{OWNER}/kept'
PSK = {'profile': PROFILE, 'name': 'psk'}
ASK = request('Connect', "('kept', @a{sh} {}, {'ask': <true>})")
AGENT = build_folder() / 'platform' / 'holdfast-agent'

pytestmark = pytest.mark.skipif(not AGENT.exists(), reason='holdfast-agent was built without libsecret')


@pytest.fixture
def session(instance):
    instance.import_profile(native_profile('Kept'))
    with Session(Path(tempfile.mkdtemp(dir=instance.folder)), OWNER, instance.net) as made:
        yield made
    instance.bus(request('Disconnect', '(@a{sv} {},)'))
    instance.bus(request('Wipe', "('kept',)"))


@contextlib.contextmanager
def agent(instance, session):
    log = instance.folder / 'agent.log'
    log.unlink(missing_ok=True)
    child = session.spawn([AGENT, '--root', instance.root], log)
    try:
        wait_until(lambda: 'ready' in log.read_text(), 10, 'the agent')
        yield child
    finally:
        child.stop()


def test_the_keyring_answers_and_forgets(instance, session):
    assert instance.bus(ASK)[0]['error'] == 'secret_needed'
    assert secrets(session, attributes=PSK, value='from the keyring') == 1
    with agent(instance, session):
        assert 'value' in instance.bus(ASK)[0]
        wait_until(lambda: instance.status()['state'] == 'handshaking', 5, 'the attempt')
        kept = (instance.root / 'run/holdfast/session').read_bytes()
        assert b'from the keyring' in kept
        assert secrets(session, attributes={**PSK, 'name': 'other'}, value='x') == 1
        instance.bus(request('Wipe', "('kept',)"))
        wait_until(lambda: secrets(session, attributes={'profile': PROFILE}) == 0, 10, 'the keyring to forget')


def test_a_keyring_without_the_secret_says_so(instance, session):
    with agent(instance, session):
        assert instance.bus(ASK)[0]['error'] == 'secret_needed'
        assert instance.status()['state'] == 'disconnected'


def test_the_agent_ends_with_the_daemon_it_served(instance, session):
    with Instance() as other:
        other.start()
        log = other.folder / 'agent.log'
        child = session.spawn([AGENT, '--root', other.root], log)
        wait_until(lambda: 'ready' in log.read_text(), 10, 'the agent')
    wait_until(lambda: not child.is_running(), 10, 'the end of the agent')
