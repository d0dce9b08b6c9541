"""On a clean Debian 12 nothing is missing for the two commands, and nothing is left behind by them."""
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CANNOT_BE_MADE = 77


def try_clean(*commands: str):
    argv = [REPOSITORY / 'packaging/try-clean', *commands]
    end = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = end.stdout.strip().splitlines()
    if end.returncode == CANNOT_BE_MADE:
        pytest.skip(lines[-1])
    return end.returncode, lines


def table_of(lines: list[str]) -> list[str]:
    """The last lines: how each command ended."""
    return lines[len(lines) - lines[::-1].index('') :]


def test_clean_machine_suffices_and_stays_clean():
    status, lines = try_clean()
    print('\n'.join(table_of(lines) if status == 0 else lines))
    assert status == 0


LITTER = 'touch /usr/local/litter /run/netns/litter; mount -t tmpfs litter /mnt; setsid sleep 1000 >/dev/null 2>&1 &'
FOUND = (r'process \d+ \(sleep\)', r'file /usr/local/litter\b', r'network namespace litter$', r'mount litter /mnt ')


def test_what_is_left_behind_fails_and_is_named():
    status, lines = try_clean('true', f"sh -c 'mkdir -p /run/netns; {LITTER}'", 'never run')
    assert status == 1 and lines[-1] == 'FAILED'
    for pattern in FOUND:
        assert any(re.search(f'left behind: {pattern}', line) for line in lines), (pattern, lines)
    ends = [re.findall(r'exit status (\d+)', line) for line in table_of(lines)]
    assert ends == [['0'], ['0'], ['70'], []]  # the clone, true, the litter, FAILED
