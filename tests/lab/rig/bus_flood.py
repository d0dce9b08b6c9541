#!/usr/bin/python3
"""Somebody who means no good, as any user: `bus_flood.py SOCKET COUNT KIND` opens COUNT connections and keeps opening those that are
closed on him. KIND: "silent" says nothing; "half" begins to authenticate; "flood" authenticates, then asks without ever reading. Prints
"ready" when it has tried each once, and goes on until it is killed."""
import os
import select
import socket
import struct
import sys
import time

ROOT, NAME = b'/io/github/holdfastvpn/Holdfast1', b'io.github.holdfastvpn.Holdfast1'


def field(code: int, kind: bytes, value: bytes) -> bytes:
    entry = bytes([code, 1]) + kind + b'\0' + struct.pack('<I', len(value)) + value + b'\0'
    return entry + b'\0' * (-len(entry) % 8)


def call(serial: int, destination: bytes = NAME, interface: bytes = NAME + b'.Manager', member: bytes = b'Status') -> bytes:
    path = ROOT if destination == NAME else b'/org/freedesktop/DBus'
    fields = field(1, b'o', path) + field(2, b's', interface) + field(3, b's', member)
    fields += field(6, b's', destination)
    last = fields.rstrip(b'\0') + b'\0'
    return b'l\x01\0\x01' + struct.pack('<III', 0, serial, len(last)) + last + b'\0' * (-len(last) % 8)


def open_one(path: str, kind: str):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(0.2)
    try:
        made.connect(path)
        if kind == 'half':
            made.sendall(b'\0AUTH EXT')
        if kind == 'flood':
            made.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n')
            made.recv(100)
            made.sendall(b'BEGIN\r\n' + call(1, b'org.freedesktop.DBus', b'org.freedesktop.DBus', b'Hello'))
    except OSError:
        made.close()
        return None
    made.setblocking(False)
    return made


def flood(made) -> bool:
    try:
        made.send(b''.join(call(serial) for serial in range(2, 52)))
        return True
    except BlockingIOError:
        return True
    except OSError:
        return False


def main() -> None:
    path, count, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    held = [open_one(path, kind) for _ in range(count)]
    print('ready', flush=True)
    while True:
        for n, made in enumerate(held):
            if made is not None and kind == 'flood' and not flood(made):
                made.close()
                made = held[n] = None
            if made is None:
                held[n] = open_one(path, kind)
        open_ones = [made for made in held if made is not None]
        for made in select.select(open_ones, [], [], 0.05)[0] if kind != 'flood' else []:
            made.close()
            held[held.index(made)] = None
        time.sleep(0.005)


if __name__ == '__main__':
    main()
