"""The rig works with a client that is known to work: where these pass, a failure is Holdfast's.

Each check of the rig is also shown to fail: a capture that could not see a clear packet, or a
grammar that refused nothing, would prove nothing.
"""
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from rig import connections, probes, topology
from rig.connections import EAP_RADIUS, EAP_TLS, HOST, PSK, PUBKEY
from rig.flaws import FLAWS
from rig.flaws import PSK as SECRET
from rig.grammar import is_ike
from rig.lab import OUTSIDE_PAGE, PAGE, RADIUS_HOST, Lab, mac_of
from rig.packets import TCP, UDP
from rig.process import RigError, is_alive, wait_until
from rig.radius import Radius

TLS_1_3 = {'version_min': '1.3', 'version_max': '1.3'}


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


@pytest.fixture
def nat_lab():
    with Lab(nat=True) as made:
        yield made


def connect(lab: Lab, user_auth: str = PUBKEY, server_auth: str = PUBKEY, **options):
    """The known client, connected to the lab's gateway."""
    certificate = None if user_auth == PSK else lab.user.certificate
    wanted = connections.client(topology.GATEWAY, user_auth, certificate, server_auth)
    client = lab.start_known_client(wanted, **options)
    client.initiate('net')
    return client


def assert_traffic_flows_and_nothing_else(lab: Lab) -> None:
    assert lab.ping() and lab.ping(topology.INNER6)
    assert lab.fetch() == PAGE
    assert lab.fetch(topology.INNER6) == PAGE
    assert lab.grammar().violations(lab.capture.stop()) == []


def test_certificates_both_ways(lab):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    client = connect(lab)
    assert client.vici.sas()['client']['remote-id'] == HOST
    assert_traffic_flows_and_nothing_else(lab)


@pytest.mark.parametrize(
    'kind, rsa_pss',
    [
        ('ecdsa384', False),
        ('ecdsa521', False),
        ('ed25519', False),
        ('rsa2048', False),
        ('rsa2048', True),
    ],
)
def test_every_kind_of_gateway_key(lab, kind, rsa_pss):
    server = lab.authority.server(HOST, kind, kind=kind)
    settings = {'rsa_pss': 'yes' if rsa_pss else 'no'}
    lab.start_gateway(connections.gateway(PUBKEY, server.certificate), server, settings=settings)
    client = connect(lab)
    used = next(line for line in client.text().splitlines() if f"'{HOST}' with" in line)
    assert ('PSS' in used) == rsa_pss
    assert lab.ping()


def test_pre_shared_key(lab):
    lab.start_gateway(connections.gateway(PSK, server_auth=PSK), psk=SECRET)
    connect(lab, PSK, PSK, psk=SECRET)
    assert_traffic_flows_and_nothing_else(lab)


def test_eap_tls_1_2(lab):
    lab.start_gateway(connections.gateway(EAP_TLS, lab.server.certificate))
    client = connect(lab, EAP_TLS)
    assert 'negotiated TLS 1.2' in client.text()
    assert_traffic_flows_and_nothing_else(lab)


def test_eap_tls_1_3(lab):
    gateway = connections.gateway(EAP_TLS, lab.server.certificate)
    lab.start_gateway(gateway, tree_name='debian13', libtls=TLS_1_3)
    client = connect(lab, EAP_TLS, tree_name='debian13', libtls=TLS_1_3)
    assert 'negotiated TLS 1.3' in client.text()
    assert_traffic_flows_and_nothing_else(lab)


@pytest.mark.parametrize('version', ['1.2', '1.3'])
def test_eap_tls_behind_radius(lab, version):
    lab.start_radius(minimum=version, maximum=version)
    gateway = connections.gateway(EAP_RADIUS, lab.server.certificate)
    lab.start_gateway(gateway, settings=Radius.charon_settings())
    wanted = connections.client(topology.GATEWAY, EAP_TLS, lab.user.certificate)
    wanted['local']['aaa_id'] = RADIUS_HOST
    client = lab.start_known_client(wanted, tree_name='debian13', libtls={'version_max': '1.3'})
    client.initiate('net')
    assert f'negotiated TLS {version}' in client.text()
    assert_traffic_flows_and_nothing_else(lab)


def test_through_nat(nat_lab):
    nat_lab.start_gateway(connections.gateway(PUBKEY, nat_lab.server.certificate))
    connect(nat_lab)
    seen = nat_lab.gateway.vici.sas()['gateway']
    assert seen['remote-host'] == topology.GATEWAY_ROUTER
    assert seen['remote-port'] != '4500'
    assert_traffic_flows_and_nothing_else(nat_lab)


def test_tcp_and_udp_both_ways(lab):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    connect(lab)
    data = os.urandom(1 << 20)
    assert probes.echo_tcp(lab.net.client, topology.INNER, data) == data
    assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0


