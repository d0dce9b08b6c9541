"""The private key is in a token (SoftHSM): to the gateway nothing is different, no process but holdfast-keys comes near the PIN,
and a token that refuses, is gone or is silent is named."""
import json
import os
import signal
from pathlib import Path

import pytest

from rig import connections, mobileconfig, probes, topology
from rig.connections import EAP_TLS, PUBKEY, USER
from rig.holdfast import OWNER, Holdfast
from rig.lab import PAGE, Lab
from rig.process import is_alive, wait_until
from rig.smart_card import PIN, URI, Token

TLS_1_3 = {'version_min': '1.3', 'version_max': '1.3'}
HELPER = 'holdfast-keys'


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


def card_of(lab: Lab, kind: str = 'ecdsa256', module: bool = True) -> Token:
    identity = lab.authority.client(USER, f'card-{kind}', kind=kind)
    token = Token(lab.folder / 'card', OWNER, identity)
    token.known_to(lab.folder / 'instance/etc/holdfast', module)
    return token


def profile_of(holdfast: Holdfast, method: str, uri: str = URI) -> str:
    """A native profile that names the key, and has no secret at all."""
    model = holdfast.import_profile(method)
    (stored,) = (holdfast.root / 'var/lib/holdfast/profiles').glob(f'*/{model}.json')
    profile = {**json.loads(stored.read_text()), 'id': 'card', 'name': 'Card', 'key-uri': uri}
    path = holdfast.lab.folder / 'card.json'
    path.write_text(json.dumps(profile))
    return holdfast.import_file(path)


def connect(holdfast: Holdfast, profile: str, pin: str = PIN, *argv: str):
    return holdfast.cli('connect', '--json', profile, '--secret', 'pin=stdin', *argv, input=pin, timeout=60)


def started(lab: Lab, method: str = mobileconfig.CERTIFICATE, uri: str = URI) -> tuple[Holdfast, str]:
    holdfast = Holdfast(lab).start()
    return holdfast, profile_of(holdfast, method, uri)


def helper_of(holdfast: Holdfast) -> int:
    (pid,) = holdfast.pids(HELPER)
    return pid


def fault_of(result) -> tuple[int, str]:
    return result.returncode, json.loads(result.stdout)['code']


@pytest.mark.parametrize('kind', ['ecdsa256', 'ecdsa384', 'rsa2048'])
def test_certificate_with_the_key_in_a_token(lab, kind):
    card_of(lab, kind)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    result = connect(holdfast, profile)
    assert result.returncode == 0, result
    assert lab.fetch() == PAGE
    status = holdfast.status()
    assert ('rsa-pss' if kind == 'rsa2048' else 'ecdsa') in status['gateway']['authentication'] and status['input'] is None
    uids = Path(f'/proc/{helper_of(holdfast)}/status').read_text()
    assert f'Uid:\t{OWNER}\t{OWNER}\t{OWNER}' in uids and 'CapEff:\t0000000000000000' in uids and 'NoNewPrivs:\t1' in uids
    assert holdfast.cli('disconnect').returncode == 0
    wait_until(lambda: not holdfast.pids(HELPER), 5, 'end of holdfast-keys')
    assert lab.grammar().violations(lab.capture.stop()) == []


@pytest.mark.parametrize('kind', ['ecdsa256', 'rsa2048'])
@pytest.mark.parametrize('version', ['1.2', '1.3'])
def test_eap_tls_with_the_key_in_a_token(lab, kind, version):
    card_of(lab, kind)
    gateway = connections.gateway(EAP_TLS, lab.server.certificate)
    lab.start_gateway(gateway, **({} if version == '1.2' else {'tree_name': 'debian13', 'libtls': TLS_1_3}))
    holdfast, profile = started(lab, mobileconfig.EAP_TLS)
    result = connect(holdfast, profile)
    assert result.returncode == 0, result
    assert f'tls{version}' in json.dumps(holdfast.status())
    assert lab.fetch() == PAGE


def test_modules_of_p11_kits_own_configuration(lab):
    card_of(lab, module=False)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    assert connect(holdfast, profile).returncode == 0


def test_wrong_pin_is_tried_once_and_says_so(lab):
    card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    result = connect(holdfast, profile, '000000')
    assert fault_of(result) == (12, 'pin-wrong')
    assert json.loads(result.stdout)['detail']['received'] == 'few tries are left'
    assert holdfast.status()['state'] == 'failed' and not holdfast.pids(HELPER)
    assert lab.grammar().violations(lab.capture.packets()) == []
    assert connect(holdfast, profile).returncode == 0


