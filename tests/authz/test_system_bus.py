"""The same daemon on a system bus, a private one here: everybody may look, root alone may act."""
import os
import shutil
import signal
from pathlib import Path

import pytest

from rig.instance import Instance
from rig.process import Child, wait_until

NOBODY = 65534  # a bus takes known users alone
USERS = '''holdfast:x:64720:64720::/:/usr/sbin/nologin
holdfast-engine:x:64721:64721::/:/usr/sbin/nologin
'''
CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
'''


def with_users(instance: Instance, argv: list) -> list[str]:
    """The command, seeing a user table in which Holdfast's own users are."""
    users = instance.folder / 'passwd'
    users.write_text(Path('/etc/passwd').read_text() + USERS)
    script = 'mount --bind "$0" /etc/passwd && exec "$@"'
    return ['unshare', '--mount', '--', 'sh', '-c', script, str(users), *map(str, argv)]


@pytest.fixture(scope='module')
def on_bus():
    if shutil.which('dbus-daemon') is None:
        pytest.skip('there is no dbus-daemon to make a bus with')
    with Instance() as made:
        socket, configuration = made.folder / 'system-bus', made.folder / 'bus.conf'
        configuration.write_text(CONFIGURATION.format(socket=socket))
        argv = ['dbus-daemon', '--nofork', '--nopidfile', f'--config-file={configuration}']
        bus = Child(with_users(made, argv), made.folder / 'bus.log')
        try:
            wait_until(socket.exists, 5, 'the bus')
            socket.chmod(0o666)
            made.environment = {**os.environ, 'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={socket}'}
            made.root.mkdir(mode=0o755)
            command = [made.build / 'platform' / 'holdfast-netd', '--with-daemon', '--root', made.root]
            command += ['--bus', 'system', '--resolv-conf', made.resolv_conf]
            made.netd = made.net.spawn(
                with_users(made, command), made.folder / 'log', env=made.environment
            )
            wait_until(lambda: cli(made, 'status').returncode == 0, 10, 'start of holdfastd', 0.02)
            yield made
        finally:
            bus.stop(signal.SIGTERM)


def cli(instance: Instance, *words: str, user=None):
    return instance.cli('--bus', 'system', *words, user=user, env=instance.environment)


def test_there_is_no_socket_beside_the_bus(on_bus):
    assert not (on_bus.root / 'run/holdfast/bus.sock').exists()


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
