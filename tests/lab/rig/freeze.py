"""Threads that hang: one is stopped while the rest of its process goes on, which no signal can do."""
import contextlib
import ctypes
import os
from pathlib import Path
from typing import Iterator

from .process import RigError, wait_until

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_ALL = 0x40000000  # __WALL


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) != 0:
        raise RigError(f'ptrace {request}: {os.strerror(ctypes.get_errno())}')


def thread_of(pid: int, name: str) -> int:
    for task in Path(f'/proc/{pid}/task').iterdir():
        if (task / 'comm').read_text().strip() == name:
            return int(task.name)
    raise RigError(f'process {pid} has no thread {name}')


def _state(thread: int) -> str:
    return Path(f'/proc/{thread}/stat').read_text().rsplit(')', 1)[1].split()[0]


@contextlib.contextmanager
def frozen(thread: int) -> Iterator[None]:
    """Within, this thread does nothing. It may be killed meanwhile."""
    _ptrace(_SEIZE, thread)
    _ptrace(_INTERRUPT, thread)
    wait_until(lambda: _state(thread) == 't', 2, 'end of its last step')
    try:
        yield
    finally:
        with contextlib.suppress(ChildProcessError, RigError, ProcessLookupError):
            os.waitpid(thread, _ALL | os.WNOHANG)
            _ptrace(_DETACH, thread)
