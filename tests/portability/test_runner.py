"""The runner that takes Criterion's place tells every end of a test from the others, there as here."""
from pathlib import Path

from results import FAIL, PASS, SKIP, rows_of_tap
from rig.process import run

from cross.libraries import TRIPLET
from cross.windows import ROOT

EXPECTED = {
    'passes': PASS,
    'finds_nothing_left_behind': PASS,
    'fails_and_goes_on': FAIL,
    'fails_and_stops': FAIL,
    'skips': SKIP,
    'is_disabled': SKIP,
    'aborts_as_it_says': PASS,
    'aborts': FAIL,
    'does_not_abort': FAIL,
    'exits': FAIL,
    'has_what_its_suite_makes': PASS,
    'fails_when_it_is_cleared_up': FAIL,
}


def program(compiler: str, platform: str, folder: Path) -> Path:
    support, made = ROOT / 'tests/support', folder / 'a path with blanks.exe'
    sources = [support / 'runner.c', support / f'runner_process_{platform}.c']
    sources += [Path(__file__).with_name('runner_cases.c')]
    run([compiler, '-std=c11', f'-I{ROOT / "tests"}', *sources, '-o', made], timeout=60)
    return made


def assert_told_apart(end) -> None:
    rows = rows_of_tap('', 'runner', end.stdout)
    assert {row.name.split('::')[1]: row.status for row in rows} == EXPECTED, end.stdout
    assert len(rows) == len(EXPECTED) and f'1..{len(rows)}' in end.stdout.split()
    assert 'sum of 1' in end.stdout and '0 > 1' in end.stdout
    assert {row.reason for row in rows if row.status == SKIP} == {'for a reason', 'disabled'}
    assert end.returncode == 1


def test_runner_tells_ends_apart_here(tmp_path):
    assert_told_apart(run([program('gcc', 'posix', tmp_path)], check=False))


def test_runner_tells_ends_apart_under_wine(tmp_path, library_folder, wine):
    made = program(f'{TRIPLET}-gcc', 'windows', tmp_path)
    assert_told_apart(wine.run([made], seconds=60))


def test_runner_that_is_asked_for_no_test_fails(tmp_path):
    end = run([program('gcc', 'posix', tmp_path), 'no such test'], check=False)
    assert end.returncode == 1 and '1..0' in end.stdout
