"""The engine alone against a real gateway, driven over its protocol: its confinement, its tunnel, its end."""
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'support'))

import engine_driver
from engine_driver import DISCONNECT, ECHO, REKEY, Engine, Tunnel
from rig import connections, freeze, probes, topology
from rig.connections import EAP_TLS, HOST, PSK, PUBKEY, USER
from rig.flaws import PSK as SECRET
from rig.holdfast import build_folder
from rig.lab import PAGE, Lab

PROGRAM = build_folder() / 'platform' / 'holdfast-engine'


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


@pytest.fixture
def engine(lab):
    with Engine(PROGRAM, lab.folder) as made:
        yield made


@pytest.fixture
def tunnel(lab, engine):
    made = Tunnel(lab.net.client, engine, resolver=topology.CLIENT_ROUTER)
    yield made
    made.close()


def profile(lab: Lab, auth: str, gateway: str = HOST, **more) -> dict:
    found = {'version': 1, 'id': 'lab', 'name': 'Lab', 'protocol': 'ikev2', 'gateways': [gateway]}
    found['trust'] = lab.authority.certificate.read_text()
    found['request'] = {'ipv4': True, 'ipv6': True}
    return {**found, 'auth': auth, **more}


def credential(lab: Lab) -> dict:
    return {'private_key': lab.user.key.read_bytes(), 'certificates': lab.user.certificate.read_bytes()}


def connect(lab: Lab, tunnel: Tunnel, **hints) -> None:
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    tunnel.connect(profile(lab, 'certificate'), credential(lab), **hints)


def test_it_refuses_to_run_by_hand(lab):
    for command in ([PROGRAM, '--connect'], ['setpriv', '--reuid=64721', PROGRAM, '--connect'], [PROGRAM]):
        result = lab.net.client.run(command, check=False)
        assert result.returncode == 1
        assert 'holdfast-netd' in result.stderr


def test_it_is_confined_before_it_is_ready(engine):
    engine.wait('ready')
    threads = engine.status_of_threads()
    assert sorted(thread['Name'] for thread in threads) == ['down', 'holdfast-engine', 'up']
    for thread in threads:
        assert set(thread['Uid'].split()) == {'64721'} and thread['Groups'].strip() == ''
        for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):
            assert int(thread[kind], 16) == 0, kind
        assert thread['NoNewPrivs'] == '1' and thread['Seccomp'] == '2'
    root = Path(f'/proc/{engine.process.pid}/root')
    assert os.readlink(root) == str(engine.folder / 'empty') and list(root.iterdir()) == []


def test_certificate(lab, engine, tunnel):
    connect(lab, tunnel)
    assert lab.ping() and lab.ping(topology.INNER6)
    assert lab.fetch() == PAGE and lab.fetch(topology.INNER6) == PAGE
    data = bytes(range(256)) * 4000
    assert probes.echo_tcp(lab.net.client, topology.INNER, data) == data
    engine.send(DISCONNECT)
    assert engine.wait('ended').content['status'] == 'ok'
    assert engine.process.wait(5) == 0
    assert lab.grammar().violations(lab.capture.stop()) == []


def test_pre_shared_key(lab, engine, tunnel):
    lab.start_gateway(connections.gateway(PSK, server_auth=PSK), psk=SECRET)
    wanted = profile(lab, 'psk', **{'gateway-psk': True, 'local-identity': USER})
    tunnel.connect(wanted, {'psk': SECRET})
    assert lab.fetch() == PAGE


def test_eap_tls(lab, engine, tunnel):
    lab.start_gateway(connections.gateway(EAP_TLS, lab.server.certificate))
    tunnel.connect(profile(lab, 'eap-tls', **{'local-identity': USER}), credential(lab))
    assert lab.fetch() == PAGE


@pytest.mark.parametrize('ike', [0, 1])
def test_rekeys_lose_nothing(lab, engine, tunnel, ike):
    connect(lab, tunnel)
    for _ in range(3):
        engine.send(REKEY, bytes([ike]))
        # Slow enough that the echo server's buffer outlasts a busy machine.
        pace = probes.pace_udp(lab.net.client, topology.INNER, rate=300, seconds=1, linger=1)
        assert pace.lost == 0, [m.content for m in iter_messages(engine) if m.kind == 'counters']
    counters = [message for message in iter_messages(engine) if message.kind == 'counters']
    assert counters[-1].content['packets_in'] >= 900 and counters[-1].content['unsent'] == 0
    replaced = [t for t in engine.traces() if t['event'] == ('ikev2.rekey' if ike else 'ikev2.child')]
    assert len(replaced) >= 3


def iter_messages(engine: Engine, seconds: float = 1.5) -> list:
    """What comes within that time."""
    found, end = [], time.monotonic() + seconds
    while (message := engine.receive(end - time.monotonic())) is not None:
        found.append(message)
    return found


def test_address_known_from_before_needs_no_query(lab, engine, tunnel):
    connect(lab, tunnel, last_good=[topology.GATEWAY])
    assert lab.fetch() == PAGE
    assert lab.queries() == []


def test_lost_path_is_told_within_ten_seconds_and_comes_back(lab, engine, tunnel):
    """From the first packet that stays unanswered, in traffic that goes on without a pause."""
    connect(lab, tunnel)
    assert lab.ping()
    with probes.open_socket(lab.net.client, topology.INNER, socket.SOCK_DGRAM) as link:
        link.connect((topology.INNER, probes.ECHO))
        for _ in range(100):  # counted on the way, not from idleness
            link.send(b'answered')
            assert link.recv(16) == b'answered'
            time.sleep(0.02)  # the pace of the traffic
        lab.net.set_cable(False)
        start = time.monotonic()
        while engine.seen[-1].kind != 'state' or engine.seen[-1].content['state'] != 'path-lost':
            link.send(b'unanswered')
            engine.receive(0.02)
            assert time.monotonic() - start <= 10
    assert time.monotonic() - start > 9
    lab.net.set_cable(True)
    engine.wait_state('connected', 15)
    assert lab.ping()


