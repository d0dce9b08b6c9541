#!/usr/bin/env python3
"""The shape of the tree: what may lie at the top, how long files and functions may be, and words
that must not stay.

The tree speaks of the project alone, so paths and hosts of some machine it was written on are
findings as well.
"""
import re
import sys
from typing import Iterable

from lintlib import Finding, Sample, code_only, line_of, run

TOP = re.compile(
    r'(client-core|platform|gui|cli|tests|packaging)/|\.'
    r'|(meson\.build|meson_options\.txt|README\.md|LICENSE|SECURITY\.md|KNOWN-ISSUES\.md|CHANGELOG\.md|CONTRIBUTING\.md)$'
)
SOURCES = ('.c', '.h', '.py', '.sh', '.def')
FILE_LINES, FUNCTION_LINES = 800, 100
# Written in pieces, so that this file is no finding of its own.
UNFINISHED = re.compile(
    r'\b('
    + '|'.join(
        [
            'TO' 'DO',
            'FIX' 'ME',
            'X' 'XX',
            'HA' 'CK',
            'place' 'holder',
            'not (yet )?imple' 'mented',
            'st' 'ub(bed)?',
            'to be do' 'ne',
        ]
    )
    + r')\b'
)
MACHINE = re.compile(
    r'(?<![\w.])/(wo'
    r'rk|fa'
    r'rm|ro'
    r'ot|ho'
    r'me)/' + r'|https?://[^/ ]*(deb'
    r'ian|npm'
    r'js|py'
    r'pi)'
)
# A function of the product's brace style: both braces alone in the first column.
FUNCTION = re.compile(r'^(?P<head>[A-Za-z_][^;{}#]*\))[^;{}]*\n\{\n(?P<body>.*?)^\}', re.M | re.S)


def check(path: str, text: str) -> Iterable[Finding]:
    if not TOP.match(path):
        yield 1, 'not in the design\'s tree'
    lines = text.count('\n')
    if path.endswith(SOURCES) and lines > FILE_LINES:
        yield 1, f'{lines} lines, more than {FILE_LINES}'
    if path.endswith(('.c', '.h')):
        for match in FUNCTION.finditer(code_only(text)):
            length = match[0].count('\n') + 1
            if length > FUNCTION_LINES:
                name = match['head'].split('(')[0].split()[-1]
                yield line_of(
                    text, match.start()
                ), f'{name} has {length} lines, more than {FUNCTION_LINES}'
    for pattern, why in (
        (UNFINISHED, 'unfinished work'),
        (MACHINE, 'a path or host of one machine'),
    ):
        if pattern is UNFINISHED and path.endswith('.md'):
            continue
        for match in pattern.finditer(text):
            yield line_of(text, match.start()), f'{match[0]}: {why}'


def function_of(lines: int) -> str:
    return (
        'static int grow(int a,\n                int b)\n{\n' + '    a++;\n' * (lines - 4) + '}\n'
    )


SAMPLES = [
    Sample('notes.txt', '', 'tree'),
    Sample('docs/a.md', '', 'tree'),
    Sample('default.data', b'\xff\x81rforpl', 'tree'),
    Sample('tests/fuzz/corpus/esp/wrap', b'\xff\x81', None),
    Sample('.clang-format', '', None),
    Sample('meson.build', '', None),
    Sample('cli/main.c', 'int a;\n' * 801, '801 lines'),
    Sample('cli/main.c', 'int a;\n' * 800, None),
    Sample('tests/golden/a.json', '1\n' * 900, None),
    Sample('cli/main.c', function_of(101), 'grow has 101 lines'),
    Sample('cli/main.c', function_of(100), None),
    Sample('cli/main.c', 'static const int t[] = {\n' + '    1,\n' * 200 + '};\n', None),
    Sample('cli/main.c', '/* TO' 'DO: more */\n', 'unfinished'),
    Sample('cli/main.c', '/* a place' 'holder */\n', 'unfinished'),
    Sample('README.md', 'No TO' 'DO is left.\n', None),
    Sample('cli/main.c', 'char t[] = "/tmp/XX' 'XXXX";\n', None),
    Sample('cli/main.c', 'const char *p = "/wo' 'rk/x";\n', 'machine'),
    Sample('packaging/try', 'cd /ro' 'ot/x\n', 'machine'),
    Sample('packaging/try', 'URL=http://deb.deb' 'ian.org/x\n', 'machine'),
    Sample('platform/linux/a.c', '/* /network/x, ../work.c */\n', None),
]

if __name__ == '__main__':
    sys.exit(run(check, SAMPLES, ()))
