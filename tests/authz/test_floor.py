"""The administrator's floor, as the owner meets it: what is not permitted, what becomes stricter, and what status says."""
import json
import signal

import pytest

from rig.instance import GATEWAY, Instance, native_profile
from rig.process import wait_until

NOT_PERMITTED = 6
FORBIDDEN = 'forbidden-by-administrator'


@pytest.fixture
def made():
    with Instance() as instance:
        yield instance


def lay(instance: Instance, lock: str, unblock: str, forbidden: str = '') -> None:
    folder = instance.root / 'etc/holdfast'
    folder.mkdir(parents=True, exist_ok=True)
    instance.root.chmod(0o755)
    (folder / 'floor').write_text(f'lock = {lock}\nunblock = {unblock}\nforbidden = {forbidden}\n')


def connect(instance: Instance, *words: str, **profile):
    instance.import_profile(native_profile(**profile))
    return instance.cli('connect', 'nobody', '--secret', 'psk=stdin', *words, input='a secret')


def wait_state(instance: Instance, wanted: str) -> dict:
    def reached():
        status = instance.status()
        return status if status['state'] == wanted else None

    return wait_until(reached, 10, wanted, 0.05)


def links(instance: Instance) -> str:
    return instance.net.run(['ip', '-brief', 'link']).stdout


def floors_traced(instance: Instance) -> list[dict]:
    lines = (instance.root / 'run/holdfast/trace.jsonl').read_text().splitlines()
    return [record for record in map(json.loads, lines) if record['ev'] == 'floor']


def test_a_lock_that_root_alone_may_lift_is_told_as_a_block_with_its_reason(made):
    lay(made, 'always', 'root')
    made.start()
    status = wait_state(made, 'blocked')
    assert status['blocking'] and status['fault']['code'] == FORBIDDEN
    for verb in ('unblock', 'disconnect'):
        result = made.cli(verb)
        assert result.returncode == NOT_PERMITTED and 'administrator' in result.stderr
        assert made.status()['blocking']
    assert [(floor['lock'], floor['damaged']) for floor in floors_traced(made)] == [('always', 0)]
    made.net.run([made.build / 'platform/holdfast-netd', '--unblock', '--root', made.root])
    assert not wait_state(made, 'disconnected')['blocking']


def test_a_floor_that_cannot_be_believed_is_in_the_trace(made):
    lay(made, 'off', 'holdfastd')
    (made.root / 'etc/holdfast/floor').chmod(0o666)
    made.start()
    assert wait_state(made, 'blocked')['blocking']
    assert [(floor['lock'], floor['damaged']) for floor in floors_traced(made)] == [('always', 1)]
    assert 'everything is blocked' in (made.folder / 'log').read_text()
    assert connect(made).returncode == NOT_PERMITTED


@pytest.mark.parametrize('lock', ['session', 'always'])
def test_a_profile_with_a_weaker_lock_gets_the_floors(made, lock):
    lay(made, lock, 'holdfastd')
    made.start()
    assert connect(made, '--no-wait', **{'kill-switch': 'off'}).returncode == 0
    status = wait_state(made, 'handshaking')
    assert status['lock'] == lock and status['blocking']
    wait_until(lambda: 'hold0' in links(made), 10, 'the device that is made ahead')
    assert made.cli('disconnect').returncode == 0
    assert 'hold0' not in links(made)
    assert made.status()['blocking'] == (lock == 'always')
    assert made.cli('unblock').returncode == 0
    assert not made.status()['blocking']


def test_a_gateway_in_a_forbidden_network_is_not_permitted(made):
    lay(made, 'off', 'holdfastd', f'{GATEWAY}/24')
    made.start()
    assert connect(made).returncode == NOT_PERMITTED
    status = wait_state(made, 'failed')
    assert status['fault']['code'] == FORBIDDEN and not status['blocking']


def test_a_floor_that_is_taken_away_sets_free(made):
    lay(made, 'always', 'root')
    made.start()
    wait_state(made, 'blocked')
    (made.root / 'etc/holdfast/floor').unlink()
    made.netd.popen.send_signal(signal.SIGHUP)
    assert not wait_state(made, 'disconnected')['blocking']
