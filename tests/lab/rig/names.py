#!/usr/bin/python3
"""A name server for tests: names.py ADDRESS ZONE_FILE LOG_FILE.

Answers A and AAAA from a JSON object {name: [addresses]} read again for every query, so that a
test can change it; a name that is missing does not exist. Each query is a line of JSON in the
log.
"""
import ipaddress
import json
import socket
import struct
import sys
import time

A, AAAA, NAME_ERROR = 1, 28, 3
RESPONSE, AUTHORITATIVE, RECURSION = 0x8000, 0x0400, 0x0180


def question_of(query: bytes) -> tuple[str, int, int]:
    """The name, its type, and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode('ascii', 'replace'))
        at += 1 + query[at]
    return '.'.join(labels).lower(), struct.unpack_from('!H', query, at + 1)[0], at + 5


def answer_to(query: bytes, zone: dict[str, list[str]]) -> tuple[bytes, str, int]:
    name, kind, end = question_of(query)
    addresses = [ipaddress.ip_address(text) for text in zone.get(name, [])]
    records = b''
    wanted = [a for a in addresses if kind == (A if a.version == 4 else AAAA)]
    for address in wanted:
        packed = address.packed
        records += struct.pack('!HHHIH', 0xC00C, kind, 1, 60, len(packed)) + packed
    flags = RESPONSE | AUTHORITATIVE | RECURSION | (0 if name in zone else NAME_ERROR)
    header = query[:2] + struct.pack('!HHHHH', flags, 1, len(wanted), 0, 0)
    return header + query[12:end] + records, name, kind


def serve(address: str, zone_file: str, log_file: str) -> None:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server, open(log_file, 'a') as log:
        server.bind((address, 53))
        print('ready', flush=True)
        while True:
            query, peer = server.recvfrom(4096)
            with open(zone_file) as zone:
                try:
                    answer, name, kind = answer_to(query, json.load(zone))
                except (IndexError, struct.error):
                    continue  # not a query
            print(
                json.dumps({'t': time.time(), 'from': peer[0], 'name': name, 'type': kind}),
                file=log,
                flush=True,
            )
            server.sendto(answer, peer)


if __name__ == '__main__':
    serve(*sys.argv[1:4])
