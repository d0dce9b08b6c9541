"""Holdfast itself in the client's namespace: the daemons as they run on a system without a bus, and the command line client as
the instance's owner, who is not root."""
import json
import os
import signal
from pathlib import Path
from typing import Optional

from . import connections, mobileconfig, topology
from .lab import Lab
from .process import RigError, is_alive, wait_until
from .system_bus import SystemBus

OWNER = 64800  # a user who is neither root nor one of ours
PASSPHRASE = 'lab'
BUNDLE = '/etc/ssl/certs/ca-certificates.crt'
SEEING = ['unshare', '--mount', '--', 'sh', '-c']
REPOSITORY = Path(__file__).resolve().parents[3]


def build_folder() -> Path:
    return Path(os.environ.get('HOLDFAST_BUILD', REPOSITORY / 'b'))


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path('/proc').iterdir() if entry.name.isdigit()]


def link_of(pid: int, name: str) -> str:
    """Where /proc/PID/NAME leads; '' for a process that is gone."""
    try:
        return os.readlink(f'/proc/{pid}/{name}')
    except OSError:
        return ''


def program_of(pid: int) -> str:
    return Path(link_of(pid, 'exe')).name


def addresses_of(link: dict) -> list[str]:
    """Without link-local ones, which the kernel adds in its own time."""
    found = [address for address in link['addr_info'] if address['scope'] != 'link']
    return [f'{address["local"]}/{address["prefixlen"]}' for address in found]


