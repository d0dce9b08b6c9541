"""Network namespaces, by name, each name carrying the process id of its maker."""
import contextlib
import ctypes
import os
import re
import signal
from pathlib import Path
from typing import Iterator, Sequence

from .process import DIE_WITH_US, Child, is_alive, run

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_NAME = re.compile(r'^hf(\d+)\.\d+-\w+$')


def _set_namespace(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


class Namespace:
    """One network namespace. `delete` ends every process that is left in it."""

    def __init__(self, name: str):
        self.name = name
        self.path = f'/run/netns/{name}'
        run(['ip', 'netns', 'add', name])
        self.ip('link set lo up')
        for setting in ('conf/all/rp_filter', 'conf/default/rp_filter'):
            self.sysctl(f'ipv4/{setting}', 0)

    def command(self, argv: Sequence[str]) -> list[str]:
        return ['nsenter', f'--net={self.path}', '--', *map(str, argv)]

    def run(self, argv: Sequence[str], **options):
        return run(self.command(argv), **options)

    def spawn(self, argv: Sequence[str], log: Path, **options) -> Child:
        return Child(self.command([*DIE_WITH_US, *argv]), log, **options)

    def ip(self, *lines: str) -> None:
        """Commands of ip(8), as one batch: `ns.ip('link set lo up', 'route add ...')`."""
        self.run(['ip', '-batch', '-'], input='\n'.join(lines) + '\n')

    def nft(self, rules: str) -> None:
        self.run(['nft', '-f', '-'], input=rules)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread in the namespace: sockets opened here stay in it. Start no thread inside."""
        with open('/proc/thread-self/ns/net') as home, open(self.path) as there:
            _set_namespace(there.fileno())
            try:
                yield
            finally:
                _set_namespace(home.fileno())

    def sysctl(self, name: str, value) -> None:
        with self.entered():
            Path(f'/proc/sys/net/{name}').write_text(f'{value}\n')

    def pids(self) -> list[int]:
        return [int(pid) for pid in run(['ip', 'netns', 'pids', self.name]).stdout.split()]

    def delete(self) -> None:
        delete_by_name(self.name)


def delete_by_name(name: str) -> None:
    for pid in run(['ip', 'netns', 'pids', name], check=False).stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    run(['ip', 'netns', 'del', name], check=False)


def delete_leftovers() -> None:
    """Namespaces of a run that was killed before it could clean up: their maker is gone."""
    folder = Path('/run/netns')
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _NAME.match(path.name)
        if match and not is_alive(int(match[1])):
            delete_by_name(path.name)
