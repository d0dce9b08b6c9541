"""The core's tests pass on Windows, as Wine has it."""
import os
from pathlib import Path

import pytest
from results import FAIL, PASS, rows_of_tap

from cross.windows import Program, programs

SUITES = ('unit', 'vectors', 'scenario')
ONLY_LINUX = ('unit/platform', 'unit/sandbox', 'unit/confined-')
SKIPPED = 77


def names_of_native_build() -> list[str]:
    """What there is to be run: a row for each, and none can go missing."""
    folder = os.environ.get('HOLDFAST_BUILD')
    names = programs(Path(folder), SUITES) if folder else []
    return sorted(name for name in names if not name.startswith(ONLY_LINUX))


def test_core_builds_for_windows_without_a_warning(windows_build):
    made = programs(windows_build, SUITES)
    assert sorted(made) == names_of_native_build()
    for program in made.values():
        assert Path(program.command[0]).read_bytes()[:2] == b'MZ'


def assert_tap_is_good(name: str, end) -> None:
    rows = rows_of_tap('', name, end.stdout)
    assert not [row.name for row in rows if row.status == FAIL]
    assert any(row.status == PASS for row in rows)
    assert f'1..{len(rows)}' in end.stdout.split(), 'the program did not get to its end'


@pytest.mark.parametrize('name', names_of_native_build())
def test_tests_pass_under_wine(name, windows_build, wine):
    program: Program = programs(windows_build, SUITES)[name]
    end = wine.run(program.command, seconds=600)
    print(end.stdout, end.stderr)
    if end.returncode == SKIPPED and not program.says_tap:
        pytest.skip(end.stdout.strip().splitlines()[-1])
    if program.says_tap:
        assert_tap_is_good(name, end)
    assert end.returncode == 0
