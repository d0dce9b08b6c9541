"""tests/run: picks suites, runs them, counts. The usage is in tests/README.md."""
import signal
import sys
import time

from builds import RESULTS
from results import FAIL, count, summary, write_tsv
from suites import SUITES, run


def chosen(words: list[str]) -> list:
    """The suites that the words name; an unknown word ends the program."""
    if not words:
        return [suite for suite in SUITES if suite.is_default]
    if words == ['all']:
        return SUITES
    unknown = set(words) - {suite.name for suite in SUITES}
    if unknown:
        names = ' '.join(suite.name for suite in SUITES)
        sys.exit(f'usage: tests/run [all | SUITE...], suites: {names}')
    return [suite for suite in SUITES if suite.name in words]


def main(words: list[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):  # ends what runs, which clears up first
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    start = time.monotonic()
    suites = chosen(words)
    RESULTS.mkdir(exist_ok=True)
    rows = []
    for suite in suites:
        rows += run(suite, is_long=words == ['all'])
    write_tsv(RESULTS / 'results.tsv', rows)
    print(f'a row for each test: {(RESULTS / "results.tsv").name} in {RESULTS.name}')
    print(f'{time.monotonic() - start:.0f} s')
    print(summary(rows))
    return 1 if count(rows, FAIL) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
