"""What a capture shows of IKE without any key: headers, and the payloads of IKE_SA_INIT."""
from typing import Iterable, Iterator, NamedTuple

from .grammar import IKE_HEADER, NON_ESP_MARKER, is_ike
from .packets import UDP, Packet

KE, NOTIFY, SKF = 34, 41, 53  # RFC 7296, section 3.2; RFC 7383, section 2.5
INVALID_KE_PAYLOAD, COOKIE = 17, 16390  # RFC 7296, section 3.10.1
IKE_SA_INIT, IKE_AUTH = 34, 35
RESPONSE = 0x20


class Message(NamedTuple):
    packet: Packet
    first_payload: int
    exchange: int
    is_response: bool
    data: bytes

    def payloads(self) -> Iterator[tuple[int, bytes]]:
        """Type and body of each payload that is in the clear."""
        kind, at = self.first_payload, IKE_HEADER.size
        while kind != 0 and at + 4 <= len(self.data):
            length = int.from_bytes(self.data[at + 2 : at + 4], 'big')
            if length < 4:
                return
            yield kind, self.data[at + 4 : at + length]
            kind, at = self.data[at], at + length

    def notifies(self) -> list[int]:
        bodies = (body for kind, body in self.payloads() if kind == NOTIFY)
        return [int.from_bytes(body[2:4], 'big') for body in bodies]

    def group(self) -> int:
        """Of its key exchange payload; 0 without one."""
        bodies = [body for kind, body in self.payloads() if kind == KE]
        return int.from_bytes(bodies[0][:2], 'big') if bodies else 0


def messages(packets: Iterable[Packet], exchange: int) -> list[Message]:
    """The IKE messages of that exchange, one for each datagram, in order."""
    found = []
    for packet in packets:
        data = packet.payload.removeprefix(NON_ESP_MARKER)
        ports = {packet.source_port, packet.destination_port}
        if packet.protocol != UDP or not ports & {500, 4500} or not is_ike(data):
            continue
        _, _, first, _, kind, flags, _, _ = IKE_HEADER.unpack_from(data)
        if kind == exchange:
            found.append(Message(packet, first, kind, bool(flags & RESPONSE), data))
    return found
