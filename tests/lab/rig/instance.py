"""An instance of Holdfast without a gateway: real daemons in a network namespace from which nothing answers. For tests of the
command line and of who may do what."""
import json
import os
import pty
import select
import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import Optional

from . import bus_client
from .holdfast import OWNER, build_folder, program_of
from .netns import Namespace
from .process import RigError, run, wait_until

GATEWAY = '203.0.113.1'  # nobody is there
STRANGER = 64801  # a user who is not the owner
_count = 0


def native_profile(name: str = 'Nobody', **overrides) -> bytes:
    profile = {
        'version': 1,
        'id': name.lower().replace(' ', '-'),
        'name': name,
        'protocol': 'ikev2',
        'gateways': [GATEWAY],
        'remote-identity': 'vpn.example.test',
        'local-identity': 'somebody@example.test',
        'auth': 'psk',
        'gateway-psk': True,
        **overrides,
    }
    return json.dumps(profile).encode()


class Instance:
    """Use as a context manager. The namespace has one interface up, with a default route into nothing."""

    def __init__(self):
        global _count
        _count += 1
        self.build = build_folder()
        self._folder = tempfile.TemporaryDirectory(prefix='hf-cli-')
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.root = self.folder / 'instance'
        self.net = Namespace(f'hf{os.getpid()}.{_count}-instance')
        self.net.ip(
            'link add up0 type veth peer name far0',
            'link set up0 up',
            'link set far0 up',
            'address add 192.0.2.2/24 dev up0',
            'route add default via 192.0.2.1',
        )
        self.resolv_conf = self.folder / 'resolv.conf'
        self.resolv_conf.write_text('nameserver 192.0.2.53\n')
        self.netd = None

    def __enter__(self) -> 'Instance':
        return self

    def __exit__(self, *failure) -> None:
        if self.netd is not None:
            self.netd.stop(signal.SIGTERM, patience=10)
            for pid in self.pids('holdfastd'):
                os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not self.pids('holdfastd'), 10, 'end of holdfastd')
        self.net.delete()
        log = self.folder / 'log'
        said = log.read_text(errors='replace') if log.exists() else ''
        self._folder.cleanup()
        if 'Sanitizer' in said or 'runtime error' in said:
            raise RigError(said)

    def start(self, *prefix: str, env: Optional[dict] = None) -> 'Instance':
        """`prefix`: a command that starts netd; `env`: its environment."""
        self.root.mkdir(mode=0o755, exist_ok=True)
        argv = [self.build / 'platform' / 'holdfast-netd', '--with-daemon', '--root', self.root]
        argv += ['--bus', 'none', '--owner', OWNER, '--resolv-conf', self.resolv_conf]
        self.netd = self.net.spawn([*prefix, *map(str, argv)], self.folder / 'log', env=env)
        wait_until(lambda: self.cli('status').returncode == 0, 10, 'start of holdfastd', 0.02)
        return self

    def argv(self, *words, user: Optional[int] = OWNER) -> list[str]:
        command = [] if user is None else _as_user(user)
        command += [self.build / 'cli' / 'holdfast', '--root', self.root, *words]
        return self.net.command(command)

    def cli(self, *words, user: Optional[int] = OWNER, **options):
        options.setdefault('check', False)
        return run(self.argv(*words, user=user), **options)

    def as_user(self, user: int, *argv, **options):
        options.setdefault('check', False)
        return self.net.run([*_as_user(user), *argv], **options)

    def status(self) -> dict:
        return json.loads(self.cli('status', '--json', check=True).stdout)

    def import_profile(self, profile: bytes = native_profile(), *argv: str) -> str:
        return self.cli('import', '-', *argv, input=profile.decode(), check=True).stdout.strip()

    def leftovers(self) -> list[str]:
        """What a connection changes on the host."""
        run_in = self.net.run
        found = [run_in(['nft', 'list', 'tables']).stdout]
        found += [run_in(['ip', family, 'rule']).stdout for family in ('-4', '-6')]
        found += [run_in(['ip', '-brief', 'link']).stdout, self.resolv_conf.read_text()]
        return found

    def terminal(self, *words, answer: Optional[str] = None, user: int = OWNER, seconds: float = 10):
        """The command on a terminal of its own: (exit status, what the terminal showed). `answer` is typed when asked."""
        pid, master = pty.fork()
        if pid == 0:
            argv = self.argv(*words, user=user)
            os.execvp(argv[0], argv)
        shown, end = b'', time.monotonic() + seconds
        while select.select([master], [], [], max(0.0, end - time.monotonic()))[0]:
            try:
                got = os.read(master, 4096)
            except OSError:  # the other side is closed
                break
            if not got:
                break
            shown += got
            if answer is not None and shown.endswith(b': '):
                os.write(master, answer.encode() + b'\n')
                answer = None
        else:
            os.kill(pid, signal.SIGKILL)
            raise RigError(f'still running after {seconds} s: {shown}')
        os.close(master)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    # The bus, without the command line.

    def bus(self, *requests: dict, user: Optional[int] = OWNER) -> list:
        """The answers to bus_client.request(…), over our socket."""
        address = f'unix:path={self.root}/run/holdfast/bus.sock'
        return bus_client.call(address, list(requests), user)

    # The bus, below D-Bus.

    def knock(self) -> socket.socket:
        """A connection to the bus' socket, by the user that this thread is."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.root / 'run/holdfast/bus.sock'))
        return connection

    def pids(self, name: str) -> list[int]:
        return [pid for pid in self.net.pids() if program_of(pid) == name]


def _as_user(user: int) -> list[str]:
    return ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--']
