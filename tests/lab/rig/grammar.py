"""What may be seen on the outer wire: everything else is a leak.

The grammar of a client's outgoing traffic under a kill switch: address resolution of the link,
IKE and ESP to the gateway in well-formed datagrams, DNS to the resolver where a test allows it.
"""
import struct
from dataclasses import dataclass, field
from typing import Iterable, Optional

from .packets import ARP, ICMPV6, IPV4, IPV6, UDP, Packet

NEIGHBOUR_DISCOVERY = {133, 134, 135, 136}
MULTICAST_LISTENER = {131, 132, 143}
IKE_HEADER = struct.Struct('!8s8sBBBBII')
NON_ESP_MARKER = bytes(4)
SHORTEST_ESP = 8 + 8 + 2 + 12  # header, IV, padding and next header, ICV: RFC 4303 with any suite


def is_ike(message: bytes) -> bool:
    """An IKEv2 message whose length field is true (RFC 7296, section 3.1)."""
    if len(message) < IKE_HEADER.size:
        return False
    initiator, _, _, version, _, flags, _, length = IKE_HEADER.unpack_from(message)
    return initiator != bytes(8) and version == 0x20 and not flags & 0xC7 and length == len(message)


def is_esp_in_udp(payload: bytes) -> bool:
    return len(payload) >= SHORTEST_ESP and payload[:4] != NON_ESP_MARKER


def is_tunnel_datagram(port: int, payload: bytes) -> bool:
    """What RFC 3948, section 2 and RFC 7296, section 2.23 allow on the two ports."""
    if port == 500:
        return is_ike(payload)
    if payload == b'\xff':  # NAT keepalive
        return True
    if payload[:4] == NON_ESP_MARKER:
        return is_ike(payload[4:])
    return is_esp_in_udp(payload)


@dataclass
class Grammar:
    """`client_mac`: only frames from it are judged. `resolvers`: whom DNS may be sent to."""

    client_mac: bytes
    gateways: set[str]
    resolvers: set[str] = field(default_factory=set)
    names: Optional[set[str]] = None  # names that may be asked for; None: any

    def refusal(self, packet: Packet) -> Optional[str]:
        """Why the packet may not be there; None where it may."""
        if packet.mac_source != self.client_mac or packet.ethertype == ARP:
            return None
        if packet.ethertype not in (IPV4, IPV6):
            return 'not IP'
        if packet.protocol == ICMPV6 and packet.payload:
            return None if self._is_link_local_chatter(packet) else 'ICMPv6'
        if packet.protocol != UDP:
            return 'neither tunnel nor link'
        if packet.destination_port == 53:
            return self._dns_refusal(packet)
        if packet.destination not in self.gateways:
            return 'not to the gateway'
        if packet.destination_port not in (500, 4500):
            return 'not a tunnel port'
        if not is_tunnel_datagram(packet.destination_port, packet.payload):
            return 'not IKE and not ESP'
        return None

    @staticmethod
    def _is_link_local_chatter(packet: Packet) -> bool:
        kind = packet.payload[0]
        return kind in NEIGHBOUR_DISCOVERY or kind in MULTICAST_LISTENER

    def _dns_refusal(self, packet: Packet) -> Optional[str]:
        if packet.destination not in self.resolvers:
            return 'DNS'
        if self.names is not None and name_asked(packet.payload) not in self.names:
            return 'DNS for another name'
        return None

    def violations(self, packets: Iterable[Packet]) -> list[str]:
        judged = ((packet, self.refusal(packet)) for packet in packets)
        return [f'{why}: {packet}' for packet, why in judged if why]


def name_asked(query: bytes) -> str:
    labels, at = [], 12
    try:
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode('ascii', 'replace'))
            at += 1 + query[at]
    except IndexError:
        return ''
    return '.'.join(labels).lower()