def test_idle_tunnel_wakes_nobody(lab, engine, tunnel):
    connect(lab, tunnel)
    assert lab.ping()
    iter_messages(engine, 3)  # the last counters are out
    before = switches(engine)
    time.sleep(10)
    assert switches(engine) - before <= 2  # the NAT keepalive


def switches(engine: Engine) -> int:
    return sum(int(thread['voluntary_ctxt_switches']) for thread in engine.status_of_threads())


def test_end_of_the_daemon_says_goodbye_to_the_gateway(lab, engine, tunnel):
    connect(lab, tunnel)
    assert 'gateway' in lab.gateway.vici.sas()
    assert engine.end() != 0
    end = time.monotonic() + 5
    while lab.gateway.vici.sas():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_killed_engine_leaves_the_gateway_alone(lab, engine, tunnel):
    connect(lab, tunnel)
    os.kill(engine.process.pid, signal.SIGKILL)
    engine.process.wait()
    assert 'gateway' in lab.gateway.vici.sas()


def ended(engine: Engine, seconds: float = 10) -> dict:
    end = time.monotonic() + seconds
    while (message := engine.receive(end - time.monotonic())) is not None:
        if message.kind == 'ended':
            return message.content
    raise AssertionError(f'it goes on: {engine.seen}')


@pytest.mark.parametrize('missing', ['private_key', 'certificates'])
def test_missing_credential_is_told_before_anything_is_sent(lab, engine, tunnel, missing):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), {**credential(lab), missing: b''})
    assert ended(engine)['status'] == 'credential-missing'
    assert [message.kind for message in engine.seen] == ['ready', 'ended']
    assert lab.queries() == [] and engine.process.wait(5) == 0


def test_expired_client_certificate_is_told_before_anything_is_sent(lab, engine, tunnel):
    user = lab.authority.client(USER, 'expired', life=lab.authority.life(-10, -1))
    lab.user = user
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), credential(lab))
    assert ended(engine)['status'] == 'credential-expired'
    assert lab.queries() == []


def test_name_that_does_not_exist(lab, engine, tunnel):
    lab.set_names(HOST, None)
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), credential(lab))
    fault = ended(engine, 15)
    assert (fault['status'], fault['stage']) == ('gateway-name-not-found', 'resolve')
    assert fault['offered'] == HOST


def test_next_gateway_is_tried_when_one_is_silent(lab, engine, tunnel):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    engine.wait('ready')
    wanted = profile(lab, 'certificate', **{'remote-identity': HOST})
    wanted['gateways'] = ['192.0.2.99', HOST]
    tunnel.configure(wanted, credential(lab))
    assert tunnel.answer_gateway()['address'] == '192.0.2.99'
    assert tunnel.answer_gateway()['address'] == topology.GATEWAY
    tunnel.answer_install()
    engine.wait_state('connected')
    assert lab.fetch() == PAGE


def test_wrong_name_in_the_certificate_is_refused(lab, engine, tunnel):
    server = lab.authority.server('other.example.test', 'other')
    lab.start_gateway(connections.gateway(PUBKEY, server.certificate, host='other.example.test'), server)
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), credential(lab))
    tunnel.answer_gateway()
    fault = ended(engine)
    assert (fault['status'], fault['stage']) == ('gateway-identity-mismatch', 'authentication')


def test_message_that_makes_no_sense_ends_it(engine):
    engine.wait('ready')
    engine.send(99)
    with pytest.raises(EOFError):
        engine.receive(5)
    assert engine.process.wait(5) == 1


def test_refused_plan_says_goodbye(lab, engine, tunnel):
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), credential(lab))
    tunnel.answer_gateway()
    engine.wait('install')
    refused = engine_driver.STATUSES.index('firewall-failed')
    engine.send(engine_driver.INSTALLED, struct.pack('!H', refused))
    assert ended(engine)['status'] == 'firewall-failed'
    end = time.monotonic() + 5
    while lab.gateway.vici.sas():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize('ahead', [True, False], ids=['ahead', 'while-the-plan-is-asked-for'])
def test_packets_pass_as_soon_as_the_plan_is_in_force(lab, engine, tunnel, ahead):
    """`connected` waits until holdfastd says that all was read back."""
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    engine.wait('ready')
    tunnel.configure(profile(lab, 'certificate'), credential(lab))
    tunnel.answer_gateway()
    if ahead:
        tunnel.give_tun_ahead()
    engine.wait('install')
    if not ahead:
        tunnel.give_tun_ahead()
    tunnel.apply_plan()
    assert probes.ping(lab.net.client, topology.INNER) is not None
    with pytest.raises(AssertionError):
        engine.wait_state('connected', 0.5)
    engine.send(engine_driver.INSTALLED, struct.pack('!H', 0))
    engine.wait_state('connected')


def test_it_answers_an_echo_while_all_threads_work(lab, engine, tunnel):
    engine.wait('ready')
    engine.send(ECHO)
    engine.wait('echoed')
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    tunnel.connect_ready(profile(lab, 'certificate'), credential(lab))
    for _ in range(3):
        engine.send(ECHO)
        engine.wait('echoed')


@pytest.mark.parametrize('name', ['up', 'down'])
def test_it_does_not_answer_for_a_thread_that_hangs(engine, name):
    engine.wait('ready')
    with freeze.frozen(freeze.thread_of(engine.process.pid, name)):
        engine.send(ECHO)
        engine.send(ECHO)
        assert engine.receive(1) is None
    engine.wait('echoed')
