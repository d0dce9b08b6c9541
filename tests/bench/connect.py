"""Connect time, memory and rekeys, side by side with strongSwan's own client against the same gateway, interleaved.

    python3 tests/bench/connect.py [--rounds N] [--write]     prints the tables; HOLDFAST_BUILD names a release build

With --write they also become tests/bench/README.md: run that on an idle machine, where nothing else is measured with them.

Think time is what the client itself takes, read from the outer wire: from each of the gateway's replies to our next request, summed,
and from the last reply to the first ESP packet of a probe that sends every millisecond. It does not contain the network or the gateway.
"""
import argparse
import datetime
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Iterable, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'lab'))

from rig import connections, mobileconfig, probes, topology  # noqa: E402
from rig.grammar import NON_ESP_MARKER, is_ike  # noqa: E402
from rig.holdfast import Holdfast  # noqa: E402
from rig.lab import Lab  # noqa: E402
from rig.packets import UDP, Packet  # noqa: E402

INTRODUCTION = """`tests/run bench` prints such tables, with fewer rounds, and what sealing and opening of ESP packets costs (`esp_bench`);
no figure fails a test. Think time is the client's own: from each reply of the gateway to our next request, summed, and from
the last reply to the first inner packet. The clients take turns against one gateway."""
COMMAND = 'HOLDFAST_BUILD=$PWD/b-release python3 tests/bench/connect.py --write'
IN_MEMORY = Path('/dev/shm')  # the lab's folder, and so the instance's: its run folder is on tmpfs, as /run is
# One suite for both clients: P-256 for the exchange as for the certificates.
SUITE, ESP_SUITE = 'aes256gcm16-prfsha256-ecp256', 'aes256gcm16-ecp256'
PARAMETERS = {
    'IKESecurityAssociationParameters': mobileconfig.suite(240, 'SHA2-256', 19),
    'ChildSecurityAssociationParameters': mobileconfig.suite(60, 'SHA2-256', 19),
}
METHODS = {'certificate': connections.PUBKEY, 'eap-tls': connections.EAP_TLS}


class Connect(NamedTuple):
    think_ms: float
    command_ms: float  # from the command's start to its end
    round_trips: int


class Probe:
    """Sends a datagram to the inner host every millisecond until the block ends."""

    def __init__(self, lab: Lab):
        self.lab, self.end = lab, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        import socket

        link = probes.open_socket(self.lab.net.client, topology.INNER, socket.SOCK_DGRAM)
        with link:
            while not self.end.is_set():
                try:
                    link.sendto(b'probe', (topology.INNER, probes.ECHO))
                except OSError:
                    pass  # blocked, or no route yet
                time.sleep(0.001)

    def __enter__(self) -> 'Probe':
        self.thread.start()
        return self

    def __exit__(self, *failure) -> None:
        self.end.set()
        self.thread.join()


def ike_of(packet: Packet) -> bytes:
    """The IKE message of a datagram; empty where it carries none."""
    payload = packet.payload
    if 4500 in (packet.source_port, packet.destination_port):
        payload = payload[4:] if payload[:4] == NON_ESP_MARKER else b''
    return payload if is_ike(payload) else b''


def is_esp(packet: Packet) -> bool:
    return packet.destination_port == 4500 and len(packet.payload) > 28 and packet.payload[:4] != NON_ESP_MARKER


def think_time(packets: Iterable[Packet]) -> tuple[float, int]:
    """Milliseconds of the client's own time, and the number of round trips."""
    total, reply_at, requests = 0.0, None, set()
    for packet in packets:
        if packet.protocol != UDP:
            continue
        ike, from_gateway = ike_of(packet), packet.source == topology.GATEWAY
        if ike and from_gateway:
            reply_at = packet.time
        elif ike:
            if reply_at is not None:
                total += packet.time - reply_at
            reply_at = None
            requests.add(ike[16:24])
        elif is_esp(packet) and not from_gateway and reply_at is not None:
            return (total + packet.time - reply_at) * 1000, len(requests)
    raise SystemExit('no inner packet was seen: the benchmark proves nothing')


def measure(lab: Lab, connect, disconnect) -> Connect:
    mark = len(lab.capture.packets())
    with Probe(lab):
        start = time.monotonic()
        connect()
        command = (time.monotonic() - start) * 1000
        time.sleep(0.05)  # a few probes more: their count is not measured
    packets = lab.capture.packets()[mark:]
    disconnect()
    return Connect(*[think_time(packets)[0], command, think_time(packets)[1]])


