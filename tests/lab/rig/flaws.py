"""Gateways that a client must not connect to: one function for each fault, by name.

`FLAWS[name](lab)` sets the lab up with that fault. A user of `CERTIFICATE_FLAWS` connects with
his certificate or by EAP-TLS; all of them connect to `connections.HOST`.
"""
from typing import Callable

from . import connections
from .lab import Lab
from .pki import Authority, Identity

PSK = b'correct horse battery staple'


def _certificate(lab: Lab, identity: Identity, **options) -> None:
    connection = connections.gateway(connections.PUBKEY, identity.certificate, **options)
    lab.start_gateway(connection, identity)


def wrong_psk(lab: Lab) -> None:
    connection = connections.gateway(connections.PSK, server_auth=connections.PSK)
    lab.start_gateway(connection, psk=b'another ' + PSK)


def expired(lab: Lab) -> None:
    identity = lab.authority.server(connections.HOST, 'expired', life=Authority.life(-30, -1))
    _certificate(lab, identity)


def not_yet_valid(lab: Lab) -> None:
    identity = lab.authority.server(connections.HOST, 'future', life=Authority.life(2, 30))
    _certificate(lab, identity)


def untrusted(lab: Lab) -> None:
    """An authority of the same name that the client does not have."""
    other = Authority(lab.folder / 'other-pki', lab.authority.name)
    _certificate(lab, other.server(connections.HOST))


def wrong_name(lab: Lab) -> None:
    _certificate(
        lab, lab.authority.server('other.example.test', 'other'), host='other.example.test'
    )


def no_server_usage(lab: Lab) -> None:
    """A user's certificate that carries the gateway's name."""
    names = [f'DNS:{connections.HOST}']
    _certificate(lab, lab.authority.client('mallory', 'mallory', alt_names=names))


def no_common_proposal(lab: Lab) -> None:
    _certificate(lab, lab.server, ike='aes128-sha1-modp2048')


def no_common_child_proposal(lab: Lab) -> None:
    _certificate(lab, lab.server, esp='aes128-sha1-modp2048')


def unknown_user(lab: Lab) -> None:
    """The gateway trusts another authority for its users."""
    other = Authority(lab.folder / 'user-pki', 'User CA')
    connection = connections.gateway(connections.PUBKEY, lab.server.certificate)
    connection['remote']['cacerts'] = [other.certificate.read_bytes()]
    lab.start_gateway(connection)


def dead(lab: Lab) -> None:
    """Nothing comes back, not even an ICMP error."""
    lab.net.set_filter('add rule inet lab loss oifname "gateway" drop')


def no_daemon(lab: Lab) -> None:
    """The host answers with ICMP port unreachable; the lab simply has no gateway."""


def no_such_name(lab: Lab) -> None:
    lab.set_names(connections.HOST, None)
    _certificate(lab, lab.server)


CERTIFICATE_FLAWS: dict[str, Callable[[Lab], None]] = {
    'expired': expired,
    'not-yet-valid': not_yet_valid,
    'untrusted': untrusted,
    'wrong-name': wrong_name,
    'no-server-usage': no_server_usage,
    'no-common-proposal': no_common_proposal,
    'no-common-child-proposal': no_common_child_proposal,
    'unknown-user': unknown_user,
    'dead': dead,
    'no-daemon': no_daemon,
    'no-such-name': no_such_name,
}
FLAWS = {'wrong-psk': wrong_psk, **CERTIFICATE_FLAWS}
