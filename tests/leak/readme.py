"""The table of what died and what the outer wire showed, from the last `tests/run leak`.

    python3 tests/leak/readme.py [--write]     prints it; --write makes tests/leak/README.md of it
"""
import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER.parents[1] / 'b-results' / 'leak.xml'
TEXT = """# What dies or restarts
`tests/run leak` ends processes while a user's packets flow, inside and to the open Internet, and reads the outer wire
(`test_deaths.py`); the first row shows that the same packets are seen where nothing protects them. It runs on the release
build, and so do the tests of the engine's confinement and times (`test_engine_release.py`).

Written by `python3 tests/leak/readme.py --write` from the results of a run at {when}.

{table}
"""


def row(case: ElementTree.Element) -> str:
    is_bad = any(case.find(kind) is not None for kind in ('failure', 'error', 'skipped'))
    seen = re.search(r'\d+ packets, \d+ in the clear', case.findtext('system-out', ''))
    name = case.get('name', '').removeprefix('test_').replace('_', ' ')
    return f'| {name} | {"not passed" if is_bad else "passed"} | {seen[0] if seen else "nothing was told"} |'


def table(results: ElementTree.ElementTree) -> str:
    deaths = [case for case in results.iter('testcase') if case.get('classname', '').endswith('test_deaths')]
    if not deaths:
        sys.exit(f'{RESULTS} tells of no death: tests/run leak')
    return '\n'.join(['| what dies | test | on the outer wire |', '|---|---|---|', *map(row, deaths)])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('--write', action='store_true')
    arguments = parser.parse_args()
    if not RESULTS.exists():
        sys.exit(f'{RESULTS} is missing: tests/run leak')
    results = ElementTree.parse(RESULTS)
    found = table(results)
    print(found)
    if arguments.write:
        when = next(results.iter('testsuite')).get('timestamp', 'an unknown time')[:16].replace('T', ' ')
        (FOLDER / 'README.md').write_text(TEXT.format(when=when, table=found))


if __name__ == '__main__':
    main()
