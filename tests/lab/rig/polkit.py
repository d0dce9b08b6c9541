"""polkitd on a private system bus, with the project's actions, and login sessions as logind makes them: a cgroup for the session's
processes, and files that say whose it is and whether he sits there."""
import contextlib
import signal
from pathlib import Path

from . import rootfs
from .process import Child, wait_until
from .system_bus import SystemBus

ACTIONS = Path(__file__).parents[3] / 'packaging/polkit/io.github.holdfastvpn.Holdfast1.policy'
SESSION = '''UID={uid}
USER=user{uid}
ACTIVE={active}
IS_DISPLAY=1
STATE={state}
REMOTE=0
TYPE=wayland
CLASS=user
SEAT=seat0
LEADER=1
'''
USER = '''NAME=user{uid}
STATE={state}
DISPLAY={session}
SESSIONS={session}
SEATS=seat0
ACTIVE_SESSIONS={session}
'''


def cgroups() -> Path:
    unified = Path('/sys/fs/cgroup/unified')
    return unified if unified.is_dir() else Path('/sys/fs/cgroup')


class Polkit:
    """Start it before the bus, whose policy it brings. `sessions`: whether the session of a uid is active."""

    def __init__(self, bus: SystemBus, sessions: dict):
        self.bus, self.sessions = bus, sessions
        self.scratch = bus.folder / 'polkit'
        self.tree = rootfs.tree('polkit')
        bus.policy += f'<include>{self.tree}/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>'
        self.child = None

    def start(self) -> 'Polkit':
        actions = self.scratch / 'upper/usr/share/polkit-1/actions'
        actions.mkdir(parents=True)
        (actions / ACTIONS.name).write_bytes(ACTIONS.read_bytes())
        etc = self.scratch / 'upper/etc'
        etc.mkdir()
        (etc / 'passwd').write_text('\n'.join(['root:x:0:0:::', *self.bus.users().split('\n')]))
        (etc / 'group').write_text('root:x:0:\npolkitd:x:64722:\n')
        for uid, active in self.sessions.items():
            self._write_session(uid, active)
        (self.scratch / 'run').symlink_to(self.bus.folder)
        argv = ['unshare', '--mount', '--', 'sh', rootfs.ENTER, self.tree, self.scratch]
        environment = {'PATH': '/usr/sbin:/usr/bin', 'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path=/run/{self.bus.socket.name}'}
        log = self.bus.folder / 'polkit.log'
        self.child = Child([*map(str, argv), '/usr/lib/polkit-1/polkitd', '--no-debug'], log, env=environment)
        wait_until(lambda: self.bus.has_owner('org.freedesktop.PolicyKit1'), 10, 'polkitd')
        return self

    def _write_session(self, uid: int, active: bool) -> None:
        folder, state = self.bus.folder / 'systemd', 'active' if active else 'online'
        for name in ('sessions', 'users', 'seats', 'machines'):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._cgroup(uid).mkdir(parents=True, exist_ok=True)
        values = {'uid': uid, 'state': state, 'active': int(active), 'session': f'c{uid}'}
        (folder / 'sessions' / f'c{uid}').write_text(SESSION.format(**values))
        (folder / 'users' / str(uid)).write_text(USER.format(**values))

    def _cgroup(self, uid: int) -> Path:
        return cgroups() / f'user.slice/user-{uid}.slice/session-c{uid}.scope'

    def in_session(self, uid: int, argv: list) -> list[str]:
        """The command, run in the session of that uid, if he has one. It still has to become that uid."""
        if uid not in self.sessions:
            return argv
        script = 'echo $$ >"$0/cgroup.procs" && exec "$@"'
        return ['sh', '-c', script, *map(str, [self._cgroup(uid), *argv])]

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(signal.SIGTERM)
        for uid in self.sessions:
            folder = self._cgroup(uid)
            wait_until(lambda: remove(folder), 5, 'the end of a session')
            for parent in (folder.parent, folder.parent.parent):  # the latter may be the host's own
                with contextlib.suppress(OSError):
                    parent.rmdir()


def remove(folder: Path) -> bool:
    """Whether it is gone: processes that are in it end a moment after they have answered."""
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()
