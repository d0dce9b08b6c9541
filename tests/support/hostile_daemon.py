"""What a holdfastd that somebody has taken over would try against a floor: run with its uid and no privilege, beside it.

    hostile_daemon.py NETD_SOCKET ETC_FOLDER NETD_PID

Prints one JSON object: what was tried, and null where it was refused, else what came of it.
"""
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / 'lab')]

from netd_client import (  # noqa: E402
    ALWAYS, APPLY, OFF, SESSION, UNBLOCK, Gone, NetdClient, Plan, Refused, full_tunnel,
)  # fmt: skip

SYS_SETNS = 308
REFUSALS = (Refused, Gone, OSError)


def locked(**changes) -> Plan:
    return Plan(block=True, mode=ALWAYS, state='connected', gateways=['192.0.2.2']).but(**changes)


def tunnel(**changes) -> Plan:
    return full_tunnel(mode=ALWAYS).but(**changes)


# The answer that each of these gets is its status; what is not refused is a hole.
PLANS = {
    'lift the lock': Plan(),
    'a tunnel without a lock': tunnel(block=False),
    'a tunnel in mode off': tunnel(block=False, mode=OFF),
    'a block in mode off': locked(mode=OFF),
    'a block in mode session': locked(mode=SESSION),
    'a split that protects one address': locked(protected=['198.51.100.1/32']),
    'a split tunnel': tunnel(routes=['10.9.0.0/16'], protected=['10.9.0.0/16']),
    'an exclusion of everything': locked(excluded=['0.0.0.0/1', '128.0.0.0/1']),
    'an exclusion of one host': locked(excluded=['198.51.100.7/32']),
    'a route into a forbidden network': tunnel(routes=['10.20.30.0/24']),
    'a route around a forbidden network': tunnel(routes=['10.0.0.0/8']),
    'a gateway in a forbidden network': locked(gateways=['10.20.0.1']),
    'a resolver in a forbidden network': locked(state='resolving', name_servers=[('10.20.0.53', 53)]),
    'the LAN where a part of it is forbidden': locked(allow_lan=True),
    'an inner address in a forbidden network': tunnel(addresses=['10.20.0.9/24']),
    'a device with another name': tunnel(tun_name='../eth0'),
    'the device of another program in a plan': tunnel(tun_name='tun0'),
    'a broadcast gateway': locked(gateways=['255.255.255.255']),
    'five gateways': locked(gateways=[f'192.0.2.{i}' for i in range(1, 6)]),
    'port 0': locked(ports=[0]),
    'a line of its own in resolv.conf': tunnel(domains=['a\nnameserver 198.51.100.7']),
}  # fmt: skip


def huge_count() -> bytes:
    """A plan that announces 65535 routes, and one."""
    plan = bytearray(locked().encode())
    at = 1 + 2 + 2 + 2  # tunnel, empty name, MTU, no addresses
    plan[at : at + 2] = b'\xff\xff'
    return bytes(plan)


def set_namespace(netd: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(f'/proc/{netd}/ns/net', os.O_RDONLY)
    if libc.syscall(SYS_SETNS, fd, 0) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def nft(*words: str) -> None:
    if subprocess.run(['nft', *words], capture_output=True).returncode != 0:
        raise PermissionError('nft')


def marked_socket() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x480000)


def send(made: socket.socket, to: tuple) -> None:
    with made:
        made.sendto(b'clear', to)


def attempts(client: NetdClient, etc: Path, netd: int) -> dict:
    def apply(plan: Plan):
        return lambda: client.apply(plan)

    tried = {name: apply(plan) for name, plan in PLANS.items()}
    early = client.udp_socket()  # from before the hole moved
    client.apply(locked(gateways=['192.0.2.9']))
    tried |= {
        'what only root may ask': lambda: client.request(UNBLOCK),
        'a huge count': lambda: client.request(APPLY, huge_count()),
        'a descriptor beside a plan': lambda: client.request(APPLY, locked().encode(), fds=[0]),
        'an unknown request': lambda: client.request(77),
        'the end of a process that is no engine': lambda: client.kill_engine(netd),
        'a marked socket to another address': lambda: send(client.udp_socket(), ('198.51.100.7', 4500)),
        'a marked socket to another port': lambda: send(client.udp_socket(), ('192.0.2.9', 443)),
        'a marked socket that is older than the hole': lambda: send(early, ('192.0.2.2', 4500)),
        'a socket with a mark of its own': marked_socket,
        'the end of netd': lambda: os.kill(netd, signal.SIGTERM),
        'another floor': lambda: (etc / 'floor').write_text('lock = off\n'),
        'another floor by way of a rename': lambda: os.rename(etc / 'floor', etc / 'gone'),
        'another folder of floors': lambda: os.rename(etc, etc.with_name('gone')),
        'a floor read again': lambda: os.kill(netd, signal.SIGHUP),
        'the journal': lambda: (etc.parents[1] / 'run/holdfast/netd/journal').unlink(),
        'the table itself': lambda: nft('delete', 'table', 'inet', 'holdfast'),
        'an uplink beside it': lambda: set_namespace(1),
        'the device of another program': lambda: client.tun('tun0'),
        'the uplink as a device': lambda: client.tun('out'),
    }  # fmt: skip
    return tried


def outcome(attempt):
    try:
        return repr(attempt())
    except REFUSALS:
        return None


def main() -> None:
    path, etc, netd = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with NetdClient(path, uid=0) as client:  # uid 0: as whoever we are
        tried = attempts(client, etc, netd)
        print(json.dumps({name: outcome(attempt) for name, attempt in tried.items()}))


if __name__ == '__main__':
    main()
