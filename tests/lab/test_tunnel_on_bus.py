"""A tunnel that root asks for over a system bus, a private one here, from the first call to the last signal."""
import pytest

from rig import connections, mobileconfig, probes, topology
from rig.connections import PUBKEY
from rig.holdfast import Holdfast
from rig.lab import PAGE, Lab
from rig.system_bus import SystemBus


@pytest.fixture
def lab():
    if not SystemBus.is_possible:
        pytest.skip('there is no dbus-daemon to make a bus with')
    with Lab() as made:
        yield made


def test_a_tunnel_over_the_system_bus(lab):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    bus = SystemBus(lab.folder)
    lab.stack.callback(bus.stop)
    holdfast = Holdfast(lab, bus=bus.start()).start()
    before = holdfast.leftovers()
    holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE))
    assert not (holdfast.root / 'run/holdfast/bus.sock').exists()
    assert holdfast.status()['gateway']['identity']
    assert lab.ping() and lab.fetch() == PAGE
    assert probes.pace_udp(lab.net.client, topology.INNER, rate=200, seconds=1).lost == 0
    assert holdfast.cli('disconnect').returncode == 0
    assert holdfast.leftovers() == before
    assert lab.grammar().violations(lab.capture.stop()) == []