@pytest.mark.parametrize('flaw', [name for name in FLAWS if name not in ('dead', 'no-daemon')])
def test_flaw_is_one(lab, flaw):
    """The faulty gateways that Holdfast is shown are refused by the known client as well."""
    FLAWS[flaw](lab)
    if flaw == 'wrong-psk':
        wanted = connections.client(topology.GATEWAY, PSK, None, PSK)
    else:
        wanted = connections.client(topology.GATEWAY, PUBKEY, lab.user.certificate)
    if flaw == 'no-such-name':
        wanted['remote_addrs'] = [HOST]
    client = lab.start_known_client(wanted, psk=SECRET)
    if flaw == 'no-server-usage':
        client.initiate('net')  # strongSwan does not ask for the usage; the fault is real, though
        assert lab.ping()
        return
    with pytest.raises(RigError):
        client.initiate('net')
    assert not lab.ping(seconds=0.3)


def test_loss_is_applied_and_ends(lab):
    def lost_share() -> float:
        echo = probes.pace_udp(lab.net.client, topology.GATEWAY, rate=1000, seconds=0.5, linger=0.2)
        return echo.lost / echo.sent

    lab._serve(lab.net.gateway, 'bare', PAGE, topology.GATEWAY)
    assert lost_share() == 0
    lab.net.set_loss(30)
    assert 0.35 < lost_share() < 0.65  # both ways: 1 - 0.7 * 0.7 = 0.51
    lab.net.set_loss(0)
    assert lost_share() == 0


def test_clear_packet_is_a_violation(lab):
    """Without a tunnel, everything to the protected network and the Internet is a leak."""
    probes.ping(lab.net.client, topology.INNER, 0.1)
    probes.ping(lab.net.client, topology.INNER6, 0.1)
    probes.pace_udp(lab.net.client, topology.INNER, rate=100, seconds=0.05, linger=0)
    assert lab.fetch(topology.INTERNET) == OUTSIDE_PAGE
    violations = lab.grammar().violations(lab.capture.stop())
    for words in (
        f'> {topology.INNER}:0',
        'ICMPv6',
        f'{topology.INNER}:7',
        f'{topology.INTERNET}:80',
    ):
        assert any(words in violation for violation in violations), words


def test_capture_misses_nothing(lab):
    """A known number of datagrams is in the capture, each once, and comes from the client."""
    pace = probes.pace_udp(lab.net.client, topology.INTERNET, rate=2000, seconds=1)
    mac = mac_of(lab.net.client, 'out')
    mine = lab.capture.packets(lambda p: p.protocol == UDP and p.mac_source == mac)
    assert (len(mine), pace.lost) == (2000, 0)
    assert len({packet.payload[:8] for packet in mine}) == 2000


def test_grammar_knows_ike(lab):
    """What claims to be IKE or ESP on the gateway's ports is looked at."""
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    connect(lab)
    packets = lab.capture.packets()
    request = next(p for p in packets if p.destination_port == 500)
    assert is_ike(request.payload)
    grammar = lab.grammar()
    for flawed in (
        request._replace(payload=request.payload[:-1]),
        request._replace(payload=b'GET / HTTP/1.0\r\n\r\n'),
        request._replace(destination_port=4500, payload=b'\xff\xff'),
        request._replace(destination_port=4501),
        request._replace(destination=topology.INTERNET),
        request._replace(protocol=TCP),
        request._replace(destination=topology.CLIENT_ROUTER, destination_port=53),
    ):
        assert grammar.refusal(flawed), flawed
    assert grammar.refusal(request) is None


def test_resolver_answers_and_counts(lab):
    query = bytes.fromhex('1234 0100 0001 0000 0000 0000')
    query += b'\2gw\7example\4test\0' + struct.pack('!HH', 1, 1)
    resolver = topology.CLIENT_ROUTER
    with probes.open_socket(lab.net.client, resolver, socket.SOCK_DGRAM) as link:
        link.settimeout(2)
        link.sendto(query, (resolver, 53))
        answer = link.recv(512)
    assert answer[:2] == query[:2] and answer[-4:] == socket.inet_aton(topology.GATEWAY)
    assert [query['name'] for query in lab.queries()] == [HOST]


KILLED = '''import sys; sys.path.insert(0, sys.argv[1])
from rig import connections
from rig.lab import Lab
lab = Lab().__enter__()
lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
print(lab.net.client.name, lab.gateway.pid, flush=True)
sys.stdin.read()
'''


def test_killed_run_leaves_nothing_behind():
    """After kill -9 its daemons are gone at once, its namespaces with the next lab."""
    run = subprocess.Popen(
        [sys.executable, '-c', KILLED, Path(__file__).parent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    name, daemon = run.stdout.readline().split()
    assert Path('/run/netns', name).exists() and is_alive(int(daemon))
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdin.close()
    run.stdout.close()
    wait_until(lambda: not is_alive(int(daemon)), 5, 'end of the daemon')
    with Lab():
        assert not Path('/run/netns', name).exists()


def test_two_labs_at_once():
    with Lab() as one, Lab() as other:
        for lab in (one, other):
            lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
            connect(lab)
        other.gateway.kill()
        assert one.ping()
        assert not other.ping(seconds=0.3)
