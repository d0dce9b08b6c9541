"""The same daemon on a system bus, a private one here: everybody may look at little, root and the owner may act; and where the bus does not
want it, it is reachable all the same."""
import contextlib
import json
import re

import pytest

from rig.bus_instance import cli, instance_on
from rig.instance import GATEWAY, Instance, native_profile
from rig.process import Child, wait_until
from rig.system_bus import SystemBus

pytestmark = pytest.mark.skipif(
    not SystemBus.is_possible, reason='there is no dbus-daemon to make a bus with'
)
NOBODY, OTHER = 65534, 1  # a bus takes known users alone
OUTLINE = {'v', 'state', 'blocking'}
NAME = 'io.github.holdfastvpn.Holdfast1'
REMEDY = f'install {NAME}.conf in /usr/share/dbus-1/system.d'


@pytest.fixture(scope='module')
def on_bus():
    with instance_on() as made:
        yield made


def seen_by(instance: Instance, user) -> dict:
    return json.loads(cli(instance, 'status', '--json', user=user, check=True).stdout)


def socket_of(instance: Instance):
    return instance.root / 'run/holdfast/bus.sock'


def test_there_is_no_socket_beside_the_bus(on_bus):
    assert not socket_of(on_bus).exists()


def test_root_may(on_bus):
    assert cli(on_bus, 'disconnect').returncode == 0


def test_others_may_look(on_bus):
    assert cli(on_bus, 'status', user=NOBODY).returncode == 0
    assert 'holdfastd' in cli(on_bus, 'version', user=NOBODY).stdout


@pytest.mark.parametrize('verb', ['connect', 'disconnect', 'unblock', 'rekey'])
def test_others_may_not_act(on_bus, verb):
    result = cli(on_bus, verb, user=NOBODY)
    assert result.returncode == 6, result.stderr


def test_others_may_not_import(on_bus):
    assert cli(on_bus, 'import', '/dev/null', user=NOBODY).returncode == 6


def test_the_owner_may_as_on_the_socket():
    with instance_on('--owner', str(NOBODY)) as made:
        assert set(seen_by(made, NOBODY)) > OUTLINE
        assert cli(made, 'disconnect', user=NOBODY).returncode == 0
        assert set(seen_by(made, OTHER)) == OUTLINE
        assert cli(made, 'disconnect', user=OTHER).returncode == 6


@contextlib.contextmanager
def listener(instance: Instance, user: int):
    """What `user` hears of our signals, as a function; he listens when the block begins."""
    argv = instance.net.command(['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups'])
    argv += ['gdbus', 'monitor', '--system', '--dest', NAME]
    child = Child(argv, instance.folder / f'heard-{user}', env=instance.bus.environment)
    try:
        wait_until(lambda: f'{NAME} is owned by' in child.text(), 5, 'the listener')
        yield child.text
    finally:
        child.stop()


def test_others_learn_the_state_and_nothing_of_the_profile(on_bus):
    profile = cli(on_bus, 'import', '-', input=native_profile('Very private').decode(), check=True)
    words = ['connect', '--no-wait', profile.stdout.strip(), '--secret', 'psk=stdin']
    with listener(on_bus, NOBODY) as heard:
        assert cli(on_bus, *words, input='secret').returncode == 0
        wait_until(lambda: '"handshaking"' in heard(), 5, 'the signal')
        signals = [json.loads(text) for text in re.findall(r"StateChanged \('(.*)',\)", heard())]
        assert seen_by(on_bus, None)['name'] == 'Very private'
        assert seen_by(on_bus, NOBODY) == {'v': 1, 'state': 'handshaking', 'blocking': True}
        assert cli(on_bus, 'disconnect').returncode == 0
    assert signals and all(set(signal) == OUTLINE for signal in signals)
    assert GATEWAY not in heard() and 'private' not in heard()


@pytest.mark.parametrize(
    'has_bus, why', [(True, REMEDY), (False, 'start the bus')], ids=['refused', 'absent']
)
def test_without_the_bus_it_says_why_and_listens_on_its_socket(has_bus, why):
    with instance_on(has_policy=False, has_bus=has_bus) as made:
        assert socket_of(made).exists()
        assert seen_by(made, None)['state'] == 'disconnected'
        assert cli(made, 'disconnect').returncode == 0
        assert cli(made, 'status', user=NOBODY).returncode != 0
        said = (made.folder / 'log').read_text()
        assert 'holdfastd: system bus: ' in said and f'listening on {made.root}' in said
        assert why in said


def test_a_bus_that_goes_away_is_replaced_by_the_socket():
    with instance_on() as made:
        (daemon,) = made.pids('holdfastd')
        assert not socket_of(made).exists()
        made.bus.stop()
        wait_until(lambda: cli(made, 'status').returncode == 0, 5, 'the socket')
        assert 'the connection ended' in (made.folder / 'log').read_text()
        assert made.pids('holdfastd') == [daemon]
