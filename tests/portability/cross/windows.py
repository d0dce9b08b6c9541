"""The build for Windows, and Wine to run it."""
import json
import os
import shutil
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

from rig.process import run

from .cache import CACHE, JOBS, Unavailable, gently, kept, locked, needed
from .libraries import TRIPLET, libraries

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / 'b-windows'
WINE = Path('/usr/lib/wine')
CROSS_FILE = '''\
[binaries]
c = '{0}-gcc'
ar = '{0}-ar'
strip = '{0}-strip'
pkgconfig = 'pkg-config'

[properties]
pkg_config_libdir = '{1}/lib/pkgconfig'

[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
'''


def _configure(cross_file: Path) -> None:
    """Anew where it was not done with just this file."""
    text, used = cross_file.read_text(), BUILD / 'cross.ini'
    if used.exists() and used.read_text() == text:
        return
    shutil.rmtree(BUILD, ignore_errors=True)
    options = ['-Dplatform=disabled', '-Dcriterion=disabled']
    gently(['meson', 'setup', BUILD, '--cross-file', cross_file, *options], cwd=ROOT)
    used.write_text(text)


def build() -> Path:
    """Everything that is not Linux's own, without a warning."""
    prefix = libraries() / 'windows'
    cross_file = CACHE / 'windows.ini'
    cross_file.write_text(CROSS_FILE.format(TRIPLET, prefix))
    _configure(cross_file)
    gently(['ninja', '-C', BUILD, f'-j{JOBS}'], minutes=15)
    return BUILD


class Program(NamedTuple):
    command: list[str]
    says_tap: bool  # else its exit status says it all, 77 that it skipped


def programs(folder: Path, suites: Iterable[str]) -> dict[str, Program]:
    """The tests that meson knows in those suites, by SUITE/NAME."""
    tests = json.loads(run(['meson', 'introspect', '--tests', folder]).stdout)
    return {
        f'{suite}/{test["name"]}': Program(test['cmd'], test['protocol'] == 'tap')
        for test in tests
        for suite in suites
        if f'holdfast:{suite}' in test['suite']
    }


def dll_folders() -> list[Path]:
    """OpenSSL's, expat's and jansson's, and the compiler's own for the stack protector."""
    own = run([f'{TRIPLET}-gcc', '-print-file-name=libssp-0.dll']).stdout.strip()
    return [libraries() / 'windows/bin', Path(own).parent]


class Wine:
    """A prefix of our own, in the cache. Closing it ends every process in it."""

    def __init__(self):
        if not (WINE / 'wine64').exists():
            raise Unavailable('not installed: wine64')
        needed('unshare', 'setarch')
        self._lock = locked('wine')
        self._lock.__enter__()
        version = run([WINE / 'wine64', '--version']).stdout
        self._dll_folders = ';'.join(f'Z:{folder}' for folder in dll_folders())
        self.prefix: Optional[Path] = None
        self.prefix = kept('prefix', version, self._boot)

    def _environment(self, prefix: Path) -> dict[str, str]:
        return {
            **os.environ,
            'HOME': str(prefix),
            'WINEPREFIX': str(prefix),
            'WINEPATH': self._dll_folders,
            'WINEDEBUG': '-all',
            # Neither .NET nor a browser to be fetched, nothing in the desktop's menus.
            'WINEDLLOVERRIDES': 'mscoree,mshtml,winemenubuilder.exe=',
        }

    def _boot(self, prefix: Path) -> None:
        self._run(prefix, [WINE / 'wine64', 'wineboot', '--init'], 180)
        self._run(prefix, [WINE / 'wineserver', '--wait'], 60)

    def _run(self, prefix: Path, argv: list, seconds: float, check: bool = True):
        """In a network namespace that has no interface up, so without a network. Not at random
        addresses: Debian's Wine has no preloader to keep the fixed ones of Windows free, and one
        process in a thousand then does not start."""
        return run(
            ['nice', '-n', '19', 'unshare', '--net', 'setarch', '--addr-no-randomize', *argv],
            timeout=seconds,
            check=check,
            env=self._environment(prefix),
        )

    def run(self, argv: list, seconds: float):
        """The program's end, whatever it was."""
        return self._run(self.prefix, [WINE / 'wine64', *argv], seconds, check=False)

    def close(self) -> None:
        if self.prefix is not None:
            self._run(self.prefix, [WINE / 'wineserver', '--kill'], 30, check=False)
        self._lock.__exit__(None, None, None)
