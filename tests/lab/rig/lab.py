"""One lab: a network, a gateway with servers behind it, a resolver, a capture of the outer wire.

    with Lab() as lab:
        lab.start_gateway(connections.gateway(connections.PUBKEY, lab.server.certificate))
        ... something connects from lab.net.client ...
        assert lab.grammar().violations(lab.capture.stop()) == []

Everything is taken down when the block ends, in reverse order, also after an exception.
"""
import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Optional

from . import connections, probes, topology
from .capture import Capture
from .charon import Charon, Strongswan
from .connections import HOST, USER
from .grammar import Grammar
from .netns import Namespace
from .pki import Authority, Identity
from .process import RigError, is_alive, wait_readable
from .radius import Radius
from .uml import UmlNode, client_place, gateway_place
from .vici import Message

HERE = Path(__file__).parent
PAGE = 'This page exists only behind the gateway.'
OUTSIDE_PAGE = 'This page is on the open Internet.'
RADIUS_HOST = 'radius.example.test'
DNS_SERVER, DOMAIN = topology.INNER, 'corp.example.test'


class Lab:
    """`folder`: where to work (kept), instead of a temporary folder (removed)."""

    def __init__(self, folder: Optional[Path] = None, nat: bool = False):
        self.stack = contextlib.ExitStack()
        self.nat = nat
        self.folder = folder
        self.gateway: Optional[Strongswan] = None

    def __enter__(self) -> 'Lab':
        try:
            self._set_up()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *failure) -> None:
        self.stack.close()

    def _set_up(self) -> None:
        delete_leftover_folders()
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix=f'hf-lab-{os.getpid()}-'))
            self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.net = topology.Network(self.stack)
        if self.nat:
            self.net.set_nat()
        self.authority = Authority(self.folder / 'pki')
        self.server = self.authority.server(HOST)
        self.user = self.authority.client(USER)
        self._start_names()
        self._serve(self.net.gateway, 'inner', PAGE, topology.INNER, topology.INNER6)
        self._serve(self.net.router, 'outer', OUTSIDE_PAGE, topology.INTERNET, topology.INTERNET6)
        self.capture = Capture(self.net.router, 'client', self.folder / 'outer.pcap')
        self.stack.callback(self.capture.abort)

    # Servers.

    def _start_server(self, where: Namespace, name: str, *argv) -> None:
        child = where.spawn(['/usr/bin/python3', *argv], self.folder / f'{name}.log', stdout=-1)
        self.stack.callback(child.stop)
        ready = wait_readable(child.popen.stdout.fileno(), 10) and child.popen.stdout.readline()
        child.popen.stdout.close()
        if ready != b'ready\n':
            raise RigError(f'{name} did not start: {child.text()}')

    def _serve(self, where: Namespace, name: str, page: str, *addresses: str) -> None:
        self._start_server(where, f'{name}-services', HERE / 'services.py', page, *addresses)

    def _start_names(self) -> None:
        """The resolver outside knows the gateway; the one inside knows the inner host as well."""
        self.set_names(HOST, [topology.GATEWAY])
        inner = {f'intranet.{DOMAIN}': [topology.INNER, topology.INNER6]}
        (self.folder / 'inner.zone').write_text(json.dumps(inner))
        for where, name, address in (
            (self.net.router, 'outer', topology.CLIENT_ROUTER),
            (self.net.gateway, 'inner', DNS_SERVER),
        ):
            zone, log = self.folder / f'{name}.zone', self.folder / f'{name}.queries'
            self._start_server(where, f'{name}-names', HERE / 'names.py', address, zone, log)

    def set_names(self, name: str, addresses: Optional[list[str]]) -> None:
        """What the outer resolver says from now on; None: the name does not exist."""
        zone = {} if addresses is None else {name: addresses}
        part = self.folder / 'outer.zone.part'
        part.write_text(json.dumps(zone))
        part.rename(self.folder / 'outer.zone')

    def queries(self, which: str = 'outer') -> list[dict]:
        """What the `outer` or `inner` resolver was asked, in order."""
        return [json.loads(line) for line in (self.folder / f'{which}.queries').open()]

    # Daemons.

    def start_gateway(
        self,
        connection: Message,
        identity: Optional[Identity] = None,
        psk: Optional[bytes] = None,
        tree_name: str = 'debian12',
        settings: Optional[dict] = None,
        libtls: Optional[dict] = None,
    ) -> Charon:
        """Starts strongSwan with one connection and its `identity` (default: `server`)."""
        scratch = self._scratch('gateway')
        gateway = Charon(self.net.gateway, scratch, tree_name, settings, libtls)
        self.stack.callback(gateway.kill)
        return self._serve_users(gateway, connection, identity, psk)

    def start_uml_gateway(
        self,
        connection: Message,
        identity: Optional[Identity] = None,
        psk: Optional[bytes] = None,
    ) -> UmlNode:
        """The same with a kernel of its own (kernel ESP: `esn`), booted in a few seconds."""
        words = {'HF_INNER': topology.INNER, 'HF_INNER6': topology.INNER6, 'HF_PAGE': PAGE}
        gateway = UmlNode(self.net, gateway_place(self.net), self._scratch('uml'), **words)
        self.stack.callback(gateway.kill)
        return self._serve_users(gateway, connection, identity, psk)

    def start_uml_client(self, connection: Message) -> UmlNode:
        """strongSwan on a kernel of its own as the client; `shared`/ping has its last answer."""
        words = {'HF_PROBE': topology.INNER}
        client = UmlNode(self.net, client_place(self.net), self._scratch('uml-client'), **words)
        self.stack.callback(client.kill)
        client.start()
        self._load_credentials(client, self.user, None)
        client.load_connection('client', connection)
        return client

    def _serve_users(self, gateway, connection: Message, identity, psk):
        gateway.start()
        self._load_credentials(gateway, identity or self.server, psk)
        gateway.load_pool(
            connections.POOL, addrs='10.99.0.0/24', dns=[DNS_SERVER], **{'25': [DOMAIN]}
        )
        gateway.load_pool(connections.POOL6, addrs='fd77:0:0:99::/64')
        gateway.load_connection('gateway', connection)
        self.gateway = gateway
        return gateway

    def start_known_client(
        self,
        connection: Message,
        identity: Optional[Identity] = None,
        psk: Optional[bytes] = None,
        tree_name: str = 'debian12',
        libtls: Optional[dict] = None,
    ) -> Charon:
        """strongSwan in the client's namespace, to show that a failure is not the rig's."""
        client = Charon(self.net.client, self._scratch('known-client'), tree_name, {}, libtls)
        resolver = f'nameserver {topology.CLIENT_ROUTER}\n'
        (client.instance.etc / 'resolv.conf').write_text(resolver)
        self.stack.callback(client.kill)
        client.start()
        self._load_credentials(client, identity or self.user, psk)
        client.load_connection('client', connection)
        return client

    def start_radius(self, server: Optional[Identity] = None, **options) -> Radius:
        """FreeRADIUS beside the gateway, for EAP methods that run behind it (EAP_RADIUS)."""
        identity = server or self.authority.server(RADIUS_HOST, 'radius')
        radius = Radius(
            self.net.gateway, self._scratch('radius'), self.authority, identity, **options
        )
        self.stack.callback(radius.kill)
        return radius.start()

    def _load_credentials(
        self, charon: Strongswan, identity: Identity, psk: Optional[bytes]
    ) -> None:
        charon.load_authority(self.authority.certificate)
        charon.load_key(identity.key)
        if psk is not None:
            charon.load_shared('IKE', psk)

    def _scratch(self, name: str) -> Path:
        count = sum(1 for _ in self.folder.glob(f'{name}*'))
        return self.folder / f'{name}{count or ""}'

    # Looking.

    def grammar(self, resolve: bool = True) -> Grammar:
        """The allow-grammar of this lab's outer wire; `resolve`: DNS for the gateway's name."""
        return Grammar(
            client_mac=mac_of(self.net.client, 'out'),
            gateways={topology.GATEWAY, topology.GATEWAY6},
            resolvers={topology.CLIENT_ROUTER} if resolve else set(),
            names={HOST},
        )

    def fetch(self, address: str = topology.INNER, seconds: float = 5) -> str:
        """The page that a user in the client's namespace gets from `address`."""
        return probes.fetch(self.net.client, address, seconds=seconds)

    def ping(self, address: str = topology.INNER, seconds: float = 2) -> bool:
        return probes.ping(self.net.client, address, seconds) is not None


def delete_leftover_folders() -> None:
    """Folders of runs that were killed before they could remove them."""
    for folder in Path(tempfile.gettempdir()).glob('hf-lab-*-*'):
        maker = folder.name.split('-')[2]
        if maker.isdigit() and not is_alive(int(maker)):
            shutil.rmtree(folder, ignore_errors=True)


def mac_of(namespace: Namespace, interface: str) -> bytes:
    listing = namespace.run(['ip', '-json', 'link', 'show', interface]).stdout
    return bytes.fromhex(json.loads(listing)[0]['address'].replace(':', ''))
