"""What bad input gets: every fault ends in `failed` with its own code and exit status, says what was offered and what came back,
and leaves nothing behind."""
import json

import pytest

from rig import connections, mobileconfig, topology
from rig.connections import HOST, USER
from rig.flaws import CERTIFICATE_FLAWS, FLAWS
from rig.flaws import PSK as SECRET
from rig.holdfast import OWNER, Holdfast
from rig.lab import Lab

IKE_OFFERED, ESP_OFFERED = ['encr aes256gcm16', 'prf ', 'ke ecp384'], ['encr aes256gcm16', 'ke ecp384']
REJECTED, NONE_CHOSEN = 'AUTHENTICATION_FAILED', 'NO_PROPOSAL_CHOSEN'

EXPECTED = {  # code, exit status, what `offered` contains, what `received` contains
    'wrong-psk': ('auth-rejected', 7, [USER], [REJECTED]),
    'expired': ('gateway-certificate-expired', 11, ['valid '], [HOST, 'valid until ']),
    'not-yet-valid': ('gateway-certificate-not-yet-valid', 11, ['valid '], [HOST, 'valid from ']),
    'untrusted': ('gateway-certificate-untrusted', 11, ['Example CA'], [HOST, 'issuer']),
    'no-server-usage': ('gateway-certificate-purpose', 11, ['serverAuth'], ['clientAuth']),
    'no-common-proposal': ('no-common-proposal', 10, IKE_OFFERED, [NONE_CHOSEN]),
    'no-common-child-proposal': ('no-common-proposal', 10, ESP_OFFERED, [NONE_CHOSEN]),
    'unknown-user': ('auth-rejected', 7, [USER], [REJECTED]),
    'dead': ('gateway-no-reply', 9, [topology.GATEWAY], []),
    'no-daemon': ('gateway-no-reply', 9, [topology.GATEWAY], []),
    'no-such-name': ('gateway-name-not-found', 9, [HOST], []),
    # The gateway has no connection for the name that we ask for, and says no more than that.
    'wrong-name': ('auth-rejected', 7, [USER], [REJECTED]),
}


def assert_fault(fault: dict, detail: dict, code: str, offered: list[str], received: list[str]) -> None:
    """`detail` says what we offered and what came back; nothing came back where `received` is empty."""
    assert fault['code'] == code
    assert offered or received
    assert all(part in detail['offered'] for part in offered), detail
    assert all(part in detail['received'] for part in received), detail
    assert bool(detail['received']) == bool(received), detail


def assert_connect_fails(holdfast: Holdfast, profile: str, code: str, status: int, offered: list[str], received: list[str]) -> None:
    """The same is said in the command's answer and in the status afterwards, and nothing is left behind."""
    before = holdfast.leftovers()
    result = holdfast.cli('connect', '--json', profile, timeout=60)
    assert result.returncode == status, result
    answer = json.loads(result.stdout)
    assert_fault(answer, answer['detail'], code, offered, received)
    after = holdfast.status()
    assert after['state'] == 'failed' and not after['blocking']
    assert_fault(after['fault'], after['fault'], code, offered, received)
    assert holdfast.leftovers() == before
    assert holdfast.lab.grammar().violations(holdfast.lab.capture.stop()) == []


@pytest.mark.parametrize('flaw', sorted(FLAWS))
def test_fault_is_named_and_leaves_nothing(flaw):
    with Lab() as lab:
        FLAWS[flaw](lab)
        holdfast = Holdfast(lab).start()
        method = mobileconfig.PSK if flaw not in CERTIFICATE_FLAWS else mobileconfig.CERTIFICATE
        options = {'psk': SECRET.decode()} if method == mobileconfig.PSK else {}
        assert_connect_fails(holdfast, holdfast.import_profile(method, **options), *EXPECTED[flaw])


def test_gateway_of_another_name_is_refused_by_us():
    """It answers to the name that we ask for and proves another one."""
    with Lab() as lab:
        other = lab.authority.server('other.example.test', 'other')
        lab.start_gateway(connections.gateway(connections.PUBKEY, other.certificate, host='%any'), other)
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
        assert_connect_fails(holdfast, profile, 'gateway-identity-mismatch', 11, [HOST], ['other.example.test'])


def assert_nothing_was_sent(lab: Lab) -> None:
    assert not [packet for packet in lab.capture.packets() if packet.destination_port in (53, 500, 4500)]


def test_missing_client_key():
    with Lab() as lab:
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
        (holdfast.root / f'var/lib/holdfast/secrets/{OWNER}' / profile).unlink()
        assert_connect_fails(holdfast, profile, 'credential-missing', 12, ['private-key', 'certificates'], [])
        assert_nothing_was_sent(lab)


def test_stored_profile_that_was_spoilt():
    """An admin's editor left a value that means nothing."""
    with Lab() as lab:
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
        holdfast.change_profile(profile, 'auth', 'guess')
        assert_connect_fails(holdfast, profile, 'profile-invalid', 15, ['right type'], ['auth'])
        assert_nothing_was_sent(lab)


def test_unusable_profile_does_not_disturb_a_tunnel():
    with Lab() as lab:
        lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
        holdfast.connect(profile)
        (holdfast.root / f'var/lib/holdfast/secrets/{OWNER}' / profile).unlink()
        assert holdfast.cli('connect', profile).returncode == 12
        assert holdfast.state() == 'connected' and lab.ping()


MALFORMED = {  # text, code, what `offered` and `received` contain
    'cut-short': ('<?xml version="1.0"?><plist><dict><key>PayloadType</key>', 'profile-invalid', ['property list'], ['plist']),
    'no-format': ('Dear all, here is the VPN.', 'profile-format-unknown', ['mobileconfig'], []),
}


@pytest.mark.parametrize('fault', sorted(MALFORMED))
def test_malformed_profile_is_not_imported(fault):
    text, code, offered, received = MALFORMED[fault]
    with Lab() as lab:
        holdfast = Holdfast(lab).start()
        before = holdfast.leftovers()
        path = lab.folder / 'broken.mobileconfig'
        path.write_text(text)
        path.chmod(0o644)
        result = holdfast.cli('import', '--json', path)
        assert result.returncode == 15, result
        answer = json.loads(result.stdout)
        assert_fault(answer, answer['detail'], code, offered, received)
        assert not list((holdfast.root / 'var/lib/holdfast/profiles').rglob('*.json'))
        assert holdfast.leftovers() == before
