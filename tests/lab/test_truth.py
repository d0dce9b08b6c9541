"""What the status says is so: when the path is lost, and when the gateway answers but carries nothing."""
import socket
import time

import pytest

from rig import connections, mobileconfig, probes, topology
from rig.holdfast import Holdfast
from rig.lab import Lab
from rig.process import wait_until

# In UDP on port 4500 a packet of ESP begins with its SPI, one of IKE with four octets of zero (RFC 3948, section 2.2).
NO_ESP = 'add rule inet lab loss udp dport 4500 @th,64,32 != 0 drop\nadd rule inet lab loss udp sport 4500 @th,64,32 != 0 drop'


@pytest.fixture
def up():
    with Lab() as lab:
        lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
        holdfast = Holdfast(lab).start()
        holdfast.connect(holdfast.import_profile(mobileconfig.CERTIFICATE))
        yield lab, holdfast


def open_echo(lab: Lab) -> socket.socket:
    """To the inner host's echo service; what is sent is answered."""
    link = probes.open_socket(lab.net.client, topology.INNER, socket.SOCK_DGRAM)
    link.settimeout(5)
    link.connect((topology.INNER, probes.ECHO))
    link.send(b'answered')
    assert link.recv(16) == b'answered'
    return link


def test_lost_path_is_shown_within_ten_seconds(up):
    lab, holdfast = up
    with open_echo(lab) as link:
        lab.net.set_cable(False)
        start = time.monotonic()
        while holdfast.state() == 'connected':
            link.send(b'unanswered')
            assert time.monotonic() - start <= 10
    assert time.monotonic() - start > 9
    assert holdfast.state() == 'path-lost'


def test_gateway_that_answers_but_carries_nothing_is_told_apart(up):
    lab, holdfast = up
    with open_echo(lab) as link:
        wait_until(lambda: holdfast.status()['traffic'] == 'two-way', 5, 'word of the answer')
        lab.net.set_filter(NO_ESP)
        start = time.monotonic()

        def said():
            link.send(b'unanswered')
            return holdfast.status()['traffic'] == 'one-way'

        wait_until(said, 20, 'word of it', 0.2)
        assert time.monotonic() - start > 9
        status = holdfast.status()
        assert status['state'] == 'connected'
        assert status['last_proof_ms'] < 6000 < status['last_inbound_ms']
        assert 'the gateway answers, but no traffic comes back' in holdfast.cli('status').stdout
        lab.net.set_filter('')
        link.send(b'again')
        assert link.recv(16) == b'again'
        wait_until(lambda: holdfast.status()['traffic'] == 'two-way', 5, 'the end of it')
        assert 'comes back' not in holdfast.cli('status').stdout


def test_tunnel_through_which_nothing_came_yet_says_so(up):
    lab, holdfast = up
    status = holdfast.status()
    assert (status['traffic'], status['last_inbound_ms']) == ('none', None)
    assert lab.ping()
    wait_until(lambda: holdfast.status()['traffic'] == 'two-way', 5, 'word of the packet')
    assert holdfast.cli('disconnect').returncode == 0
    assert holdfast.status()['traffic'] is None


NEW_GATEWAY = '192.0.2.77'


def move_gateway(lab: Lab, names: list[str]) -> None:
    """It has another address from now on, and nobody answers at the old one."""
    lab.net.gateway.ip(f'address add {NEW_GATEWAY}/24 dev out')
    old = topology.GATEWAY
    lab.net.set_filter(f'add rule inet lab loss ip daddr {old} drop\nadd rule inet lab loss ip saddr {old} drop')
    lab.set_names(connections.HOST, names)


@pytest.mark.parametrize(
    'names,limit',
    [([NEW_GATEWAY], 12), ([topology.GATEWAY, NEW_GATEWAY], 20)],
    ids=['name leads elsewhere', 'name leads elsewhere too'],
)
def test_gateway_that_moved_is_found(up, names, limit):
    """From its silence to traffic through the new tunnel; the user's connection goes on."""
    lab, holdfast = up
    with open_echo(lab) as link:
        move_gateway(lab, names)
        start = time.monotonic()
        link.settimeout(0.2)
        while True:
            link.send(b'again')
            try:
                assert link.recv(16) == b'again'
                break
            except TimeoutError:
                assert time.monotonic() - start < limit
        print(f'found after {time.monotonic() - start:.1f} s')
    status = holdfast.wait_state('connected', 2)
    assert status['gateway']['address'] == NEW_GATEWAY
