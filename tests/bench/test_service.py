"""Prints the table of service.py. It fails only where a row is missing: figures are for people."""
import subprocess
import sys
from pathlib import Path


def test_every_row_is_measured():
    program = Path(__file__).with_name('service.py')
    result = subprocess.run([sys.executable, '-B', program], stdout=subprocess.PIPE, text=True)
    print(result.stdout)
    assert result.returncode == 0
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in result.stdout.splitlines()[2:4]]
    assert [row[:2] for row in rows] == [['0', '0'], ['10000', '1000']]
    assert all(float(cell) > 0 for row in rows for cell in row[2:])
    assert '`holdfast --help` takes' in result.stdout
