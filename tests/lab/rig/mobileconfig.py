"""Writes the file that IT hands out: an Apple configuration profile for IKEv2."""
import plistlib
import uuid
from pathlib import Path
from typing import Any, Optional

from .pki import Authority, Identity, der_of

CERTIFICATE, EAP_TLS, PSK = 'certificate', 'eap-tls', 'psk'
_PREFIX = 'test.example.vpn'

# Types that Apple's format distinguishes for the client's key.
CERTIFICATE_TYPES = {
    'ecdsa256': 'ECDSA256',
    'ecdsa384': 'ECDSA384',
    'ecdsa521': 'ECDSA521',
    'rsa2048': 'RSA',
}


def _payload(kind: str, name: str, **content: Any) -> dict[str, Any]:
    return {
        'PayloadType': kind,
        'PayloadVersion': 1,
        'PayloadIdentifier': f'{_PREFIX}.{name}',
        'PayloadUUID': str(uuid.uuid5(uuid.NAMESPACE_DNS, f'{name}.{_PREFIX}')).upper(),
        'PayloadDisplayName': name,
        **content,
    }


def suite(minutes: int, integrity: str = 'SHA2-384', group: int = 20) -> dict[str, Any]:
    return {
        'EncryptionAlgorithm': 'AES-256-GCM',
        'IntegrityAlgorithm': integrity,
        'DiffieHellmanGroup': group,
        'LifeTimeInMinutes': minutes,
    }


def profile(
    host: str,
    user: str,
    method: str,
    authority: Optional[Authority] = None,
    identity: Optional[Identity] = None,
    password: str = '',
    psk: str = '',
    key_kind: str = 'ecdsa256',
    **overrides: Any,
) -> bytes:
    """The profile's bytes. `overrides` are keys of the IKEv2 dictionary; None removes one."""
    ikev2: dict[str, Any] = {
        'RemoteAddress': host,
        'RemoteIdentifier': host,
        'LocalIdentifier': user,
        'AuthenticationMethod': 'SharedSecret' if method == PSK else 'Certificate',
        'ExtendedAuthEnabled': int(method == EAP_TLS),
        'EnablePFS': 1,
        'DeadPeerDetectionRate': 'Medium',
        'IKESecurityAssociationParameters': suite(240),
        'ChildSecurityAssociationParameters': suite(60),
    }
    payloads = []
    if authority is not None:
        payloads.append(
            _payload(
                'com.apple.security.root',
                'authority',
                PayloadContent=der_of(authority.certificate),
            )
        )
        ikev2['ServerCertificateIssuerCommonName'] = authority.name
    if method == PSK:
        ikev2['SharedSecret'] = psk
    if identity is not None:
        container = identity.pkcs12(identity.certificate.with_suffix('.p12'), password)
        credential = _payload(
            'com.apple.security.pkcs12',
            'identity',
            PayloadContent=container.read_bytes(),
            PayloadCertificateFileName='identity.p12',
            Password=password,
        )
        payloads.append(credential)
        ikev2['PayloadCertificateUUID'] = credential['PayloadUUID']
        ikev2['CertificateType'] = CERTIFICATE_TYPES[key_kind]
    ikev2.update(overrides)
    vpn = _payload(
        'com.apple.vpn.managed',
        'vpn',
        UserDefinedName='Example Corp',
        VPNType='IKEv2',
        IKEv2={key: value for key, value in ikev2.items() if value is not None},
    )
    return plistlib.dumps(
        _payload(
            'Configuration',
            'profile',
            PayloadContent=[*payloads, vpn],
            PayloadOrganization='Example Corp',
            PayloadScope='System',
        )
    )


def write(path: Path, *arguments: Any, **options: Any) -> Path:
    path.write_bytes(profile(*arguments, **options))
    path.chmod(0o600)  # it holds a private key
    return path
