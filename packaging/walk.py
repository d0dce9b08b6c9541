"""What packaging/try shows, as IT and an employee would live it; every step is checked, and the first that fails ends it.

The gateway is strongSwan in a private root tree and a network namespace; the client is another namespace, in which Holdfast runs
as on a system without a bus. The outer wire is captured from beginning to end and judged at the end.
"""
import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'tests' / 'lab'))

from rig import connections, mobileconfig, probes, topology  # noqa: E402
from rig.holdfast import OWNER, Holdfast  # noqa: E402
from rig.lab import PAGE, Lab  # noqa: E402
from rig.process import wait_until  # noqa: E402

START = time.monotonic()
ALLOWED = 180  # seconds, once the packages are there


def say(text: str) -> None:
    print(f'[{time.monotonic() - START:5.1f} s] {text}', flush=True)


def show(text: str) -> None:
    for line in text.rstrip().splitlines():
        print(f'          {line}', flush=True)


def check(condition, what: str) -> None:
    if not condition:
        raise SystemExit(f'FAILED: {what}')
    say(f'ok: {what}')


class Stream(threading.Thread):
    """An employee's packets, to the inner net and to the open Internet, until stopped."""

    def __init__(self, lab: Lab):
        super().__init__(daemon=True)
        self.lab, self.stopped, self.sent = lab, threading.Event(), 0

    def run(self) -> None:
        while not self.stopped.is_set():
            for address in (topology.INNER, topology.INTERNET, topology.INTERNET6):
                self.sent += probes.pace_udp(self.lab.net.client, address, 200, 0.1, linger=0).sent

    def __enter__(self) -> 'Stream':
        self.start()
        return self

    def __exit__(self, *failure) -> None:
        self.stopped.set()
        self.join()


def start_gateway(lab: Lab) -> None:
    gateway = connections.gateway(connections.EAP_TLS, lab.server.certificate)
    gateway['children']['net']['local_ts'] = ['0.0.0.0/0', '::/0']
    lab.start_gateway(gateway)


def prepare(lab: Lab) -> Path:
    say(f'IT: a CA, a certificate for {connections.HOST}, a PKCS#12 file for {connections.USER}')
    start_gateway(lab)
    say('IT: the gateway is up (strongSwan, EAP-TLS); no route leads around it to the intranet')
    path = lab.folder / 'example-corp.mobileconfig'
    mobileconfig.write(
        path, connections.HOST, connections.USER, mobileconfig.EAP_TLS, lab.authority, lab.user,
        'passphrase in the file', IncludeAllNetworks=1,
    )  # fmt: skip
    say(f'IT: {path.name} is written and sent')
    return path


def import_profile(lab: Lab, holdfast: Holdfast, path: Path) -> str:
    say(f'employee (uid {OWNER}): holdfast import {path.name}')
    profile = holdfast.import_file(path)
    check(not _fetches(lab, topology.INNER), 'the intranet page cannot be had before')
    return profile


def connect(lab: Lab, holdfast: Holdfast, profile: str) -> None:
    say(f'employee: holdfast connect {profile}')
    start = time.monotonic()
    holdfast.connect(profile)
    say(f'connected {time.monotonic() - start:.3f} s after pressing Enter')
    show(holdfast.cli('status').stdout)
    check(lab.fetch() == PAGE, f'the page that exists only behind the gateway: "{PAGE}"')


def _fetches(lab: Lab, address: str) -> bool:
    try:
        return bool(lab.fetch(address, seconds=1))
    except OSError:
        return False


def kill_engine(lab: Lab, holdfast: Holdfast) -> None:
    engine = holdfast.engine()
    say(f'kill -9 {engine} (the engine), while packets stream')
    os.kill(engine, signal.SIGKILL)
    start = time.monotonic()
    wait_until(lambda: holdfast.pids('holdfast-engine') not in ([], [engine]), 5, 'a new engine')
    wait_until(lambda: lab.ping(seconds=0.2), 15, 'the tunnel again')
    check(holdfast.wait_state('connected', 10), f'connected again after {time.monotonic() - start:.2f} s')


def kill_gateway(lab: Lab, holdfast: Holdfast) -> None:
    say('kill -9 the gateway, while packets stream')
    lab.gateway.kill()
    start = time.monotonic()
    holdfast.wait_state('path-lost', 15)
    check(True, f'the state says path-lost after {time.monotonic() - start:.1f} s')
    check(not _fetches(lab, topology.INTERNET), 'the open Internet stays out of reach: blocked')
    start_gateway(lab)
    say('IT: the gateway is up again, and knows nothing of us')
    holdfast.wait_state('connected', 60)
    check(lab.fetch() == PAGE, f'connected again {time.monotonic() - start:.1f} s after the gateway died')


def disconnect(lab: Lab, holdfast: Holdfast, before: list) -> None:
    say('employee: holdfast disconnect')
    check(holdfast.cli('disconnect').returncode == 0, 'disconnected')
    check(holdfast.leftovers() == before, 'no route, rule, link, table or resolver is left behind')


def walk(lab: Lab, keep: bool) -> None:
    path = prepare(lab)
    holdfast = Holdfast(lab).start()
    before = holdfast.leftovers()
    profile = import_profile(lab, holdfast, path)
    before_connect = len(lab.capture.packets())
    connect(lab, holdfast, profile)
    with Stream(lab) as stream:
        kill_engine(lab, holdfast)
        kill_gateway(lab, holdfast)
    packets = lab.capture.packets()[before_connect:]
    violations = lab.grammar().violations(packets)
    show('\n'.join(violations[:5]))
    check(not violations, f'{stream.sent} packets were sent meanwhile; of {len(packets)} on the outer wire none is in the clear')
    if keep:
        say(f'kept: nsenter --net={lab.net.client.path}, holdfast --root {holdfast.root}')
        input('press Enter to take it down ')
    disconnect(lab, holdfast, before)


def duration(packages: int, build: int, rest: float) -> str:
    """What it took. Installing packages does not count: it depends on the archive alone."""
    spent = f'{build + rest:.0f} s of the {ALLOWED} s allowed (build {build} s, the rest {rest:.0f} s)'
    return f'{spent}, after {packages} s for packages'


def main() -> None:
    parser = argparse.ArgumentParser(prog='packaging/try', description='The main job of Holdfast, shown and checked.')
    parser.add_argument('--keep', action='store_true', help='leave everything up until Enter is pressed')
    for name in ('--packages-seconds', '--build-seconds'):  # what packaging/try has spent already
        parser.add_argument(name, type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # asked to end, or the terminal is gone: clean up first
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    with Lab() as lab:
        walk(lab, arguments.keep)
    say('cleaned up')
    print(duration(arguments.packages_seconds, arguments.build_seconds, time.monotonic() - START))


if __name__ == '__main__':
    main()
