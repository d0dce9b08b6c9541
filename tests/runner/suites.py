"""The suites: which build each runs on, and how its tests are found and run.

A suite is what meson knows by that name, the pytest files of tests/NAME, or both.
"""
import contextlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Optional

import builds
from builds import FUZZING, RELEASE, RESULTS, ROOT, SANITIZED, Build
from results import (
    FAIL,
    PASS,
    SKIP,
    Row,
    printed_by_junit,
    printed_by_meson,
    rows_of_junit,
    rows_of_meson,
)

PYTHON = '/usr/bin/python3'  # the one that Debian's pytest belongs to


class Suite(NamedTuple):
    name: str
    build: Build
    minutes: int  # after which it has failed
    is_default: bool = True
    shows: Optional[str] = None  # what the tests whose names start so print is for people: tables


SUITES = [
    Suite('lint', RELEASE, 5),
    Suite('unit', SANITIZED, 10),
    Suite('vectors', SANITIZED, 5),
    Suite('scenario', SANITIZED, 10),
    Suite('cli', SANITIZED, 10),
    Suite('authz', SANITIZED, 10),
    Suite('lab', SANITIZED, 25),
    Suite('leak', RELEASE, 15),
    Suite('fuzz', FUZZING, 5, shows='search-'),
    Suite('packaging', RELEASE, 30, False, shows='test_clean'),
    Suite('portability', RELEASE, 30, False),
    Suite('gui', SANITIZED, 10, False),
    Suite('bench', RELEASE, 30, False, shows=''),
]
CLEARING_UP_SECONDS = 60
LONG_FUZZ_SECONDS, SHORT_FUZZ_SECONDS = 600, 5


def environment(build: Build, is_long: bool) -> dict[str, str]:
    """What tests may read: HOLDFAST_BUILD, HOLDFAST_VECTORS, HOLDFAST_FUZZ_SECONDS."""
    found = {
        'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
        'ASAN_OPTIONS': 'strict_string_checks=1:detect_stack_use_after_return=1',
        'PYTHONDONTWRITEBYTECODE': '1',
        **os.environ,
        'HOLDFAST_BUILD': str(build.folder),
        'HOLDFAST_FUZZ_SECONDS': str(LONG_FUZZ_SECONDS if is_long else SHORT_FUZZ_SECONDS),
    }
    vectors = sorted(ROOT.parent.glob('*/data/wycheproof'))
    if vectors:
        found.setdefault('HOLDFAST_VECTORS', str(vectors[0].parent))
    return found


def _end(child: subprocess.Popen) -> None:
    """Asks first: pytest and meson then clear up what they have started."""
    for ask in (child.terminate, child.kill):
        if child.poll() is None:
            ask()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(CLEARING_UP_SECONDS)


def limited(argv: list, seconds: float, log: Path, env: dict) -> Optional[int]:
    """The exit status, or None where the time ran out. The process has ended in any case."""
    with log.open('w') as out:
        child = subprocess.Popen(
            argv, cwd=ROOT, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(child)


def _show(printed: list[str]) -> None:
    for text in filter(None, printed):
        print(f'{text}\n', flush=True)


def _meson_tests(suite: Suite) -> bool:
    listing = subprocess.run(
        ['meson', 'introspect', '--tests', suite.build.folder], capture_output=True, text=True
    ).stdout
    return any(f'holdfast:{suite.name}' in test['suite'] for test in json.loads(listing or '[]'))


def _run_meson(suite: Suite, env: dict, is_long: bool) -> list[Row]:
    log = RESULTS / f'{suite.name}.meson.log'
    multiplier = 60 if is_long else 3
    status = limited(
        ['meson', 'test', '-C', suite.build.folder, '--no-rebuild', '--suite', suite.name]
        + ['--print-errorlogs', '--timeout-multiplier', str(multiplier), '--logbase', suite.name],
        suite.minutes * 60 * (10 if is_long else 1),
        log,
        env,
    )
    journal = suite.build.folder / 'meson-logs' / f'{suite.name}.json'
    entries = [json.loads(line) for line in journal.open()] if journal.exists() else []
    if suite.shows is not None:
        _show(printed_by_meson(entries, suite.shows))
    rows = [row for entry in entries for row in rows_of_meson(suite.name, entry)]
    if status != 0 and not any(row.status == FAIL for row in rows):
        why = 'out of time' if status is None else f'meson test: exit status {status}'
        rows.append(Row(suite.name, 'meson test', FAIL, 0, why))
    if any(row.status == FAIL for row in rows):
        print(log.read_text()[-8000:], flush=True)
    return rows


def _run_pytest(suite: Suite, env: dict) -> list[Row]:
    log, journal = RESULTS / f'{suite.name}.pytest.log', RESULTS / f'{suite.name}.xml'
    journal.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix='hf-pytest-') as scratch:
        status = limited(
            [PYTHON, '-B', '-m', 'pytest', '-p', 'no:cacheprovider', f'tests/{suite.name}']
            + ['-rA', '--tb=short', f'--junit-xml={journal}', '-o', 'junit_logging=system-out']
            + [f'--basetemp={scratch}/tests'],
            suite.minutes * 60,
            log,
            env,
        )
    rows = rows_of_junit(suite.name, journal) if journal.exists() else []
    if suite.shows is not None and journal.exists():
        _show(printed_by_junit(journal, suite.shows))
    if status not in (0, 1) or (status == 1 and not any(row.status == FAIL for row in rows)):
        why = 'out of time' if status is None else f'pytest: exit status {status}'
        rows.append(Row(suite.name, 'pytest', FAIL, 0, why))
    if any(row.status == FAIL for row in rows):
        print(log.read_text()[-8000:], flush=True)
    return rows


def run(suite: Suite, is_long: bool) -> list[Row]:
    """Runs one suite. A suite without any test is a skip, never a pass."""
    rows = []
    if suite.name == 'lint':
        rows = [builds.make(build) for build in (SANITIZED, RELEASE, FUZZING)]
    built = builds.make(suite.build)
    if built.status != PASS:
        return rows or [Row(suite.name, 'build', FAIL, 0, built.name)]
    start = time.monotonic()
    env = environment(suite.build, is_long)
    has_meson, has_pytest = _meson_tests(suite), any(ROOT.glob(f'tests/{suite.name}/test_*.py'))
    if has_meson:
        rows += _run_meson(suite, env, is_long)
    if has_pytest:
        rows += _run_pytest(suite, env)
    if not has_meson and not has_pytest:
        rows.append(Row(suite.name, suite.name, SKIP, 0, 'has no tests'))
    print(f'{suite.name}: {time.monotonic() - start:.0f} s', flush=True)
    return rows
