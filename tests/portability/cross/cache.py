"""What takes minutes to make is made once and kept."""
import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, Sequence

from rig.process import run

CACHE = Path(os.environ.get('HOLDFAST_PORTABILITY_CACHE', '/var/cache/holdfast-portability'))
JOBS = '2'


class Unavailable(Exception):
    """A tool or an archive cannot be had here; says nothing about the product."""


def gently(argv: Sequence, *, minutes: float = 10, **options):
    """Runs a long command with the lowest priority."""
    return run(['nice', '-n', '19', *argv], timeout=minutes * 60, **options)


def needed(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise Unavailable(f'not installed: {" ".join(missing)}')


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One run at a time; a parallel one waits."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills. It is made in its final place, because installed files name it,
    and counts once it holds the mark; another recipe makes another one and removes the older."""
    folder = CACHE / f'{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}'
    mark = folder / '.complete'
    with locked(name):
        if not mark.exists():
            for older in CACHE.glob(f'{name}-*'):
                shutil.rmtree(older)
            folder.mkdir()
            make(folder)
            mark.touch()
    return folder
