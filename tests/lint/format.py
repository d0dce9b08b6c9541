#!/usr/bin/env python3
"""Layout of the C files, as .clang-format says. Exit status 77 (skipped) where clang-format is
not installed."""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lintlib import ROOT, tracked


def differs(files: list[str]) -> str:
    """What clang-format would change; empty for nothing."""
    if not files:
        return ''
    result = subprocess.run(
        ['clang-format', f'--style=file:{ROOT}/.clang-format', '--dry-run', '-Werror', *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return '' if result.returncode == 0 else result.stderr


def self_test() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        bad, good = Path(scratch) / 'bad.c', Path(scratch) / 'good.c'
        bad.write_text('int f( int a ){return a ;}\n')
        good.write_text('int f(int a)\n{\n    return a;\n}\n')
        works = differs([str(bad)]) and not differs([str(good)])
    print(
        'self-test:', 'as expected' if works else 'clang-format does not tell good layout from bad'
    )
    return 0 if works else 1


def main() -> int:
    if not shutil.which('clang-format'):
        print('clang-format is not installed')
        return 77
    if '--self-test' in sys.argv[1:]:
        return self_test()
    files = tracked('.c', '.h')
    found = differs(files)
    print(found[:8000] + f'{len(files)} files')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
