"""What a user goes on sending while something happens to the tunnel."""
import threading

from . import probes, topology
from .lab import Lab


class Stream:
    """A user's packets, inside and to the open Internet, until the block ends."""

    def __init__(self, lab: Lab):
        self.lab, self.end = lab, threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.end.set()
        self.thread.join()

    def _run(self):
        while not self.end.is_set():
            for address in (topology.INNER, topology.INTERNET, topology.INTERNET6):
                probes.pace_udp(self.lab.net.client, address, rate=100, seconds=0.1, linger=0)
