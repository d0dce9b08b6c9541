"""Private root trees of Debian packages, made once and kept; daemons run in a throw-away layer
above.

Packages are extracted, never configured: no maintainer script runs and nothing reaches the host.
"""
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Optional, Sequence

from .netns import Namespace
from .process import Child, RigError, only_child_of, run, wait_until

CACHE = Path(os.environ.get('HOLDFAST_LAB_CACHE', '/var/cache/holdfast-lab'))
ENTER = Path(__file__).with_name('enter.sh')

STRONGSWAN = [
    'charon-systemd',
    'strongswan-swanctl',
    'strongswan-libcharon',
    'libstrongswan-standard-plugins',
    'libstrongswan-extra-plugins',
    'libcharon-extra-plugins',
    'libcharon-extauth-plugins',
]
# Trees by name: the Debian release, and packages whose dependencies come along.
TREES = {
    'debian12': ('bookworm', STRONGSWAN + ['freeradius']),  # strongSwan 5.9, FreeRADIUS 3.2
    'debian13': ('trixie', STRONGSWAN),  # strongSwan 6.0: EAP-TLS with TLS 1.3
    'polkit': ('bookworm', ['polkitd']),
    'session': ('bookworm', ['dash', 'gnome-keyring', 'util-linux']),  # what a desktop session has
    # A kernel of its own for kernel ESP: User-Mode Linux. Before 6.13 it cannot save the registers
    # of processors with AMX, which rules out the kernels of Debian 12 and 13.
    'uml': ('forky', STRONGSWAN + ['user-mode-linux', 'busybox-static', 'python3']),
}


def archives(form: str) -> list[str]:
    """Debian's archives without its security updates, as this host uses them: a line of that form of
    apt-get indextargets for each. Where apt's lists were removed, as in many images, they are fetched."""
    argv = ['apt-get', 'indextargets', '--format', f'$(REPO_URI) {form}', 'Created-By: Packages', 'Origin: Debian']
    lines = run(argv).stdout.splitlines()
    if not lines:
        run(['apt-get', '-qq', 'update'], timeout=120, check=False)  # an archive of others may be down
        lines = run(argv).stdout.splitlines()
    found = [line.split(' ', 1) for line in lines]
    return [words for uri, words in found if 'security' not in uri]


def mirror() -> str:
    """The archive that this host itself uses."""
    uris = archives('$(REPO_URI)')
    if not uris:
        raise RigError('apt knows no Debian archive')
    return uris[0]


def _build(release: str, packages: Sequence[str], target: Path) -> None:
    run(
        [
            'mmdebstrap',
            '--quiet',
            '--variant=extract',
            '--skip=check/empty',
            '--aptopt=Acquire::Check-Valid-Until "false"',
            f'--include={",".join(packages)}',
            release,
            target,
            f'deb {mirror()} {release} main',
        ],
        timeout=300,
    )
    for name in ('proc', 'sys', 'dev', 'run', 'tmp', 'mnt', 'root', 'etc', 'var/log'):
        (target / name).mkdir(parents=True, exist_ok=True)
    for name in ('bin', 'sbin', 'lib', 'lib64'):  # base-files would make them
        if not (target / name).exists():
            (target / name).symlink_to(f'usr/{name}')
    (target / 'var/run').symlink_to('/run')
    (target / 'etc/passwd').write_text('root:x:0:0:root:/:/bin/sh\n')
    (target / 'etc/group').write_text('root:x:0:\n')
    target.chmod(0o755)


def tree(name: str) -> Path:
    """The tree of that name, made if it is not in the cache (about 8 s)."""
    release, packages = TREES[name]
    digest = hashlib.sha256(repr((release, packages, 4)).encode()).hexdigest()[:12]
    path = CACHE / f'{name}-{digest}'
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a parallel run waits and then finds it made
        if not path.exists():
            scratch = Path(tempfile.mkdtemp(prefix=f'.{name}-', dir=CACHE))
            try:
                _build(release, packages, scratch)
                for older in CACHE.glob(f'{name}-*'):
                    shutil.rmtree(older, ignore_errors=True)
                scratch.rename(path)
            except BaseException:
                shutil.rmtree(scratch, ignore_errors=True)
                raise
    return path


class Instance:
    """One daemon in a tree: own mount and process namespaces, own layer for what it writes.

    `etc` is the layer's /etc, `run` its /run, both to be used from the host.
    """

    def __init__(self, tree_path: Path, scratch: Path, namespace: Namespace):
        self.tree, self.scratch, self.namespace = tree_path, scratch, namespace
        self.etc, self.run_dir = scratch / 'upper/etc', scratch / 'run'
        self.etc.mkdir(parents=True)
        self.run_dir.mkdir()
        self.child: Optional[Child] = None

    def start(self, argv: Sequence[str], **environment: str) -> None:
        self.child = self.namespace.spawn(
            ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child']
            + ['sh', ENTER, self.tree, self.scratch, *argv],
            self.scratch / 'console.log',
            env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', **environment},
        )

    @property
    def pid(self) -> int:
        """The daemon's process number on the host."""
        return wait_until(lambda: only_child_of(self.child.pid), 5, 'start of a daemon')

    def kill(self) -> None:
        """As if its power failed: no goodbye to any peer."""
        if self.child:
            self.child.popen.kill()
            self.child.popen.wait()

    def stop(self) -> None:
        """Lets it say goodbye."""
        if self.child and self.child.is_running():
            os.kill(self.pid, 15)
            try:
                self.child.popen.wait(5)
            except Exception:
                self.kill()
