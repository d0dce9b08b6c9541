"""Gateways and clients with a kernel of their own: strongSwan in User-Mode Linux, ESP by the
kernel.

What kernel-libipsec cannot do is tested here: extended sequence numbers, and a peer that is
nobody's user space. A guest takes over the address of a namespace, which is then only its cable.
"""
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from . import topology
from .charon import Strongswan, daemon_settings
from .netns import Namespace
from .process import RigError, wait_until
from .rootfs import Instance, tree
from .vici import Vici

HERE = Path(__file__).parent
VICI_PORT = 4502
BOOT_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Where a guest is plugged in: it takes over the namespace's address on `out`."""

    namespace: Namespace
    address: str
    router: str


def gateway_place(net: topology.Network) -> Place:
    return Place(net.gateway, topology.GATEWAY, topology.GATEWAY_ROUTER)


def client_place(net: topology.Network) -> Place:
    return Place(net.client, topology.CLIENT, topology.CLIENT_ROUTER)


class UmlNode(Strongswan):
    """One guest, booted in about 3 s. `words` are settings of uml_init.sh."""

    def __init__(self, net: topology.Network, place: Place, scratch: Path, **words: str):
        self.net, self.place = net, place
        self.words = {'HF_ADDRESS': place.address, 'HF_ROUTER': place.router, **words}
        scratch.mkdir()
        self.instance = Instance(tree('uml'), scratch, place.namespace)
        self.shared = self.instance.run_dir
        vici = {'vici': {'socket': f'tcp://0.0.0.0:{VICI_PORT}'}}
        conf = daemon_settings(['kernel-netlink'], {'plugins': vici}, None)
        (self.instance.etc / 'strongswan.conf').write_text(conf)
        shutil.copy(HERE / 'services.py', self.shared)
        shutil.copy(HERE / 'uml_init.sh', self.shared / 'init')
        (self.shared / 'init').chmod(0o755)
        modules = scratch / 'upper/usr/lib/modules'
        modules.mkdir(parents=True)
        for release in (self.instance.tree / 'usr/lib/uml/modules').iterdir():
            (modules / release.name).symlink_to(f'../uml/modules/{release.name}')

    def start(self) -> 'UmlNode':
        self._plug_in()
        kernel = [
            'mem=256M',
            'con=null',
            'con0=null,fd:1',
            'quiet',
            'vec0:transport=tap,ifname=tap',
        ]
        root = ['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw', 'init=/run/init']
        settings = [f'{key}="{value}"' for key, value in self.words.items()]
        self.instance.start(
            ['/usr/bin/linux.uml', *kernel, *root, *settings], TMPDIR='/dev/shm', HOME='/tmp'
        )
        self.vici = Vici(self._control())
        if 'HF_INNER' in self.words:
            services = self.shared / 'services.log'
            wait_until(lambda: 'ready' in services.read_text(), 20, 'servers in the guest')
        return self

    def _plug_in(self) -> None:
        """The cable of the namespace goes through to a TAP device for the guest."""
        self.place.namespace.ip(
            'link add guests type bridge',
            'tuntap add tap mode tap',
            'link set tap master guests up',
            'address flush dev out',
            'link set out master guests',
            'link set guests up',
        )

    def _control(self) -> socket.socket:
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end and self.instance.child.is_running():
            with self.net.router.entered():
                link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            link.settimeout(0.2)
            try:
                link.connect((self.place.address, VICI_PORT))
                return link
            except OSError:
                link.close()
                time.sleep(0.05)
        raise RigError(f'the guest did not start:\n{self.text()}')

    def text(self) -> str:
        logs = [self.shared / name for name in ('console.log', 'charon.log')]
        guest = ''.join(log.read_text(errors='replace') for log in logs if log.exists())
        return self.instance.child.text() + guest

    def kill(self) -> None:
        self.disconnect()
        self.instance.kill()
