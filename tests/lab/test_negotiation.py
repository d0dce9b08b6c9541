"""What a real gateway may ask of the handshake: fragments, a cookie, another group, and each of our suites for ESP. The capture of
the outer wire says that it was really asked."""
import socket

import pytest

from rig import connections, ike, mobileconfig, probes, topology
from rig.connections import HOST, PUBKEY, USER
from rig.holdfast import Holdfast
from rig.lab import PAGE, Lab
from rig.pki import Authority
from rig.process import wait_until

LEAST_IPV6_MTU = 1280
ECP256 = 19
DEFAULT_SUITES = {'IKESecurityAssociationParameters': None, 'ChildSecurityAssociationParameters': None}


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


def connected(lab: Lab, **overrides) -> Holdfast:
    holdfast = Holdfast(lab).start()
    holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE, **overrides))
    return holdfast


def assert_tunnel_works(lab: Lab) -> None:
    assert lab.fetch() == PAGE and lab.fetch(topology.INNER6) == PAGE
    data = bytes(range(256)) * 400
    assert probes.echo_tcp(lab.net.client, topology.INNER, data) == data


def assert_wire_is_clean(lab: Lab) -> None:
    assert lab.grammar().violations(lab.capture.stop()) == []


@pytest.mark.parametrize('nat', [False, True], ids=['direct', 'nat'])
def test_long_messages_travel_as_fragments_both_ways(nat):
    """RSA keys and an intermediate authority make both messages of IKE_AUTH longer than a datagram may be."""
    with Lab(nat=nat) as lab:
        issuing = Authority(lab.folder / 'issuing', 'Issuing CA', 'rsa2048', lab.authority)
        server = issuing.server(HOST, kind='rsa2048')
        gateway = lab.start_gateway(connections.gateway(PUBKEY, server.certificate), server)
        gateway.load_authority(issuing.certificate)
        connected(lab, identity=issuing.client(USER, kind='rsa2048'), key_kind='rsa2048')
        auth = ike.messages(lab.capture.packets(), ike.IKE_AUTH)
        for is_response in (False, True):
            sent = [message for message in auth if message.is_response == is_response]
            assert {message.first_payload for message in sent} == {ike.SKF}
            assert sum(len(message.data) for message in sent) > LEAST_IPV6_MTU
            assert all(message.packet.length - 14 <= LEAST_IPV6_MTU for message in sent)
        assert_tunnel_works(lab)
        assert_wire_is_clean(lab)


@pytest.mark.parametrize('esp', ['aes256gcm16', 'chacha20poly1305', 'aes256-sha256'])
def test_every_suite_for_esp(lab, esp):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate, esp=f'{esp}-ecp384-ecp256-x25519'))
    holdfast = connected(lab, **DEFAULT_SUITES)
    assert holdfast.status()['gateway']['esp'].startswith(esp)
    assert_tunnel_works(lab)
    assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0
    assert_wire_is_clean(lab)


def leave_half_open(lab: Lab, request: ike.Message) -> None:
    """Somebody else's IKE_SA_INIT, and nothing after it: the gateway waits with a half-open SA."""
    with probes.open_socket(lab.net.router, topology.GATEWAY, socket.SOCK_DGRAM) as link:
        link.settimeout(5)
        link.sendto(bytes([request.data[0] ^ 1]) + request.data[1:], (topology.GATEWAY, 500))
        assert link.recv(65536)


def test_cookie(lab):
    gateway = connections.gateway(PUBKEY, lab.server.certificate)
    lab.start_gateway(gateway, settings={'cookie_threshold': 1})
    holdfast = connected(lab)
    first = ike.messages(lab.capture.packets(), ike.IKE_SA_INIT)
    assert len(first) == 2  # nobody was half open, so no cookie was asked for
    assert holdfast.cli('disconnect').returncode == 0
    leave_half_open(lab, first[0])
    holdfast.connect()
    request, demand, again, reply = ike.messages(lab.capture.packets(), ike.IKE_SA_INIT)[2:]
    assert demand.is_response and demand.notifies() == [ike.COOKIE]
    assert again.first_payload == ike.NOTIFY and again.notifies()[0] == ike.COOKIE
    assert list(again.payloads())[1:] == list(request.payloads())
    assert reply.is_response and reply.group() == again.group() != 0
    assert_tunnel_works(lab)
    assert_wire_is_clean(lab)


def test_gateway_wants_another_group(lab):
    suite = 'aes256gcm16-prfsha256-ecp256'
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate, ike=suite))
    holdfast = connected(lab, **DEFAULT_SUITES)
    request, refusal, again, reply = ike.messages(lab.capture.packets(), ike.IKE_SA_INIT)
    assert request.group() not in (0, ECP256)
    assert refusal.is_response and refusal.notifies() == [ike.INVALID_KE_PAYLOAD]
    assert again.group() == reply.group() == ECP256
    assert_tunnel_works(lab)
    assert holdfast.cli('disconnect').returncode == 0
    holdfast.connect()
    later = ike.messages(lab.capture.packets(), ike.IKE_SA_INIT)[4:]
    assert {message.group() for message in later} == {ECP256}  # remembered, and so not refused again
    assert_wire_is_clean(lab)


def test_idle_tunnel_keeps_its_mapping_in_the_nat():
    """RFC 3948, section 4: a single octet, at the latest every 20 s of silence from us."""
    with Lab(nat=True) as lab:
        lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
        connected(lab)

        def keepalives() -> list:
            return lab.capture.packets(lambda packet: packet.destination_port == 4500 and packet.payload == b'\xff')

        wait_until(lambda: len(keepalives()) >= 2, 45, 'two keepalives', 1)
        assert all(packet.destination == topology.GATEWAY for packet in keepalives())
        assert lab.ping()
        assert_wire_is_clean(lab)
