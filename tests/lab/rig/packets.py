"""Reads pcap files and the headers a lab needs; fast enough for a million packets."""
import ipaddress
import struct
from pathlib import Path
from typing import Iterator, NamedTuple

ARP, IPV4, IPV6, MARKER = 0x0806, 0x0800, 0x86DD, 0x88B5  # the last is for local experiments
ICMP, TCP, UDP, ESP, ICMPV6 = 1, 6, 17, 50, 58


class Packet(NamedTuple):
    """One frame. Addresses are text, '' where there are none; ports are 0 where there are none."""

    time: float
    mac_source: bytes
    ethertype: int
    source: str
    destination: str
    protocol: int
    source_port: int
    destination_port: int
    payload: bytes  # of UDP, TCP or ICMP (with the ICMP header); of anything else what follows IP
    length: int  # of the whole frame

    def __str__(self) -> str:
        if self.ethertype not in (IPV4, IPV6):
            return f'{self.time:.6f} ethertype {self.ethertype:#06x}, {self.length} bytes'
        return (
            f'{self.time:.6f} {self.source}:{self.source_port} > {self.destination}:'
            f'{self.destination_port} protocol {self.protocol}, {self.length} bytes'
        )


def _ports_and_payload(protocol: int, body: bytes, is_fragment: bool) -> tuple[int, int, bytes]:
    if is_fragment or protocol not in (TCP, UDP) or len(body) < 8:
        return 0, 0, body
    source, destination = struct.unpack_from('!HH', body)
    offset = 8 if protocol == UDP else (body[12] >> 4) * 4 if len(body) > 12 else len(body)
    return source, destination, body[offset:]


def parse(time: float, frame: bytes, length: int) -> Packet:
    mac, ethertype = frame[6:12], int.from_bytes(frame[12:14], 'big')
    if ethertype == IPV4 and len(frame) >= 34:
        header = (frame[14] & 15) * 4
        total = int.from_bytes(frame[16:18], 'big')
        later_fragment = bool(int.from_bytes(frame[20:22], 'big') & 0x1FFF)
        protocol, body = frame[23], frame[14 + header : 14 + total]
        source = '.'.join(map(str, frame[26:30]))
        destination = '.'.join(map(str, frame[30:34]))
    elif ethertype == IPV6 and len(frame) >= 54:
        protocol, body, later_fragment = frame[20], frame[54:], False
        if protocol == 0 and len(body) >= 8:  # hop-by-hop options, as of MLD
            protocol, body = body[0], body[8 + body[1] * 8 :]
        source = str(ipaddress.IPv6Address(frame[22:38]))
        destination = str(ipaddress.IPv6Address(frame[38:54]))
    else:
        return Packet(time, mac, ethertype, '', '', 0, 0, 0, frame[14:], length)
    ports = _ports_and_payload(protocol, body, later_fragment)
    return Packet(time, mac, ethertype, source, destination, protocol, *ports, length)


def read_pcap(path: Path) -> Iterator[Packet]:
    """The packets of a pcap file, also of one that is still being written."""
    data = Path(path).read_bytes()
    if len(data) < 24:
        return
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    nano = data[:4] in (b'\x4d\x3c\xb2\xa1', b'\xa1\xb2\x3c\x4d')
    record, at, scale = struct.Struct(order + 'IIII'), 24, 1e-9 if nano else 1e-6
    while at + 16 <= len(data):
        seconds, fraction, kept, length = record.unpack_from(data, at)
        at += 16
        if at + kept > len(data):
            return
        yield parse(seconds + fraction * scale, data[at : at + kept], length)
        at += kept
