"""What the service costs: start-up and memory with no profiles and with ten thousand and a thousand policy files, the latency of
`status` on the bus, and what a run of the command line takes.

    python3 tests/bench/service.py [--rounds N]     prints the table; HOLDFAST_BUILD names a release build
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'lab'))

from rig import bus_client  # noqa: E402
from rig.instance import Instance, native_profile  # noqa: E402
from rig.process import wait_until  # noqa: E402

PROFILES, POLICIES, ROUNDS = 10_000, 1_000, 20
DAEMON = 64720  # the uid of holdfastd where the machine has no user of that name


def fill(instance: Instance, profiles: int, policies: int) -> None:
    """System profiles as holdfastd stores them, and policy files as an administrator drops them."""
    instance.start()  # makes the folders with their owners
    stop(instance)
    folder = instance.root / 'var/lib/holdfast/profiles/system'
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True)
        chown(part)
    for n in range(profiles):
        path = folder / f'p{n:05}.json'
        path.write_bytes(native_profile(f'P{n:05}'))
        path.chmod(0o600)
        chown(path)
    managed = instance.root / 'etc/holdfast/policies/managed.d'
    managed.mkdir(parents=True)
    for n in range(policies):
        (managed / f'{n:04}.json').write_text(json.dumps({'version': 1, 'pauseMinutesMax': n}))


def chown(path: Path) -> None:
    os.chown(path, DAEMON, DAEMON)


def stop(instance: Instance) -> None:
    instance.netd.stop(signal.SIGTERM, patience=10)
    for pid in instance.pids('holdfastd'):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not instance.pids('holdfastd'), 10, 'the end of holdfastd')
    instance.netd = None


def resident_mb(pid: int) -> float:
    for line in Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f'process {pid} is gone')


def milliseconds(work) -> float:
    began = time.monotonic()
    work()
    return (time.monotonic() - began) * 1000


def status_ms(instance: Instance, rounds: int) -> list[float]:
    """Round trips on one connection, timed by the other side."""
    answers = instance.bus(*[bus_client.request('Status')] * rounds)
    return [answer['milliseconds'] for answer in answers]


def measure(profiles: int, policies: int, rounds: int) -> tuple[float, float, float]:
    with Instance() as instance:
        fill(instance, profiles, policies)
        started = milliseconds(instance.start)
        seen = len(json.loads(instance.bus(bus_client.request('ListProfiles'))[0]['value'][0]))
        if seen != profiles:
            raise RuntimeError(f'{seen} profiles instead of {profiles}')
        (pid,) = instance.pids('holdfastd')
        return started, resident_mb(pid), statistics.median(status_ms(instance, rounds))


def command_ms(rounds: int) -> tuple[float, float]:
    with Instance() as instance:
        instance.start()
        status = [milliseconds(lambda: instance.cli('status')) for _ in range(rounds)]
        program = instance.build / 'cli' / 'holdfast'
        version = [
            milliseconds(lambda: subprocess.run([program, '--help'], capture_output=True, check=True))
            for _ in range(rounds)
        ]
        return statistics.median(version), statistics.median(status)


def main(rounds: int) -> None:
    print('| profiles | policy files | until status answers, ms | holdfastd resident, MB | status on the bus p50, ms |')
    print('|---|---|---|---|---|')
    for profiles, policies in ((0, 0), (PROFILES, POLICIES)):
        started, resident, status = measure(profiles, policies, rounds)
        print(f'| {profiles} | {policies} | {started:.0f} | {resident:.1f} | {status:.2f} |')
    help_ms, status = command_ms(rounds)
    print(f'\n`holdfast --help` takes {help_ms:.1f} ms, `holdfast status` {status:.1f} ms (p50 of {rounds}).')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=ROUNDS)
    main(parser.parse_args().rounds)
