"""What really went over a wire: a capture that knows when it is complete, and says if it lost
any."""
import itertools
import re
import signal
import socket
import struct
from pathlib import Path
from typing import Callable, Optional

from .netns import Namespace
from .packets import MARKER, Packet, read_pcap
from .process import RigError, wait_until

_serial = itertools.count(1)


class Capture:
    """Everything on one interface from construction to `stop`."""

    def __init__(self, namespace: Namespace, interface: str, path: Path):
        self.namespace, self.interface, self.path = namespace, interface, path
        self.log = path.with_suffix('.log')
        self.child = namespace.spawn(
            ['tcpdump', '--interface', interface, '-Z', 'root', '-n', '-U', '--immediate-mode']
            + ['-B', '131072', '--nano', '-s', '0', '-w', path],
            self.log,
        )
        wait_until(lambda: 'listening on' in self.log.read_text(), 10, 'start of tcpdump')

    def sync(self) -> None:
        """Returns when all that was sent before has reached the file: our own marker has."""
        marker = b'holdfast' + struct.pack('!Q', next(_serial))
        with self.namespace.entered():
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with link:
            link.bind((self.interface, 0))
            link.send(b'\xff' * 6 + b'\x02' + bytes(5) + struct.pack('!H', MARKER) + marker)
        wait_until(lambda: marker in self.path.read_bytes()[-1 << 20 :], 10, 'capture of a marker')

    def packets(self, wanted: Optional[Callable[[Packet], bool]] = None) -> list[Packet]:
        """What was captured so far, without our markers."""
        if self.child.is_running():
            self.sync()
        found = (packet for packet in read_pcap(self.path) if packet.ethertype != MARKER)
        return [packet for packet in found if wanted is None or wanted(packet)]

    def stop(self) -> list[Packet]:
        """Ends it. A capture that lost packets proves nothing, so that is an error."""
        if self.child.is_running():
            self.sync()
            self.child.stop(signal.SIGINT)
        lost = re.search(r'(\d+) packets? dropped by kernel', self.log.read_text())
        if lost and int(lost[1]):
            raise RigError(f'the capture lost {lost[1]} packets')
        return self.packets()

    def abort(self) -> None:
        self.child.stop(signal.SIGINT)
