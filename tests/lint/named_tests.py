#!/usr/bin/env python3
"""What SECURITY.md names as a test is one: `unit/crypto certificate/refuses_another_authority`.

The program is the folder of a unit test, or one of the scenarios; behind it are story and test.
"""
import re
import sys
from functools import lru_cache
from typing import Iterable

from lintlib import ROOT, Finding, Sample, matches, run

NAMED = re.compile(r'`(?P<program>(?:unit|scenario)/\w+) (?P<story>\w+)/(?P<test>\w+)`')
DEFINED = re.compile(r'^Test\(\s*(\w+),\s*(\w+)', re.M)
# A folder has several programs, and only these have files of their own.
SCENARIOS = {
    'scenario/gateway': 'scenario/gateway_test.c',
    'scenario/attempt': 'scenario/scenario_attempt.c',
    'scenario/ikev2': 'scenario/scenario_*.c',
}


@lru_cache(maxsize=None)
def tests_of(program: str) -> frozenset[tuple[str, str]]:
    files = (ROOT / 'tests').glob(SCENARIOS.get(program, program + '/*.c'))
    return frozenset(pair for file in files for pair in DEFINED.findall(file.read_text()))


def check(path: str, text: str) -> Iterable[Finding]:
    if path != 'SECURITY.md':
        return
    for line, match in matches(NAMED, text):
        if (match['story'], match['test']) not in tests_of(match['program']):
            yield line, f'{match[0]}: there is no such test'


SAMPLES = [
    Sample('SECURITY.md', '`unit/crypto certificate/refuses_another_authority`', None),
    Sample('SECURITY.md', '`scenario/ikev2 sha1/is_no_proof_in_either_form`', None),
    Sample('SECURITY.md', '`unit/crypto certificate/refuses_nothing`', 'no such test'),
    Sample('SECURITY.md', '`unit/esp certificate/refuses_another_authority`', 'no such test'),
    Sample('SECURITY.md', '`scenario/gateway sha1/is_no_proof_in_either_form`', 'no such test'),
    Sample('README.md', '`unit/crypto certificate/refuses_nothing`', None),
]

if __name__ == '__main__':
    sys.exit(run(check, SAMPLES, ('.md',)))
