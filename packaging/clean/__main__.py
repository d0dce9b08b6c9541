"""packaging/try-clean: see there. A clean machine here is a root tree of Debian's essential packages, git and sudo, entered by
chroot in mount and process namespaces of its own, with the network of the host."""
import argparse
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(REPOSITORY / 'tests' / 'lab'))

from rig.process import DIE_WITH_US, RigError, is_alive, run  # noqa: E402
from rig.rootfs import mirror  # noqa: E402

COMMANDS = ['packaging/try', 'packaging/try', 'tests/run unit lint cli']
HOMES = '/home'
HOME = f'{HOMES}/alice'
PLACES = f'/tmp /var/tmp /root {HOMES} /dev/shm /srv /mnt /opt'  # which no package writes to
EVERYWHERE = '/ /run /dev/shm'
CANNOT_BE_MADE = 77
ALLOWED = re.compile(r'(\d+) s of the (\d+) s allowed')
PREFIX = 'holdfast-clean-'


class Result(NamedTuple):
    command: str
    seconds: float
    status: int
    last: str

    @property
    def is_late(self) -> bool:
        """By its own words: a command that says nothing of a limit has none."""
        said = ALLOWED.search(self.last)
        return bool(said) and int(said[1]) > int(said[2])


class Machine:
    """The clean machine: a folder, which goes when the block ends. `vectors`: what HOLDFAST_VECTORS names, to lie beside the
    clone, or ''."""

    def __init__(self, vectors: str):
        self.vectors = vectors

    def __enter__(self) -> 'Machine':
        delete_leftovers()
        self.folder = Path(tempfile.mkdtemp(prefix=f'{PREFIX}{os.getpid()}-', dir='/var/tmp'))
        self.root = self.folder / 'root'
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure) -> None:
        shutil.rmtree(self.folder)

    def _make(self) -> None:
        argv = ['mmdebstrap', '--quiet', '--variant=minbase', '--include=git,ca-certificates,sudo']
        argv += ['--aptopt=Acquire::Check-Valid-Until "false"', 'bookworm', self.root]
        run([*argv, f'deb {mirror()} bookworm main'], timeout=600)
        self.folder.chmod(0o755)
        for name in ('resolv.conf', 'hosts'):
            shutil.copy(f'/etc/{name}', self.root / 'etc' / name)
        run(['chroot', self.root, 'useradd', '--create-home', '--shell', '/bin/bash', 'alice'])
        home = self.root / HOME[1:]
        home.chmod(0o700)  # as Debian's installer makes it
        (self.root / 'etc/sudoers.d/alice').write_text('alice ALL=(ALL) NOPASSWD: ALL\n')
        if self.vectors:
            (home / 'vectors/data').mkdir(parents=True)
        git = ['git', '-c', 'safe.directory=*', '-C', REPOSITORY]
        run([*git, 'bundle', 'create', home / 'holdfast.bundle', 'HEAD'])

    def run(self, command: str, places: str = EVERYWHERE) -> Result:
        """Runs it as alice, in her clone once there is one; shows what it says."""
        print(f'\n$ {command}', flush=True)
        start, last = time.monotonic(), ''
        argv = [*DIE_WITH_US, 'unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--ipc']
        argv += ['sh', HERE / 'enter.sh', self.root, self.vectors, HOME]
        argv += ['sh', '-c', (HERE / 'inside.sh').read_text(), 'inside.sh', places, *shlex.split(command)]
        with subprocess.Popen(
            [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors='replace',
        ) as child:  # fmt: skip
            try:
                for line in child.stdout:
                    print('   ', line.rstrip(), flush=True)
                    last = line.strip() or last
            except BaseException:
                child.kill()
                raise
        return Result(command, time.monotonic() - start, child.returncode, last)


def delete_leftovers() -> None:
    """Folders of runs that were killed before they could remove them. Their mounts went with them."""
    for folder in Path('/var/tmp').glob(f'{PREFIX}*-*'):
        maker = folder.name[len(PREFIX) :].split('-')[0]
        if maker.isdigit() and not is_alive(int(maker)):
            shutil.rmtree(folder)


def run_all(machine: Machine, commands: list[str]) -> list[Result]:
    """Until the first that fails. The first command may install packages, which change files in many places."""
    cloned = machine.run('git -c advice.detachedHead=false clone -q holdfast.bundle holdfast')
    results = [cloned]
    for command in commands if cloned.status == 0 else []:
        places = PLACES if len(results) == 1 else EVERYWHERE
        results.append(machine.run(f'sudo {command}', places))
        if results[-1].status != 0:
            break
    return results


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='packaging/try-clean', description='The two commands on a clean Debian 12.'
    )
    parser.add_argument('command', nargs='*', default=COMMANDS, help='what to run there, in place of the usual')
    parser.add_argument('--vectors', default=os.environ.get('HOLDFAST_VECTORS', ''), help='the folder of external vectors')
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            machine = stack.enter_context(Machine(arguments.vectors))
        except RigError as error:
            print(f'no clean machine can be made here: {" ".join(str(error).split())}')
            return CANNOT_BE_MADE
        print(f'a clean Debian 12: {time.monotonic() - start:.0f} s', flush=True)
        results = run_all(machine, arguments.command)
    print()
    for result in results:
        print(f'{result.seconds:6.0f} s  exit status {result.status}  {result.command}: {result.last}')
    late = [result for result in results if result.is_late]
    whole = len(results) == 1 + len(arguments.command)
    good = whole and not late and all(result.status == 0 for result in results)
    print('nothing was missing, nothing is left behind' if good else 'FAILED: too slow' if late else 'FAILED')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
