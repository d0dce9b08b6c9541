"""A user's session: its bus, and gnome-keyring with an unlocked login keyring, for programs that keep secrets there."""
import json
import os
import signal
from pathlib import Path

from .netns import Namespace
from .process import Child, run, wait_until
from .rootfs import Instance, tree

_UNLOCK = "printf lab | exec gnome-keyring-daemon --foreground --unlock --components=secrets"
_CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


def _as_user(user: int) -> list[str]:
    return ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--']


class Session:
    """Use as a context manager. `environment` is what the user's programs find there."""

    def __init__(self, folder: Path, user: int, namespace: Namespace):
        self.user, self.folder = user, folder / 'session'
        folder.chmod(0o755)
        self.folder.mkdir()
        self.keyring = Instance(tree('session'), self.folder, namespace)
        self.home = self.keyring.run_dir / 'home'
        self.home.mkdir()
        for path in (self.folder, self.keyring.run_dir, self.home):
            os.chown(path, user, user)
        self.socket = self.keyring.run_dir / 'session-bus'
        self.environment = {**os.environ, 'DBUS_SESSION_BUS_ADDRESS': f'unix:path={self.socket}', 'HOME': str(self.home)}
        self.bus = None

    def __enter__(self) -> 'Session':
        configuration = self.folder / 'bus.conf'
        configuration.write_text(_CONFIGURATION.format(socket=self.socket))
        argv = ['dbus-daemon', '--nofork', '--nopidfile', f'--config-file={configuration}']
        self.bus = Child(self._with_user([*_as_user(self.user), *argv]), self.folder / 'bus.log')
        wait_until(self.socket.exists, 5, 'the bus of the session')
        self.keyring.start(
            [*_as_user(self.user), 'sh', '-c', _UNLOCK],
            DBUS_SESSION_BUS_ADDRESS='unix:path=/run/session-bus', HOME='/run/home', XDG_RUNTIME_DIR='/run/home',
        )  # fmt: skip
        wait_until(self._has_keyring, 10, 'the keyring')
        return self

    def __exit__(self, *failure) -> None:
        self.keyring.kill()
        self.bus.stop(signal.SIGTERM)

    def _with_user(self, argv: list[str]) -> list[str]:
        """The bus serves only users that it finds in the user table."""
        users = self.folder / 'passwd'
        users.write_text(f'{Path("/etc/passwd").read_text()}session:x:{self.user}:{self.user}::/:/bin/sh\n')
        users.chmod(0o644)
        return ['unshare', '--mount', '--', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', str(users), *argv]

    def _has_keyring(self) -> bool:
        return 'org.freedesktop.secrets' in self._names()

    def _names(self) -> str:
        argv = ['gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/', '--method']
        return self.run(*argv, 'org.freedesktop.DBus.ListNames', check=False).stdout

    def run(self, *argv, **options):
        return run([*_as_user(self.user), *argv], env=self.environment, **options)

    def spawn(self, argv: list, log: Path) -> Child:
        return Child([*_as_user(self.user), *map(str, argv)], log, env=self.environment)


# What another program of the session does with the keyring: one process, as the user.
_SECRETS = '''
import json, sys
from gi.repository import Gio, GLib
NAME, ROOT = 'org.freedesktop.secrets', '/org/freedesktop/secrets'
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
def call(path, interface, method, arguments):
    return bus.call_sync(NAME, path, f'org.freedesktop.Secret.{interface}', method, arguments, None, 0, 5000, None).unpack()
task = json.loads(sys.argv[1])
attributes = {'xdg:schema': 'io.github.holdfastvpn.Holdfast', **task['attributes']}
if 'value' in task:
    session = call(ROOT, 'Service', 'OpenSession', GLib.Variant('(sv)', ('plain', GLib.Variant('s', ''))))[1]
    item = 'org.freedesktop.Secret.Item.'
    properties = {item + 'Label': GLib.Variant('s', 'lab'), item + 'Attributes': GLib.Variant('a{ss}', attributes)}
    secret = (session, b'', task['value'].encode(), 'text/plain')
    call(ROOT + '/collection/login', 'Collection', 'CreateItem',
         GLib.Variant('(a{sv}(oayays)b)', (properties, secret, True)))
print(len(call(ROOT, 'Service', 'SearchItems', GLib.Variant('(a{ss})', (attributes,)))[0]))
'''


def secrets(session: Session, **task) -> int:
    """How many entries have these `attributes`; with `value`, one is put there first."""
    return int(session.run('/usr/bin/python3', '-c', _SECRETS, json.dumps(task)).stdout)
