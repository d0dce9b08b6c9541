"""Holdfast through a real gateway: every way to prove oneself, directly and through NAT, traffic of both kinds and families, and
on the outer wire nothing but what the allow-grammar names."""
import json

import pytest

from rig import connections, mobileconfig, probes, topology
from rig.connections import EAP_RADIUS, EAP_TLS, HOST, PSK, PUBKEY
from rig.flaws import PSK as SECRET
from rig.holdfast import Holdfast
from rig.lab import PAGE, RADIUS_HOST, Lab
from rig.radius import Radius

TLS_1_3 = {'version_min': '1.3', 'version_max': '1.3'}


@pytest.fixture(params=['direct', 'nat'])
def lab(request):
    with Lab(nat=request.param == 'nat') as made:
        yield made


@pytest.fixture
def direct_lab():
    with Lab() as made:
        yield made


def connected(lab: Lab, method: str, **overrides) -> Holdfast:
    holdfast = Holdfast(lab).start()
    before = holdfast.leftovers()
    holdfast.connect(holdfast.import_profile(method, **overrides))
    holdfast.before = before
    return holdfast


def assert_traffic_flows_and_nothing_else(lab: Lab, holdfast: Holdfast) -> None:
    assert lab.ping() and lab.ping(topology.INNER6)
    assert lab.fetch() == PAGE
    assert lab.fetch(topology.INNER6) == PAGE
    data = bytes(range(256)) * 2000
    assert probes.echo_tcp(lab.net.client, topology.INNER, data) == data
    assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0
    assert holdfast.cli('disconnect').returncode == 0
    assert holdfast.leftovers() == holdfast.before
    assert lab.grammar().violations(lab.capture.stop()) == []


def test_certificate(lab):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast = connected(lab, mobileconfig.CERTIFICATE)
    status = holdfast.status()
    assert status['state'] == 'connected'
    assert HOST in json.dumps(status)
    assert_traffic_flows_and_nothing_else(lab, holdfast)


def test_pre_shared_key(lab):
    lab.start_gateway(connections.gateway(PSK, server_auth=PSK), psk=SECRET)
    holdfast = connected(lab, mobileconfig.PSK, psk=SECRET.decode())
    assert_traffic_flows_and_nothing_else(lab, holdfast)


def test_eap_tls_1_2(lab):
    lab.start_gateway(connections.gateway(EAP_TLS, lab.server.certificate))
    holdfast = connected(lab, mobileconfig.EAP_TLS)
    assert 'tls1.2' in json.dumps(holdfast.status())
    assert_traffic_flows_and_nothing_else(lab, holdfast)


def test_eap_tls_1_3(lab):
    gateway = connections.gateway(EAP_TLS, lab.server.certificate)
    lab.start_gateway(gateway, tree_name='debian13', libtls=TLS_1_3)
    holdfast = connected(lab, mobileconfig.EAP_TLS)
    assert 'tls1.3' in json.dumps(holdfast.status())
    assert_traffic_flows_and_nothing_else(lab, holdfast)


@pytest.mark.parametrize('kind, rsa_pss', [('ecdsa384', False), ('ecdsa521', False), ('ed25519', False), ('rsa2048', False), ('rsa2048', True)])
def test_every_kind_of_gateway_key(direct_lab, kind, rsa_pss):
    server = direct_lab.authority.server(HOST, kind, kind=kind)
    settings = {'rsa_pss': 'yes' if rsa_pss else 'no'}
    direct_lab.start_gateway(connections.gateway(PUBKEY, server.certificate), server, settings=settings)
    connected(direct_lab, mobileconfig.CERTIFICATE)
    assert direct_lab.fetch() == PAGE


@pytest.mark.parametrize('kind', ['ecdsa384', 'ecdsa521', 'rsa2048'])
def test_every_kind_of_client_key(direct_lab, kind):
    user = direct_lab.authority.client(connections.USER, kind, kind=kind)
    direct_lab.start_gateway(connections.gateway(PUBKEY, direct_lab.server.certificate))
    connected(direct_lab, mobileconfig.CERTIFICATE, identity=user, key_kind=kind)
    assert direct_lab.fetch() == PAGE


def test_extended_sequence_numbers_with_a_gateway_that_has_a_kernel(direct_lab):
    """kernel-libipsec refuses ESN, so the gateway is one with a kernel of its own."""
    esp = 'aes256gcm16-ecp384-x25519-esn'
    direct_lab.start_uml_gateway(connections.gateway(PUBKEY, direct_lab.server.certificate, esp=esp))
    holdfast = connected(direct_lab, mobileconfig.CERTIFICATE)
    assert holdfast.status()['gateway']['esp'].endswith('-esn')
    (child,) = direct_lab.gateway.vici.sas()['gateway']['child-sas'].values()
    assert child['esn'] == '1'
    assert_traffic_flows_and_nothing_else(direct_lab, holdfast)


@pytest.mark.parametrize('version', ['1.2', '1.3'])
def test_eap_tls_behind_radius(direct_lab, version):
    """The TLS server is not the gateway and has a name of its own, which the profile gives."""
    direct_lab.start_radius(minimum=version, maximum=version)
    gateway = connections.gateway(EAP_RADIUS, direct_lab.server.certificate)
    direct_lab.start_gateway(gateway, settings=Radius.charon_settings())
    holdfast = Holdfast(direct_lab).start()
    profile = holdfast.import_profile(mobileconfig.EAP_TLS)
    refused = holdfast.cli('connect', '--json', profile)
    assert (refused.returncode, json.loads(refused.stdout)['code']) == (11, 'gateway-identity-mismatch')
    holdfast.change_profile(profile, 'eap-server-identity', RADIUS_HOST)
    holdfast.connect(profile)
    assert f'tls{version}' in json.dumps(holdfast.status())
    assert direct_lab.fetch() == PAGE


def test_resolvers_of_the_gateway_are_set_and_restored(direct_lab):
    direct_lab.start_gateway(connections.gateway(PUBKEY, direct_lab.server.certificate))
    holdfast = connected(direct_lab, mobileconfig.CERTIFICATE)
    text = holdfast.resolv_conf.read_text()
    assert f'nameserver {topology.INNER}' in text and 'search corp.example.test' in text
    holdfast.cli('disconnect')
    assert holdfast.resolv_conf.read_text() == f'nameserver {topology.CLIENT_ROUTER}\n'


@pytest.mark.parametrize('which', ['ike', 'child'])
def test_rekey_started_by_the_gateway(direct_lab, which):
    direct_lab.start_gateway(connections.gateway(PUBKEY, direct_lab.server.certificate))
    holdfast = connected(direct_lab, mobileconfig.CERTIFICATE)
    request = {'ike': 'gateway'} if which == 'ike' else {'child': 'net'}
    direct_lab.gateway.vici.request('rekey', request)
    assert probes.pace_udp(direct_lab.net.client, topology.INNER, rate=1000, seconds=2).lost == 0
    assert holdfast.state() == 'connected'


def test_delete_by_the_gateway_leads_to_a_new_tunnel(direct_lab):
    direct_lab.start_gateway(connections.gateway(PUBKEY, direct_lab.server.certificate))
    holdfast = connected(direct_lab, mobileconfig.CERTIFICATE)
    direct_lab.gateway.vici.request('terminate', {'ike': 'gateway', 'timeout': '-1'})
    holdfast.wait_state('connected', 20)
    assert direct_lab.fetch() == PAGE
    assert direct_lab.grammar().violations(direct_lab.capture.stop()) == []
