"""A private system bus, as strict as a distribution's, for instances that run with `--bus system`."""
import os
import shutil
import signal
from pathlib import Path
from typing import Sequence

from .process import Child, run, wait_until

POLICY = Path(__file__).parents[3] / 'packaging/dbus/io.github.holdfastvpn.Holdfast1.conf'
USERS = '''holdfast:x:64720:64720::/:/usr/sbin/nologin
holdfast-engine:x:64721:64721::/:/usr/sbin/nologin
polkitd:x:64722:64722::/:/usr/sbin/nologin
'''
CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  {policy}
</busconfig>
'''


class SystemBus:
    """`folder` is everybody's to enter. With the project's own policy file, unless `has_policy` is false."""

    is_possible = shutil.which('dbus-daemon') is not None

    def __init__(self, folder: Path, has_policy: bool = True, more_users: Sequence[int] = ()):
        self.more_users = more_users
        self.folder, self.socket = folder, folder / 'system-bus'
        self.environment = {**os.environ, 'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={self.socket}'}
        self.policy = f'<include>{POLICY}</include>' if has_policy else ''
        self.child = None

    def start(self) -> 'SystemBus':
        configuration = self.folder / 'bus.conf'
        configuration.write_text(CONFIGURATION.format(socket=self.socket, policy=self.policy))
        argv = ['dbus-daemon', '--nofork', '--nopidfile', f'--config-file={configuration}']
        self.child = Child(self.with_users(argv), self.folder / 'bus.log')
        wait_until(self.socket.exists, 5, 'the bus')
        self.socket.chmod(0o666)
        return self

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(signal.SIGTERM)

    def has_owner(self, name: str) -> bool:
        argv = ['gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus', '--object-path', '/']
        argv += ['--method', 'org.freedesktop.DBus.NameHasOwner', name]
        return 'true' in run(argv, env=self.environment, check=False).stdout

    def users(self) -> str:
        """The user table: the host's, Holdfast's own users and polkit's, and those that tests are."""
        ours = {line.split(':')[0] for line in USERS.splitlines()}
        lines = Path('/etc/passwd').read_text().splitlines()
        extra = [f'user{uid}:x:{uid}:{uid}::/:/usr/sbin/nologin' for uid in self.more_users]
        return '\n'.join([line for line in lines if line.split(':')[0] not in ours] + extra) + '\n' + USERS

    def with_users(self, argv: list) -> list[str]:
        """The command, seeing a user table in which Holdfast's own users are, as the policy wants it."""
        users = self.folder / 'passwd'
        users.write_text(self.users())
        script = 'mount --bind "$0" /etc/passwd && exec "$@"'
        return ['unshare', '--mount', '--', 'sh', '-c', script, str(users), *map(str, argv)]