def row(name: str, method: str, runs: list[Connect]) -> str:
    think = sorted(run.think_ms for run in runs)
    command = statistics.median(run.command_ms for run in runs)
    trips = sorted({run.round_trips for run in runs})
    return (
        f'| {name} | {method} | {statistics.median(think):.2f} | {think[0]:.2f}–{think[-1]:.2f} | '
        f'{command:.0f} | {"–".join(map(str, trips))} | {len(runs)} |'
    )


def resident(pid: int) -> int:
    lines = Path(f'/proc/{pid}/status').read_text().splitlines()
    return int(next(line for line in lines if line.startswith('VmRSS')).split()[1])


def bench_connect(method: str, rounds: int) -> list[str]:
    with Lab() as lab:
        lab.start_gateway(connections.gateway(METHODS[method], lab.server.certificate))
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(method, **PARAMETERS)
        wanted = connections.client(
            topology.GATEWAY, METHODS[method], lab.user.certificate, ike=SUITE, esp=ESP_SUITE
        )
        known = lab.start_known_client(wanted)
        runs: dict[str, list[Connect]] = {'Holdfast': [], 'strongSwan 5.9': []}
        for _ in range(rounds):
            runs['Holdfast'].append(
                measure(lab, lambda: holdfast.connect(profile), lambda: holdfast.cli('disconnect', check=True))
            )
            runs['strongSwan 5.9'].append(
                measure(lab, lambda: known.initiate('net'), lambda: known.terminate('client'))
            )
        return [row(name, method, values) for name, values in runs.items()]


def bench_memory() -> list[str]:
    with Lab() as lab:
        lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
        holdfast = Holdfast(lab).start()
        holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE))
        rows = [
            f'| {name} | {resident(pid)} |'
            for name, pid in (
                ('holdfast-netd', holdfast.netd_pid()),
                ('holdfastd', holdfast.daemon()),
                ('holdfast-engine', holdfast.engine()),
            )
        ]
        return [*rows, f'| charon-systemd (the gateway) | {resident(lab.gateway.pid)} |']


def bench_rekeys(count: int, rate: int) -> list[str]:
    """Rekeys under paced, numbered datagrams, beside a run without rekeys at the same rate."""
    with Lab() as lab:
        lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
        holdfast = Holdfast(lab).start()
        holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE))
        seconds = 15
        quiet = probes.pace_udp(lab.net.client, topology.INNER, rate, seconds)
        done: list[int] = []

        def rekey() -> None:
            for number in range(count):
                lab.gateway.vici.request('rekey', {'child': 'net'}) if number % 2 else holdfast.rekey()
                done.append(number)
                time.sleep(seconds / count)

        thread = threading.Thread(target=rekey)
        thread.start()
        busy = probes.pace_udp(lab.net.client, topology.INNER, rate, seconds + 5, linger=2)
        thread.join()
        return [f'| 0 | {quiet.sent} | {quiet.lost} |', f'| {len(done)} | {busy.sent} | {busy.lost} |']


def tables(rounds: int, rekeys: int) -> Iterable[str]:
    """Each table as soon as it is measured."""
    tempfile.tempdir = str(IN_MEMORY)
    heads = ['| client | method | think time p50, ms | min–max | command, ms (median) | round trips | n |', '|---|---|---|---|---|---|---|']
    yield '\n'.join(heads + [line for method in METHODS for line in bench_connect(method, rounds)])
    yield '\n'.join(['| process, connected | resident, kB |', '|---|---|', *bench_memory()])
    yield '\n'.join(['| rekeys | datagrams at 2 000/s | lost |', '|---|---|---|', *bench_rekeys(rekeys, 2000)])


def machine() -> str:
    model = next((line for line in Path('/proc/cpuinfo').read_text().splitlines() if line.startswith('model name')), ': unknown')
    return f'{model.split(": ")[1]}, {os.cpu_count()} cores, Linux {platform.release().split("-")[0]}'


def readme(measured: list[str]) -> str:
    written = f'Written by `{COMMAND}` on {datetime.date.today()}: {machine()}.'
    return '\n\n'.join(['# Benchmarks', INTRODUCTION, written, *measured]) + '\n'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument('--rekeys', type=int, default=100)
    parser.add_argument('--write', action='store_true')
    arguments = parser.parse_args()
    measured = []
    for table in tables(arguments.rounds, arguments.rekeys):
        print(f'{table}\n', flush=True)
        measured.append(table)
    if arguments.write:
        Path(__file__).with_name('README.md').write_text(readme(measured))


if __name__ == '__main__':
    main()
