"""The engine alone against a real gateway, driven over its protocol: its confinement, its tunnel, its end."""
import os
import signal
import struct
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'support'))

import engine_driver
from engine_driver import DISCONNECT, REKEY, Engine, Tunnel
from rig import connections, probes, topology
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
