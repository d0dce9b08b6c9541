"""The certificates and profiles of the rig are what their names say."""
import plistlib

import pytest

from rig import mobileconfig
from rig.pki import KEYS, Authority
from rig.process import RigError, run


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / 'pki')


def verify(authority: Authority, certificate, *options: str) -> None:
    run(['openssl', 'verify', '-CAfile', authority.certificate, *options, certificate])


@pytest.mark.parametrize('kind', sorted(KEYS))
def test_leaf_of_every_kind_verifies(authority, kind):
    leaf = authority.server('gw.example.test', kind, kind=kind)
    if kind == 'rsa1024':
        with pytest.raises(RigError, match='key too weak'):
            verify(authority, leaf.certificate, '-auth_level', '2')
    else:
        verify(authority, leaf.certificate, '-purpose', 'sslserver')
        verify(authority, leaf.certificate, '-verify_hostname', 'gw.example.test')
        with pytest.raises(RigError):
            verify(authority, leaf.certificate, '-verify_hostname', 'other.example.test')


def test_life_is_kept(authority):
    past = authority.server('gw.example.test', 'past', life=Authority.life(-30, -1))
    future = authority.server('gw.example.test', 'future', life=Authority.life(1, 30))
    with pytest.raises(RigError, match='expired'):
        verify(authority, past.certificate)
    with pytest.raises(RigError, match='not yet valid'):
        verify(authority, future.certificate)


def test_chain_through_an_intermediate(authority, tmp_path):
    lower = Authority(tmp_path / 'lower', 'Lower CA', parent=authority)
    leaf = lower.server('gw.example.test')
    with pytest.raises(RigError):
        verify(authority, leaf.certificate)
    verify(authority, leaf.certificate, '-untrusted', leaf.chain[0])


def test_mobileconfig_carries_a_usable_identity(authority, tmp_path):
    user = authority.client('alice@example.test')
    path = mobileconfig.write(
        tmp_path / 'corp.mobileconfig',
        'gw.example.test',
        'alice@example.test',
        mobileconfig.EAP_TLS,
        authority,
        user,
        'secret',
    )
    payloads = {p['PayloadType']: p for p in plistlib.loads(path.read_bytes())['PayloadContent']}
    pkcs12 = payloads['com.apple.security.pkcs12']
    vpn = payloads['com.apple.vpn.managed']['IKEv2']
    assert vpn['PayloadCertificateUUID'] == pkcs12['PayloadUUID']
    assert (vpn['AuthenticationMethod'], vpn['ExtendedAuthEnabled']) == ('Certificate', 1)
    (tmp_path / 'a.p12').write_bytes(pkcs12['PayloadContent'])
    password = ['-passin', f'pass:{pkcs12["Password"]}']
    opened = run(['openssl', 'pkcs12', '-in', tmp_path / 'a.p12', '-nokeys', *password]).stdout
    assert user.certificate.read_text().strip() in opened
