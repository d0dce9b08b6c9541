"""What happened to each test: rows, read from TAP and JUnit, written as TSV and counted."""
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Iterable, NamedTuple

PASS, FAIL, SKIP = 'pass', 'fail', 'skip'


class Row(NamedTuple):
    suite: str
    name: str
    status: str
    seconds: float = 0.0
    reason: str = ''  # of a skip; of a failure its first words


_TAP = re.compile(
    r'^(?P<bad>not )?ok\b(?: \d+)?(?: -)?\s*(?P<name>.*?)(?:\s+\((?P<seconds>[\d.]+)s\))?'
    r'(?:\s*#\s*SKIP\S*\s*(?P<reason>.*?))?\s*$',
    re.I,
)


def rows_of_tap(suite: str, program: str, output: str) -> list[Row]:
    """A row for each test point; the names start with the program's."""
    rows = []
    for line in output.splitlines():
        match = _TAP.match(line)
        if match:
            skipped = match['reason'] is not None
            status = SKIP if skipped else FAIL if match['bad'] else PASS
            name = f'{program}: {match["name"]}'
            reason = (match['reason'] or 'without a reason') if skipped else ''
            rows.append(Row(suite, name, status, float(match['seconds'] or 0), reason))
    return rows


def rows_of_meson(suite: str, entry: dict) -> list[Row]:
    """The rows of one line of meson's testlog.json: the test points of TAP, else the program."""
    program = entry['name'].split(' / ')[-1]
    output, result = entry.get('stdout', ''), entry['result']
    points = rows_of_tap(suite, program, output) if 'TAP version' in output[:200] else []
    if result == 'SKIP' and not points:
        reason = (output.strip().splitlines() or ['without a reason'])[-1]
        return [Row(suite, program, SKIP, entry['duration'], reason)]
    passed = result in ('OK', 'EXPECTEDFAIL', 'SKIP')
    if points and (passed or any(row.status == FAIL for row in points)):
        return points
    whole = Row(
        suite, program, PASS if passed else FAIL, entry['duration'], '' if passed else result
    )
    return [*points, whole]


def rows_of_junit(suite: str, path: Path) -> list[Row]:
    rows = []
    for case in ElementTree.parse(path).iter('testcase'):
        module = case.get('classname', '').split('.')[-1]
        name = f'{module}: {case.get("name")}'
        status, reason = PASS, ''
        for kind, found in (('skipped', SKIP), ('failure', FAIL), ('error', FAIL)):
            node = case.find(kind)
            if node is not None:
                status, reason = found, (node.get('message') or '').split('\n')[0]
        rows.append(Row(suite, name, status, float(case.get('time', 0)), reason))
    return rows


_CAPTION = re.compile(r'^-+ Captured Out -+\n', re.M)


def printed_by_meson(entries: Iterable[dict], prefix: str) -> list[str]:
    """The standard output of the programs whose names start so."""
    return [
        entry.get('stdout', '').strip()
        for entry in entries
        if entry['name'].split(' / ')[-1].startswith(prefix)
    ]


def printed_by_junit(path: Path, prefix: str) -> list[str]:
    """The standard output of the tests whose names start so."""
    return [
        _CAPTION.sub('', case.findtext('system-out', '')).strip()
        for case in ElementTree.parse(path).iter('testcase')
        if case.get('name', '').startswith(prefix)
    ]


def write_tsv(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open('w') as out:
        print(*Row._fields, sep='\t', file=out)
        for row in rows:
            reason = re.sub(r'\s+', ' ', row.reason)
            print(row.suite, row.name, row.status, f'{row.seconds:.3f}', reason, sep='\t', file=out)


def count(rows: Iterable[Row], status: str) -> int:
    return sum(row.status == status for row in rows)


def summary(rows: list[Row]) -> str:
    """Every failure and every skip, then the one line that others read."""
    lines = [
        f'{row.status.upper()} {row.suite}: {row.name}: {row.reason}'.rstrip(': ')
        for status in (SKIP, FAIL)
        for row in rows
        if row.status == status
    ]
    counts = [
        f'{count(rows, PASS)} passed, {count(rows, FAIL)} failed, {count(rows, SKIP)} skipped'
    ]
    return '\n'.join(lines + counts)
