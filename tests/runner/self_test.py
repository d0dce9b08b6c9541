"""Shows that the runner sees failures and skips: run by the lint suite."""
import os
import sys
import tempfile
from pathlib import Path

from results import (
    FAIL,
    PASS,
    SKIP,
    Row,
    printed_by_junit,
    printed_by_meson,
    rows_of_junit,
    rows_of_meson,
    summary,
)
from suites import limited

TAP = '''TAP version 13
1..4
# Criterion v2.4.1
ok - reader::reads_a_byte  (0.01s)
not ok - reader::refuses_more  (0.02s)
ok 3 - reader::skips # SKIP no vectors
ok - reader::name_with_number_4
'''
JUNIT = '''<testsuites><testsuite>
<testcase classname="tests.lab.test_rig" name="test_good" time="0.5"><system-out>--- Captured Out ---
| a table |
</system-out></testcase>
<testcase classname="tests.lab.test_rig" name="test_bad"><failure message="assert 1 == 2"/></testcase>
<testcase classname="tests.lab.test_rig" name="test_late"><error message="set-up"/></testcase>
<testcase classname="tests.lab.test_rig" name="test_not"><skipped message="needs root"/></testcase>
</testsuite></testsuites>'''


def statuses(rows: list[Row]) -> list[str]:
    return [row.status for row in rows]


def entry(result: str, stdout: str = '') -> dict:
    return {'name': 'holdfast:unit / base', 'result': result, 'duration': 1.0, 'stdout': stdout}


SLOW = '''
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(sys.argv[1]).touch(), sys.exit(0)))
print("ready", flush=True)
time.sleep(1000)
'''


def check_time_limit(folder: Path) -> None:
    """What takes too long is asked to end, and clears up."""
    mark, log = folder / 'cleared-up', folder / 'log'
    assert limited([sys.executable, '-c', SLOW, mark], 5, log, dict(os.environ)) is None
    assert mark.exists() and log.read_text() == 'ready\n'
    assert limited([sys.executable, '-c', 'raise SystemExit(3)'], 30, log, dict(os.environ)) == 3


def main() -> int:
    points = rows_of_meson('unit', entry('FAIL', TAP))
    assert statuses(points) == [PASS, FAIL, SKIP, PASS], points
    assert points[0].name == 'base: reader::reads_a_byte' and points[0].seconds == 0.01
    assert points[2].reason == 'no vectors'
    good = TAP.replace('not ok', 'ok')
    assert statuses(rows_of_meson('unit', entry('OK', good))) == [PASS, PASS, SKIP, PASS]
    # A program that dies after its last test point has failed all the same.
    assert statuses(rows_of_meson('unit', entry('ERROR', good)))[-1] == FAIL
    assert statuses(rows_of_meson('unit', entry('TIMEOUT'))) == [FAIL]
    skipped = rows_of_meson('lint', entry('SKIP', 'no archive has been built\n'))
    assert skipped[0][2:] == (SKIP, 1.0, 'no archive has been built')
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / 'a.xml'
        path.write_text(JUNIT)
        rows = rows_of_junit('lab', path)
        assert printed_by_junit(path, 'test_g') == ['| a table |']
        check_time_limit(Path(scratch))
    search = {**entry('OK', 'b\n'), 'name': 'holdfast:fuzz / search-b'}
    assert printed_by_meson([entry('OK', 'a\n'), search], 'search-') == ['b']
    assert statuses(rows) == [PASS, FAIL, FAIL, SKIP]
    lines = summary(rows).splitlines()
    assert lines[-1] == '1 passed, 2 failed, 1 skipped', lines
    assert 'SKIP lab: test_rig: test_not: needs root' in lines, lines
    print('self-test: as expected')
    return 0


if __name__ == '__main__':
    sys.exit(main())
