"""Processes of the rig: each dies with us, whatever happens, and leaves its output in a file."""
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Optional, Sequence

# The kernel ends the child when we end, even by SIGKILL.
DIE_WITH_US = ['setpriv', '--pdeathsig', 'KILL']


class RigError(Exception):
    """The rig itself did not work; says nothing about the product."""


def run(argv: Sequence[str], *, timeout: float = 30, check: bool = True, **options):
    """Runs a command to its end. A failure carries the command and what it said."""
    options.setdefault('stdin', subprocess.DEVNULL if 'input' not in options else None)
    if options['stdin'] is None:
        del options['stdin']
    result = subprocess.run(
        [str(word) for word in argv], capture_output=True, text=True, timeout=timeout, **options
    )
    if check and result.returncode != 0:
        said = (result.stdout + result.stderr).strip()
        raise RigError(f'{" ".join(map(str, argv))}: exit status {result.returncode}\n{said}')
    return result


class Child:
    """A process running in the background, its output in `log`."""

    def __init__(self, argv: Sequence[str], log: Path, **options):
        self.name = Path(str(argv[-1 if len(argv) == 1 else 0])).name
        self.log = Path(log)
        with open(self.log, 'ab') as output:
            self.popen = subprocess.Popen(
                [str(word) for word in argv],
                stdin=options.pop('stdin', subprocess.DEVNULL),
                stdout=options.pop('stdout', output),
                stderr=output,
                **options,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def stop(self, number: int = signal.SIGTERM, patience: float = 5) -> int:
        """Asks it to end, then makes it end. Its exit status as in subprocess."""
        if self.is_running():
            self.popen.send_signal(number)
            try:
                return self.popen.wait(patience)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        return self.popen.wait()

    def text(self) -> str:
        return self.log.read_text(errors='replace')


def wait_readable(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], max(0.0, seconds))[0])


def wait_until(condition, seconds: float, what: str, interval: float = 0.01):
    """Polls for what sends no event. Returns the condition's first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RigError(f'{what}: not within {seconds} s')
        time.sleep(interval)


def only_child_of(pid: int) -> Optional[int]:
    """The process that `unshare --fork` started, by its number on the host."""
    try:
        children = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
    except FileNotFoundError:
        return None
    return int(children[0]) if children else None


def is_alive(pid: int) -> bool:
    """Not so for a zombie: where nobody reaps, as in many containers, that is all that stays."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False
