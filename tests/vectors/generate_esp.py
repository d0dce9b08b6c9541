#!/usr/bin/env python3
"""Writes esp_scapy.txt: ESP packets of every suite, made by Scapy, an implementation that shares
nothing with ours. Usage: generate_esp.py > esp_scapy.txt (the result is the same each time)."""
import hashlib
import hmac
import struct
import sys

import scapy
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Raw

# Names in the registry, names in Scapy, key lengths (with the salt), IV length.
SUITES = [
    ('aes256gcm16', None, 'AES-GCM', None, 36, 0, 8),
    ('aes128gcm16', None, 'AES-GCM', None, 20, 0, 8),
    ('chacha20poly1305', None, 'CHACHA20-POLY1305', None, 36, 0, 8),
    ('aes256', 'sha256', 'AES-CBC', 'SHA2-256-128', 32, 32, 16),
    ('aes128', 'sha384', 'AES-CBC', 'SHA2-384-192', 16, 48, 16),
    ('aes128', 'sha512', 'AES-CBC', 'SHA2-512-256', 16, 64, 16),
]
SPI = 0x0A0B0C0D


def octets(label: str, length: int) -> bytes:
    return hashlib.shake_128(label.encode()).digest(length)


def inner(family: int, length: int):
    data = Raw(octets('data', length))
    if family == 4:
        return IP(src='192.0.2.1', dst='198.51.100.2', id=1) / UDP(sport=53, dport=4000) / data
    return IPv6(src='2001:db8::1', dst='2001:db8::2') / UDP(sport=53, dport=4000) / data


def with_esn(packet: bytes, integ: str, key: bytes, high: int) -> bytes:
    """Scapy leaves the high half of the number out of a separate MAC; RFC 4303, section 2.2.1, puts
    it behind the packet."""
    icv_len = hashlib.new(integ).digest_size // 2
    covered = packet[:-icv_len] + struct.pack('!L', high)
    return packet[:-icv_len] + hmac.digest(key, covered, integ)[:icv_len]


def case(suite, esn: bool, family: int, length: int) -> dict:
    encr, integ, crypt, auth, key_len, integ_len, iv_len = suite
    label = f'{encr} {integ} {esn} {family} {length}'
    key, integ_key = octets(label + ' key', key_len), octets(label + ' integ', integ_len)
    sequence = 0x3_0000_0007 if esn else 7
    sa = SecurityAssociation(
        ESP, spi=SPI, crypt_algo=crypt, crypt_key=key, auth_algo=auth, auth_key=integ_key or None,
        tunnel_header=(IP(src='203.0.113.1', dst='203.0.113.2') if family == 4 else
                       IPv6(src='2001:db8:1::1', dst='2001:db8:1::2')),
    )
    packet = inner(family, length)
    sealed = sa.encrypt(packet, seq_num=sequence & 0xFFFFFFFF, iv=octets(label + ' iv', iv_len),
                        esn_en=esn, esn=sequence >> 32)
    sealed = bytes(sealed[ESP])
    if esn and integ:
        sealed = with_esn(sealed, integ, integ_key, sequence >> 32)
    fields = {'encr': encr, 'key': key.hex()}
    if integ:
        fields |= {'integ': integ, 'integ_key': integ_key.hex()}
    return fields | {
        'esn': int(esn),
        'sequence': sequence,
        'packet': sealed.hex(),
        'inner': bytes(packet).hex(),
    }


def main() -> None:
    print(f'# Source: Scapy {scapy.VERSION}, by generate_esp.py beside this file')
    for suite in SUITES:
        for esn in (False, True):
            for family, length in ((4, 0), (4, 37), (6, 100)):
                print()
                for name, value in case(suite, esn, family, length).items():
                    print(f'{name} = {value}')


if __name__ == '__main__':
    sys.exit(main())