def test_pin_is_asked_for_with_the_tries_that_are_left(lab):
    card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    result = holdfast.cli('connect', '--json', '--non-interactive', profile)
    assert fault_of(result) == (8, 'secret-needed')
    assert holdfast.status()['input'] == {'secret': 'pin', 'token': 'lab card', 'tries': 'enough'}
    assert holdfast.cli('disconnect').returncode == 0
    assert fault_of(connect(holdfast, profile, '000000')) == (12, 'pin-wrong')
    assert holdfast.cli('connect', '--non-interactive', profile).returncode == 8
    assert holdfast.wait_state('needs-input', 5)['input']['tries'] == 'few'


def test_nobody_keeps_the_pin_where_it_can_be_found(lab):
    """Not in a file, not with the engine, and not for a helper that somebody else starts."""
    card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    pin = '42-secret-of-the-card-42'
    assert fault_of(connect(holdfast, profile, pin)) == (12, 'pin-wrong')
    assert connect(holdfast, profile).returncode == 0
    for path in holdfast.root.rglob('*'):
        if path.is_file():
            content = path.read_bytes()
            assert pin.encode() not in content, path
            assert b'\x03pin' not in content, path


def test_rekeys_do_without_the_token(lab):
    token = card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    assert connect(holdfast, profile).returncode == 0
    token.take_away()
    for ike in (True, False):
        holdfast.rekey(ike=ike)
        assert probes.pace_udp(lab.net.client, topology.INNER, rate=500, seconds=1).lost == 0
    assert holdfast.state() == 'connected'


def test_a_new_tunnel_signs_again_without_asking(lab):
    card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    assert connect(holdfast, profile).returncode == 0
    first = helper_of(holdfast)
    lab.gateway.vici.request('terminate', {'ike': 'gateway', 'timeout': '-1'})
    wait_until(lambda: holdfast.state() == 'connected' and holdfast.pids(HELPER) not in ([], [first]), 20, 'the next tunnel')
    assert lab.fetch() == PAGE
    assert lab.grammar().violations(lab.capture.stop()) == []


def take_card(holdfast: Holdfast, token: Token) -> None:
    token.take_away()


def kill_helper(holdfast: Holdfast, token: Token) -> None:
    os.kill(helper_of(holdfast), signal.SIGKILL)


def stop_helper(holdfast: Holdfast, token: Token) -> None:
    os.kill(helper_of(holdfast), signal.SIGSTOP)


@pytest.mark.parametrize('method', [PUBKEY, EAP_TLS])
@pytest.mark.parametrize('loss', [take_card, kill_helper, stop_helper])
def test_token_lost_between_opening_and_signing(lab, method, loss):
    """The gateway is out of reach until the key is open and the token gone."""
    token = card_of(lab)
    lab.start_gateway(connections.gateway(method, lab.server.certificate))
    holdfast, profile = started(lab, mobileconfig.EAP_TLS if method == EAP_TLS else mobileconfig.CERTIFICATE)
    lab.net.set_filter('add rule inet lab loss oifname "gateway" drop')
    assert connect(holdfast, profile, PIN, '--no-wait').returncode == 0
    holdfast.wait_state('handshaking', 10)
    loss(holdfast, token)
    lab.net.set_filter('')
    fault = holdfast.wait_state('failed', 20)['fault']
    assert fault['code'] == 'token-missing' and fault['stage'] == 'authentication', fault
    for pid in holdfast.pids(HELPER):
        os.kill(pid, signal.SIGKILL)
    assert lab.grammar().violations(lab.capture.stop()) == []


@pytest.mark.parametrize(
    'uri, code, received',
    [
        ('pkcs11:token=another', 'token-missing', 'no such token'),
        ('pkcs11:token=lab%20card;object=another', 'credential-missing', 'no such key'),
        (f'{URI}?pin-value=123456', 'credential-invalid', 'a PIN does not belong'),
        (f'{URI}?pin-source=file:/etc/passwd', 'credential-invalid', 'a PIN does not belong'),
        (f'{URI}?module-path=/tmp/evil.so', 'credential-invalid', 'not for a profile to say'),
        ('pkcs11:nonsense', 'credential-invalid', ''),
    ],
)
def test_uris_that_lead_nowhere(lab, uri, code, received):
    card_of(lab)
    holdfast, profile = started(lab, uri=uri)
    result = connect(holdfast, profile)
    assert fault_of(result) == (12, code), result
    assert received in json.loads(result.stdout)['detail']['received']


def test_configuration_that_others_can_change_is_not_used(lab):
    card_of(lab)
    (lab.folder / 'instance/etc/holdfast/keys.conf').chmod(0o666)
    holdfast, profile = started(lab)
    assert fault_of(connect(holdfast, profile)) == (14, 'local-setup-failed')


def test_helper_ends_with_the_engine(lab):
    card_of(lab)
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast, profile = started(lab)
    assert connect(holdfast, profile).returncode == 0
    helper = helper_of(holdfast)
    os.kill(holdfast.engine(), signal.SIGKILL)
    wait_until(lambda: not is_alive(helper), 5, 'end of holdfast-keys')