class Holdfast:
    """`root` holds etc, run and var of the instance. `start` before anything else. `bus`: a started one to be on, instead of the
    socket."""

    def __init__(
        self,
        lab: Lab,
        build: Optional[Path] = None,
        bus: Optional[SystemBus] = None,
        authorities: Optional[Path] = None,
    ):
        """`authorities`: a file to see as the system's CA bundle."""
        self.lab, self.build, self.bus = lab, build or build_folder(), bus
        self.authorities = authorities
        self.root = lab.folder / 'instance'
        self.resolv_conf = lab.folder / 'resolv.conf'
        self.child = None

    def start(self) -> 'Holdfast':
        self.root.mkdir(mode=0o755, exist_ok=True)
        self.resolv_conf.write_text(f'nameserver {topology.CLIENT_ROUTER}\n')
        self.resolv_conf.chmod(0o644)
        self.lab.stack.callback(self.stop)
        self.start_netd()
        self.wait_ready()
        return self

    def start_netd(self) -> None:
        """netd, which starts holdfastd unless one runs."""
        argv = [self.build / 'platform' / 'holdfast-netd', '--with-daemon', '--root', self.root]
        argv += ['--resolv-conf', self.resolv_conf]
        log = self.lab.folder / 'holdfast.log'
        if self.bus is not None:
            argv, env = self.bus.with_users([*argv, '--bus', 'system']), self.bus.environment
        else:
            argv, env = [*argv, '--bus', 'none', '--owner', OWNER], None
        if self.authorities is not None:
            argv = [*SEEING, f'mount --bind "$0" {BUNDLE} && exec "$@"', self.authorities, *argv]
        self.child = self.lab.net.client.spawn([str(word) for word in argv], log, env=env)

    def wait_ready(self, seconds: float = 10) -> None:
        wait_until(lambda: self.cli('status').returncode == 0, seconds, 'start of holdfastd', 0.05)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(signal.SIGTERM, patience=10)
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        self.netd('--unblock', check=False)

    def netd(self, *argv: str, **options):
        """holdfast-netd once, in the foreground: the way out by hand."""
        command = [self.build / 'platform' / 'holdfast-netd', *argv, '--root', self.root]
        return self.lab.net.client.run([*command, '--resolv-conf', self.resolv_conf], **options)

    def text(self) -> str:
        return (self.lab.folder / 'holdfast.log').read_text(errors='replace')

    def trace_path(self) -> Path:
        return self.root / 'run/holdfast/trace.jsonl'

    # The command line client.

    def cli(self, *argv, user: Optional[int] = None, **options):
        """By the owner, or, on the system bus, by root, if no `user` is named."""
        user = user if user is not None else OWNER if self.bus is None else 0
        if self.bus is not None:
            argv = ('--bus', 'system', *argv)
            options.setdefault('env', self.bus.environment)
        command = ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--']
        command += [self.build / 'cli' / 'holdfast', '--root', self.root, *argv]
        options.setdefault('check', False)
        return self.lab.net.client.run(command, **options)

    def status(self) -> dict:
        return json.loads(self.cli('status', '--json', check=True).stdout)

    def state(self) -> str:
        return self.status()['state']

    def import_file(self, path: Path, *argv: str) -> str:
        """The id of the profile. The file is the owner's, as after a download."""
        os.chown(path, OWNER, OWNER)
        result = self.cli('import', path, '--json', *argv, check=True)
        return json.loads(result.stdout)['id']

    def import_profile(self, method: str, **overrides) -> str:
        """The file that IT would send for the lab's user and gateway, imported."""
        options = {'psk': overrides.pop('psk', '')} if method == mobileconfig.PSK else {}
        path = self.lab.folder / f'{method}.mobileconfig'
        identity = None if method == mobileconfig.PSK else overrides.pop('identity', self.lab.user)
        mobileconfig.write(
            path, connections.HOST, connections.USER, method, self.lab.authority, identity,
            PASSPHRASE, **options, **overrides,
        )  # fmt: skip
        return self.import_file(path)

    def change_profile(self, profile: str, key: str, value) -> None:
        """What an admin does with an editor."""
        (path,) = (self.root / 'var/lib/holdfast/profiles').glob(f'*/{profile}.json')
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    def connect(self, *argv: str) -> None:
        result = self.cli('connect', *argv)
        if result.returncode != 0:
            raise RigError(f'connect: exit {result.returncode}\n{result.stderr}\n{self.text()}')

    def rekey(self, ike: bool = False) -> None:
        self.cli('rekey', *(['--ike'] if ike else []), check=True)

    def wait_state(self, wanted: str, seconds: float) -> dict:
        def reached():
            result = self.cli('status', '--json')
            status = json.loads(result.stdout) if result.returncode == 0 else {}
            return status if status.get('state') == wanted else None

        return wait_until(reached, seconds, f'state {wanted}', 0.02)

    # Its processes and what it leaves behind.

    def pids(self, name: str = 'holdfast') -> list[int]:
        """Processes of this instance whose program's name begins with `name`."""
        candidates = self.lab.net.client.pids() + self._engines()
        return [pid for pid in candidates if program_of(pid).startswith(name) and is_alive(pid)]

    def _engines(self) -> list[int]:
        """Engines live in a network namespace of their own; their root is a folder of ours."""
        return [pid for pid in all_pids() if link_of(pid, 'root').startswith(f'{self.root}/')]

    def engine(self) -> int:
        return self._one('holdfast-engine')

    def daemon(self) -> int:
        return self._one('holdfastd')

    def netd_pid(self) -> int:
        return self._one('holdfast-netd')

    def _one(self, name: str) -> int:
        found = self.pids(name)
        if len(found) != 1:
            raise RigError(f'{len(found)} processes {name}')
        return found[0]

    def leftovers(self) -> list[str]:
        """Everything of ours that is still in the client's network; empty when we are gone."""
        client = self.lab.net.client
        found = [f'table: {client.run(["nft", "list", "tables"]).stdout.strip()}']
        found += [f'rules: {client.run(["ip", *family, "rule"]).stdout}' for family in ([], ['-6'])]
        links = json.loads(client.run(['ip', '-json', 'address']).stdout)
        found += [f'link {link["ifname"]}: {addresses_of(link)}' for link in links]
        found.append(f'resolv.conf: {self.resolv_conf.read_text()}')
        return found
