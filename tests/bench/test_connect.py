"""Prints the tables of connect.py. It fails only where a row is missing from them: figures are for people."""
import subprocess
import sys
from pathlib import Path

ROUNDS, REKEYS = 5, 100
CLIENTS = {
    (client, method, str(ROUNDS))
    for client in ('Holdfast', 'strongSwan 5.9')
    for method in ('certificate', 'eap-tls')
}
PROCESSES = {'holdfast-netd', 'holdfastd', 'holdfast-engine', 'charon-systemd (the gateway)'}


def rows_of(table: str) -> list[list[str]]:
    """The cells of each row below the head."""
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in table.splitlines()[2:]]


def test_every_row_is_measured():
    program = Path(__file__).with_name('connect.py')
    argv = [sys.executable, '-B', program, f'--rounds={ROUNDS}', f'--rekeys={REKEYS}']
    result = subprocess.run(argv, stdout=subprocess.PIPE, text=True)
    print(result.stdout)
    assert result.returncode == 0
    clients, processes, rekeys = map(rows_of, result.stdout.strip().split('\n\n'))
    assert {(row[0], row[1], row[-1]) for row in clients} == CLIENTS
    assert {row[0] for row in processes if int(row[1]) > 0} == PROCESSES
    assert [row[0] for row in rekeys] == ['0', str(REKEYS)]
