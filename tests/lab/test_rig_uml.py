"""The gateway with a kernel of its own works with known clients, extended sequence numbers
included."""
import pytest

from rig import connections, topology
from rig.connections import ESP, PSK, PUBKEY
from rig.flaws import PSK as SECRET
from rig.lab import PAGE, Lab
from rig.process import RigError, wait_until

ESN = 'aes256gcm16-ecp384-x25519-esn'


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


def test_kernel_esp_with_a_user_space_client(lab):
    lab.start_uml_gateway(connections.gateway(PSK, server_auth=PSK), psk=SECRET)
    wanted = connections.client(topology.GATEWAY, PSK, None, PSK)
    lab.start_known_client(wanted, psk=SECRET).initiate('net')
    assert lab.ping() and lab.ping(topology.INNER6)
    assert lab.fetch() == PAGE
    assert lab.grammar().violations(lab.capture.stop()) == []


def test_extended_sequence_numbers(lab):
    """Negotiated, used by both kernels, and refused by a client that cannot (kernel-libipsec)."""
    lab.start_uml_gateway(connections.gateway(PUBKEY, lab.server.certificate, esp=ESN))
    certificate = lab.user.certificate
    with_esn = connections.client(topology.GATEWAY, PUBKEY, certificate, esp=ESN)
    client = lab.start_uml_client(with_esn)
    client.initiate('net')
    for side, name in ((client, 'client'), (lab.gateway, 'gateway')):
        (child,) = side.vici.sas()[name]['child-sas'].values()
        assert child['esn'] == '1'
    wait_until((client.shared / 'ping').exists, 10, 'a ping through the tunnel')


def test_gateway_with_esn_only_refuses_others(lab):
    lab.start_uml_gateway(connections.gateway(PUBKEY, lab.server.certificate, esp=ESN))
    certificate = lab.user.certificate
    client = lab.start_known_client(
        connections.client(topology.GATEWAY, PUBKEY, certificate, esp=ESP)
    )
    with pytest.raises(RigError, match='NO_PROPOSAL_CHOSEN'):
        client.initiate('net')
