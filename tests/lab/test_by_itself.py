"""What happens without being asked: profiles that connect when holdfastd starts, when somebody logs in, before anybody does, or
on a network that their rules name; and profiles that go at their date."""
import json
import os
import time

import pytest

from rig import connections, mobileconfig, topology
from rig.holdfast import OWNER, Holdfast
from rig.lab import PAGE, Lab
from rig.process import wait_until
from rig.stream import Stream


@pytest.fixture
def lab():
    with Lab() as made:
        gateway = connections.gateway(connections.PUBKEY, made.server.certificate)
        gateway['children']['net']['local_ts'] = ['0.0.0.0/0', '::/0']
        made.start_gateway(gateway)
        yield made


def with_profile(lab: Lab, **keys) -> Holdfast:
    """Holdfast with one profile of everything, changed by `keys`, and started again to read it."""
    holdfast = Holdfast(lab).start()
    profile = holdfast.import_profile(mobileconfig.CERTIFICATE, IncludeAllNetworks=1)
    for key, value in keys.items():
        holdfast.change_profile(profile, key.replace('_', '-'), value)
    start_again(holdfast)
    return holdfast


def start_again(holdfast: Holdfast) -> None:
    old = holdfast.daemon()
    os.kill(old, 15)
    wait_until(lambda: holdfast.pids('holdfastd') not in ([], [old]), 10, 'the next holdfastd')
    holdfast.wait_ready()


def say_login(holdfast: Holdfast, uid: int, state: str) -> None:
    """As systemd-logind does: a whole file in place of the one before."""
    folder = holdfast.root / 'run/systemd/users'
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f'.#{uid}'
    part.write_text(f'# This is private data. Do not parse.\nNAME=somebody\nSTATE={state}\n')
    part.rename(folder / str(uid))


def give_to_system(holdfast: Holdfast, profile: str, as_id: str, **keys) -> None:
    """A copy of the owner's profile and its secrets, as the system's."""
    var = holdfast.root / 'var/lib/holdfast'
    for kind, name in (('profiles', f'{profile}.json'), ('secrets', profile)):
        (source,) = (var / kind).glob(f'*/{name}')
        target = var / kind / 'system' / name.replace(profile, as_id)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.write_bytes(source.read_bytes())
        owner = source.parent.stat()
        for path in (target, target.parent):
            os.chown(path, owner.st_uid, owner.st_gid)
        target.chmod(0o600)
    path = var / 'profiles' / 'system' / f'{as_id}.json'
    content = {**json.loads(path.read_text()), 'id': as_id, **keys}
    path.write_text(json.dumps(content))


def events(holdfast: Holdfast) -> str:
    return (holdfast.root / 'var/lib/holdfast/log/events.jsonl').read_text()


def test_a_profile_that_connects_by_itself_is_up_after_the_start(lab):
    holdfast = with_profile(lab, auto_connect=True)
    holdfast.wait_state('connected', 15)
    assert lab.fetch() == PAGE
    assert 'auto-connect' in events(holdfast)


def test_one_that_cannot_reach_its_gateway_is_tried_again_and_blocks(lab):
    lab.set_names(connections.HOST, None)
    holdfast = with_profile(lab, auto_connect=True)
    status = holdfast.wait_state('reconnecting', 20)
    assert status['blocking'] and status['wanted']
    lab.set_names(connections.HOST, [topology.GATEWAY])
    holdfast.wait_state('connected', 60)


def test_login_connects_and_the_last_logout_disconnects(lab):
    holdfast = with_profile(lab, at_login=True)
    assert holdfast.state() == 'disconnected'
    say_login(holdfast, 64999, 'active')  # somebody else
    say_login(holdfast, OWNER, 'lingering')  # no session
    say_login(holdfast, OWNER, 'active')
    holdfast.wait_state('connected', 20)
    say_login(holdfast, OWNER, 'online')  # another one in front
    say_login(holdfast, OWNER, 'closing')
    holdfast.wait_state('disconnected', 20)
    assert lab.fetch(topology.INTERNET)


def test_what_a_user_ended_stays_down_until_the_next_login(lab):
    holdfast = with_profile(lab, at_login=True)
    say_login(holdfast, OWNER, 'active')
    holdfast.wait_state('connected', 20)
    assert holdfast.cli('disconnect').returncode == 0
    time.sleep(12)  # longer than holdfastd takes to look around: there is no event to wait for
    assert holdfast.state() == 'disconnected'
    say_login(holdfast, OWNER, 'closing')
    time.sleep(12)  # likewise
    say_login(holdfast, OWNER, 'active')
    holdfast.wait_state('connected', 20)


def test_a_device_tunnel_gives_way_to_the_users_and_comes_back_without_a_clear_packet(lab):
    holdfast = with_profile(lab, at_login=True)
    give_to_system(holdfast, 'example-corp', 'device', scope='device', **{'at-login': False})
    start_again(holdfast)

    def is_up(profile: str):
        status = holdfast.status()
        return status['state'] == 'connected' and status['profile'] == profile

    wait_until(lambda: is_up('device'), 20, 'the tunnel of the device')
    with Stream(lab):
        say_login(holdfast, OWNER, 'active')
        wait_until(lambda: is_up('example-corp'), 20, 'the tunnel of the user')
        say_login(holdfast, OWNER, 'closing')
        wait_until(lambda: is_up('device'), 20, 'the tunnel of the device again')
    assert lab.fetch() == PAGE
    packets = lab.capture.stop()
    grammar = lab.grammar()
    # Before the first tunnel nothing was promised, and nothing was sent but by ourselves.
    assert grammar.violations(packets) == []


def test_rules_decide_by_the_network_and_not_by_what_anybody_can_claim(lab):
    rules = [
        {'action': 'disconnect', 'domains': ['evil.example']},
        {'action': 'connect', 'domains': ['cafe.example']},
        {'action': 'ignore'},
    ]
    holdfast = with_profile(lab, on_demand=True, rules=rules)
    time.sleep(12)  # longer than holdfastd takes to look around: nothing is to happen
    assert holdfast.state() == 'disconnected'
    resolver = f'nameserver {topology.CLIENT_ROUTER}\n'
    holdfast.resolv_conf.write_text(f'search cafe.example\n{resolver}')
    holdfast.wait_state('connected', 20)
    assert 'rule 2: connect' in events(holdfast)


def test_a_profile_goes_at_its_date_with_keys_and_secrets(lab):
    holdfast = with_profile(lab, auto_connect=True)
    holdfast.wait_state('connected', 15)
    holdfast.change_profile('example-corp', 'removal-date', int(time.time()) - 5)
    start_again(holdfast)
    var = holdfast.root / 'var/lib/holdfast'
    wait_until(lambda: not list(var.glob('profiles/*/example-corp.json')), 20, 'the end of the profile')
    assert not list(var.glob('secrets/*/example-corp'))
    holdfast.wait_state('disconnected', 15)
    assert not (holdfast.root / 'run/holdfast/session').exists()
    assert 'removal-date' in events(holdfast)
