"""Prints the table of esp_bench, what sealing and opening cost beside the bare cipher. It fails only
where a suite is missing from it: figures are for people."""
import os
import subprocess
from pathlib import Path

import pytest

SUITES = ('aes256gcm16', 'aes128gcm16', 'chacha20poly1305', 'aes256-sha256', 'aes128-sha256', 'aes128-sha384', 'aes256-sha512')


@pytest.mark.parametrize('inner', [64, 1438])
def test_every_suite_is_measured(inner):
    program = Path(os.environ['HOLDFAST_BUILD']) / 'tests/bench/esp_bench'
    table = subprocess.run([program, str(inner)], check=True, capture_output=True, text=True).stdout
    print(table)
    rows = [line.split() for line in table.splitlines() if line.startswith(SUITES)]
    assert tuple(row[0] for row in rows) == SUITES
    assert all(float(row[1]) > 0 and float(row[5]) > 0 for row in rows)
