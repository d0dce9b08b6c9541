"""A thousand who say nothing, half a word, or too much, do not slow others: the latency of Status is measured before and meanwhile."""
import contextlib
import statistics
from pathlib import Path

import pytest

from rig import bus_flood
from rig.bus_client import request
from rig.bus_instance import call, instance_on
from rig.holdfast import OWNER
from rig.instance import STRANGER
from rig.process import Child, wait_until
from rig.system_bus import SystemBus

CLIENTS, ROUNDS = 1000, 100
FLOODERS = 10  # on the bus
SLOWER = 100  # ms that the slowest tenth may take more; two cores are shared with those who flood
SCRIPT = Path(bus_flood.__file__).resolve()


@contextlib.contextmanager
def crowd(log: Path, path: Path, count: int, kind: str, user: int, env=None):
    argv = ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--']
    argv += ['prlimit', '--nofile=4096', '/usr/bin/python3', SCRIPT, path, count, kind]
    child = Child([str(word) for word in argv], log, env=env)
    try:
        wait_until(lambda: 'ready' in child.text(), 60, 'the crowd')
        yield
    finally:
        child.stop()


def slowest_tenth(answers: list) -> float:
    wrong = [answer for answer in answers if 'value' not in answer]
    assert not wrong
    return statistics.quantiles([answer['milliseconds'] for answer in answers], n=10)[-1]


@pytest.mark.parametrize('kind', ['silent', 'half', 'flood'])
@pytest.mark.parametrize('user', [STRANGER, OWNER], ids=['stranger', 'owner'])
def test_on_the_socket(instance, kind, user, capsys):
    """Root asks; the owner, who may speak, is bounded by what one uid may have."""

    def measure() -> float:
        return slowest_tenth(instance.bus(*[request('Status')] * ROUNDS, user=None))

    before = measure()
    with crowd(instance.folder / f'{user}-{kind}', instance.root / 'run/holdfast/bus.sock', CLIENTS, kind, user):
        meanwhile = measure()
    with capsys.disabled():
        print(f'\n{kind} by {user}: slowest tenth {before:.2f} ms before, {meanwhile:.2f} ms meanwhile')
    assert meanwhile < before + SLOWER
    wait_until(lambda: instance.cli('status', user=OWNER).returncode == 0, 5, 'room for the owner again')


@pytest.mark.skipif(not SystemBus.is_possible, reason='there is no dbus-daemon to make a bus with')
def test_on_the_system_bus(capsys):
    """The bus, which has one thread, is flooded with us: its own answers are printed beside ours. Clients wait for 2 s."""
    bus = 'org.freedesktop.DBus'
    own = request('GetId', path='/org/freedesktop/DBus', interface=bus, destination=bus)
    with instance_on(users=[STRANGER]) as made:
        with crowd(made.folder / 'crowd', made.bus.socket, FLOODERS, 'flood', STRANGER):
            answers = call(made, *[own, request('Status')] * ROUNDS)
        theirs, ours = slowest_tenth(answers[::2]), slowest_tenth(answers[1::2])
        with capsys.disabled():
            print(f'\nflood on the bus: slowest tenth of its own answers {theirs:.0f} ms, of ours {ours:.0f} ms')
        assert ours < 2000
