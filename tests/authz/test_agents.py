"""Secrets agents: who is asked, what for, and what becomes of the answer; never another user's."""
import contextlib
import itertools
import json
from pathlib import Path

import pytest

from rig import bus_client, pki
from rig.bus_agent import OURS, Agent
from rig.bus_client import PROFILE, profile_path, request
from rig.bus_instance import call, cli, instance_on
from rig.holdfast import OWNER
from rig.instance import native_profile
from rig.process import wait_until
from rig.system_bus import SystemBus

COUNT = itertools.count()
ASK = request('Connect', "('asked', @a{sh} {}, {'ask': <true>})")


@pytest.fixture
def asked(instance):
    instance.import_profile(native_profile('Asked'))
    yield
    instance.bus(request('Disconnect', '(@a{sv} {},)'))
    instance.bus(request('Remove', '()', profile_path(OWNER, 'asked'), PROFILE))


@pytest.fixture
def agent_of(instance):
    """A function that makes an agent on our socket."""
    address = f'unix:path={instance.root}/run/holdfast/bus.sock'

    def make(answer, user=OWNER) -> Agent:
        return Agent(instance.folder / f'agent-{next(COUNT)}', address, answer, user)

    return make


def test_what_is_missing_is_asked_of_the_agent(instance, asked, agent_of):
    with agent_of({'psk': 'open sesame', 'password': 'not asked for'}) as agent:
        assert 'value' in instance.bus(ASK)[0]
        wait_until(lambda: instance.status()['state'] == 'handshaking', 5, 'the attempt')
        (asked_for,) = agent.calls()
    assert asked_for['method'] == 'GetSecrets'
    assert asked_for['arguments'][:2] == [f'{OWNER}/asked', ['psk']]
    assert asked_for['arguments'][2]['name'] == 'Asked'
    session = (instance.root / 'run/holdfast/session').read_bytes()
    assert b'open sesame' in session and b'not asked for' not in session
    assert not list((instance.root / 'var/lib/holdfast/secrets').rglob('asked'))


def test_what_is_there_is_not_asked_for(instance, asked, agent_of):
    with agent_of({'psk': 'other'}) as agent:
        given = request('Connect', "('asked', {'psk': handle 0}, {'ask': <true>})", files=['given'])
        assert 'value' in instance.bus(given)[0]
        assert agent.calls() == []


@pytest.mark.parametrize(
    'answer, error', [(None, 'cancelled'), ({}, 'secret_needed'), ('die', 'secret_needed'), ({'pin': '1'}, 'secret_needed')]
)
def test_without_the_secret_there_is_no_attempt(instance, asked, agent_of, answer, error):
    with agent_of(answer):
        assert instance.bus(ASK)[0]['error'] == error
    assert instance.status()['state'] == 'disconnected'


def test_nobody_is_asked_unless_the_caller_wants_it(instance, asked, agent_of):
    with agent_of({'psk': 'x'}) as agent:
        plain = request('Connect', "('asked', @a{sh} {}, @a{sv} {})")
        assert instance.bus(plain)[0]['error'] == 'secret_needed'
        assert agent.calls() == []


def test_the_agent_of_another_uid_is_not_asked(instance, asked, agent_of):
    with agent_of({'psk': 'x'}, user=None) as roots:
        assert instance.bus(ASK)[0]['error'] == 'secret_needed'
        assert roots.calls() == []


def test_roots_connect_asks_the_agent_of_the_owner(instance, asked, agent_of):
    with agent_of({'psk': 'x'}) as owners, agent_of({'psk': 'y'}, user=None) as roots:
        assert 'value' in instance.bus(ASK, user=None)[0]
        assert len(owners.calls()) == 1 and roots.calls() == []


def test_the_latest_agent_is_asked_and_an_earlier_one_when_it_is_gone(instance, asked, agent_of):
    with agent_of({'psk': 'x'}) as earlier:
        with agent_of({}) as later:
            assert instance.bus(ASK)[0]['error'] == 'secret_needed'
            assert len(later.calls()) == 1 and earlier.calls() == []
        wait_until(lambda: 'value' in instance.bus(ASK)[0], 5, 'the earlier agent')
        assert len(earlier.calls()) == 1


def test_wiping_a_profile_tells_the_agent_to_forget(instance, agent_of):
    instance.import_profile(native_profile('Wiped'))
    with agent_of({}) as agent:
        assert 'value' in instance.bus(request('Wipe', "('wiped',)"))[0]
        wait_until(agent.calls, 5, 'the word to forget')
        assert agent.calls() == [{'method': 'DeleteSecrets', 'arguments': [f'{OWNER}/wiped', []]}]


def test_one_can_unregister(instance, asked):
    path = f"(objectpath '{OURS}',)"
    assert instance.bus(request('UnregisterAgent', path))[0]['error'] == 'not_found'
    answers = instance.bus(request('RegisterAgent', path), request('UnregisterAgent', path), ASK)
    assert 'value' in answers[0] and 'value' in answers[1] and answers[2]['error'] == 'secret_needed'


def test_agents_of_one_uid_are_bounded(instance, agent_of):
    """One for each connection, so it takes connections."""
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(agent_of({}))
        refused = instance.bus(request('RegisterAgent', f"(objectpath '{OURS}',)"))
        assert refused[0]['error'] == 'busy'


@pytest.mark.skipif(not SystemBus.is_possible, reason='there is no dbus-daemon to make a bus with')
def test_on_the_system_bus_each_user_has_his_own():
    one, other = 64820, 64821
    with instance_on(sessions={one: True, other: True}) as made:
        for user in (one, other):
            cli(made, 'import', '-', user=user, input=native_profile('Asked').decode(), check=True)

        def agent(user: int, answer) -> Agent:
            log, prefix = made.folder / f'agent-{user}', made.polkit.in_session(user, [])
            return Agent(log, 'system', answer, user, made.bus.environment, prefix)

        with agent(one, {'psk': 'of one'}) as ones, agent(other, {'psk': 'of other'}) as others:
            assert 'value' in call(made, ASK, user=one)[0]
            wait_until(lambda: json.loads(cli(made, 'status', '--json', user=one).stdout)['state'] == 'handshaking', 5, 'it')
            assert b'of one' in (made.root / 'run/holdfast/session').read_bytes()
            assert len(ones.calls()) == 1 and others.calls() == []


def test_a_certificate_is_brought_to_a_profile_that_lacks_it(instance, tmp_path: Path):
    profile = json.loads(native_profile('Lacking', auth='certificate', **{'system-trust': True}))
    del profile['gateway-psk']
    instance.import_profile(json.dumps(profile).encode())
    user = pki.Authority(tmp_path / 'ca').client('user@example.test')
    files = [user.key.read_text() + user.certificate.read_text()]
    path = profile_path(OWNER, 'lacking')
    (answer,) = instance.bus(request('ImportCertificate', '(handle 0, @a{sv} {})', path, PROFILE, files))
    assert 'value' in answer, answer
    (listed,) = instance.bus(request('ListSecrets', '()', path, PROFILE))
    assert listed['value'] == [['private-key', 'certificates']]
    (refused,) = instance.bus(request('ImportCertificate', '(handle 0, @a{sv} {})', path, PROFILE, ['no key']))
    assert refused['error'] == 'credential_invalid'
