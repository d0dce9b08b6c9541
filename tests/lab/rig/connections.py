"""Connections as charon takes them: what a gateway accepts, and what a known client asks for.

Each function returns the message of vici's `load-conn`. Tests change single keys of the result.
"""
from pathlib import Path
from typing import Optional

from .topology import INNER_NET, INNER_NET6
from .vici import Message

HOST = 'gw.example.test'
USER = 'alice@example.test'
IKE = 'aes256gcm16-prfsha384-ecp384,aes256gcm16-prfsha256-x25519-ecp256,aes256-sha256-x25519-ecp256'
ESP = 'aes256gcm16-ecp384-x25519-ecp256,aes256-sha256-x25519-ecp256'
POOL, POOL6 = 'inner4', 'inner6'

# How a user proves himself, in charon's words for the remote (gateway) or local (client) side.
PUBKEY, PSK, EAP_TLS, EAP_RADIUS = 'pubkey', 'psk', 'eap-tls', 'eap-radius'


def child(local: list[str], remote: list[str], esp: str = ESP) -> Message:
    return {
        'local_ts': local,
        'remote_ts': remote,
        'esp_proposals': esp.split(','),
        'mode': 'tunnel',
    }


def gateway(
    user_auth: str,
    certificate: Optional[Path] = None,
    server_auth: str = PUBKEY,
    host: str = HOST,
    ike: str = IKE,
    esp: str = ESP,
) -> Message:
    """A roadwarrior gateway: addresses of both families, everything of the inner networks."""
    local: Message = {'auth': server_auth, 'id': host}
    if certificate is not None:
        local['certs'] = [certificate.read_bytes()]
    remote: Message = {'auth': user_auth}
    if user_auth.startswith('eap'):
        remote['eap_id'] = '%any'  # asks for the EAP identity
    return {
        'version': 2,
        'local_addrs': ['%any'],
        'remote_addrs': ['%any'],
        'proposals': ike.split(','),
        'encap': True,  # kernel-libipsec knows only ESP in UDP
        'fragmentation': 'yes',
        'send_cert': 'always',
        'pools': [POOL, POOL6],
        'local': local,
        'remote': remote,
        'children': {'net': child([INNER_NET, INNER_NET6], ['dynamic'], esp)},
    }


def client(
    address: str,
    user_auth: str,
    certificate: Optional[Path] = None,
    server_auth: str = PUBKEY,
    user: str = USER,
    host: str = HOST,
    ike: str = IKE,
    esp: str = ESP,
) -> Message:
    """strongSwan as the client of `gateway`."""
    local: Message = {'auth': user_auth, 'id': user}
    if user_auth.startswith('eap'):
        local['eap_id'] = user
    if certificate is not None:
        local['certs'] = [certificate.read_bytes()]
    return {
        'version': 2,
        'remote_addrs': [address],
        'proposals': ike.split(','),
        'encap': True,
        'vips': ['0.0.0.0', '::'],
        'local': local,
        'remote': {'auth': server_auth, 'id': host},
        'children': {'net': child(['dynamic'], [INNER_NET, INNER_NET6], esp)},
    }
