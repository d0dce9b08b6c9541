"""The builds that tests run on. Each is configured once and must be free of warnings."""
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, Optional

from results import FAIL, PASS, Row

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / 'b-results'


class Build(NamedTuple):
    name: str
    compiler: str
    options: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return ROOT / f'b-{self.name}'


SANITIZERS = ('-Db_sanitize=address,undefined', '-Db_lundef=false')
SANITIZED = Build('sanitized', 'gcc', SANITIZERS)
RELEASE = Build('release', 'gcc', ('--buildtype=release',))
FUZZING = Build('fuzzing', 'clang', (*SANITIZERS, '-Dfuzz=enabled'))

_made: dict[Build, Row] = {}


def _configured(build: Build) -> Optional[str]:
    """What went wrong when configuring, or None."""
    if (build.folder / 'build.ninja').exists():
        return None
    shutil.rmtree(build.folder, ignore_errors=True)
    result = subprocess.run(
        ['meson', 'setup', build.folder, *build.options],
        cwd=ROOT,
        env={**os.environ, 'CC': build.compiler},
        capture_output=True,
        text=True,
    )
    return None if result.returncode == 0 else result.stdout[-3000:] + result.stderr


def make(build: Build) -> Row:
    """Builds it, at most once a run. The row says how; a warning is an error."""
    if build not in _made:
        start = time.monotonic()
        print(f'building {build.folder.name} with {build.compiler}', flush=True)
        wrong = _configured(build)
        if wrong is None:
            result = subprocess.run(
                ['ninja', '-C', build.folder], capture_output=True, text=True, cwd=ROOT
            )
            wrong = None if result.returncode == 0 else result.stdout[-6000:] + result.stderr
        if wrong is not None:
            print(wrong, flush=True)
        name = f'build {build.name} ({build.compiler}) without warnings'
        status, seconds = PASS if wrong is None else FAIL, time.monotonic() - start
        _made[build] = Row('lint', name, status, seconds, '' if wrong is None else 'see above')
    return _made[build]
