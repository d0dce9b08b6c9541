"""strongSwan's daemon in a private tree: a gateway, or the known client that proves the rig."""
import os
import select
import socket
from pathlib import Path
from typing import Any, Optional

from .netns import Namespace
from .process import RigError
from .rootfs import Instance, tree
from .vici import Message, Vici

PLUGINS = '''random nonce openssl pem pkcs1 pkcs8 pkcs12 x509 pubkey constraints revocation hmac kdf
    sha1 sha2 md5 mgf1 aes gcm chapoly curve25519 gmp {kernel} socket-default eap-identity eap-tls
    eap-mschapv2 eap-radius attr updown vici'''


def settings_text(settings: dict[str, Any], depth: int = 0) -> str:
    """A dict as strongswan.conf writes it."""
    pad, out = '  ' * depth, ''
    for key, value in settings.items():
        if isinstance(value, dict):
            out += f'{pad}{key} {{\n{settings_text(value, depth + 1)}{pad}}}\n'
        else:
            out += f'{pad}{key} = {value}\n'
    return out


def daemon_settings(kernel: list[str], settings: Optional[dict], libtls: Optional[dict]) -> str:
    """strongswan.conf. `kernel`: its kernel plug-ins; kernel-libipsec is ESP in user space and
    comes before kernel-netlink, which would claim ESP."""
    log = {'path': '/run/charon.log', 'default': 1, 'ike': 2, 'cfg': 2, 'flush_line': 'yes'}
    general = {
        'load_modular': 'no',
        'load': ' '.join(PLUGINS.format(kernel=' '.join(kernel)).split()),
        'journal': {'default': -1},
        'filelog': {'file': log},
        **(settings or {}),
    }
    return settings_text({'charon-systemd': general, 'libtls': libtls or {}})


class Strongswan:
    """What can be asked of a running strongSwan, wherever it runs."""

    vici: Optional[Vici] = None

    def text(self) -> str:
        """What it logged, and what it wrote to its console."""
        raise NotImplementedError

    def load_authority(self, certificate: Path) -> None:
        self.vici.request(
            'load-cert', {'type': 'X509', 'flag': 'CA', 'data': certificate.read_bytes()}
        )

    def load_key(self, key: Path) -> None:
        self.vici.request('load-key', {'type': 'any', 'data': key.read_bytes()})

    def load_shared(self, kind: str, secret: bytes, *owners: str) -> None:
        self.vici.request('load-shared', {'type': kind, 'data': secret, 'owners': list(owners)})

    def load_pool(self, name: str, **pool) -> None:
        self.vici.request('load-pool', {name: pool})

    def load_connection(self, name: str, connection: Message) -> None:
        self.vici.request('load-conn', {name: connection})

    def initiate(self, child: str, seconds: float = 20) -> None:
        """Brings up a child SA; a failure carries charon's log."""
        answer = self.vici.request(
            'initiate', {'child': child, 'timeout': int(seconds * 1000), 'loglevel': -1}, False
        )
        if answer.get('success') != 'yes':
            raise RigError(f'{answer.get("errmsg")}\n{self.text()[-6000:]}')

    def terminate(self, name: str) -> None:
        self.vici.request('terminate', {'ike': name, 'timeout': 5000})

    def disconnect(self) -> None:
        if self.vici:
            self.vici.close()
            self.vici = None


class Charon(Strongswan):
    """One daemon. `settings` are added to strongswan.conf's section charon-systemd, `libtls` to
    libtls."""

    def __init__(
        self,
        namespace: Namespace,
        scratch: Path,
        tree_name: str = 'debian12',
        settings: Optional[dict] = None,
        libtls: Optional[dict] = None,
    ):
        scratch.mkdir()
        self.instance = Instance(tree(tree_name), scratch, namespace)
        self.log = self.instance.run_dir / 'charon.log'
        conf = daemon_settings(['kernel-libipsec', 'kernel-netlink'], settings, libtls)
        (self.instance.etc / 'strongswan.conf').write_text(conf)

    def start(self) -> 'Charon':
        ready = self.instance.run_dir / 'notify'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(ready))
            self.instance.start(['/usr/sbin/charon-systemd'], NOTIFY_SOCKET='/run/notify')
            while b'READY=1' not in self._notification(notify):
                pass
        ready.unlink()
        self.vici = Vici.at(self.instance.run_dir / 'charon.vici')
        return self

    def _notification(self, notify: socket.socket) -> bytes:
        with open(os.pidfd_open(self.instance.child.pid), 'rb', closefd=True) as end:
            ready, _, _ = select.select([notify, end], [], [], 20)
        if notify not in ready:
            raise RigError(f'charon did not start:\n{self.text()}')
        return notify.recv(4096)

    @property
    def pid(self) -> int:
        return self.instance.pid

    def text(self) -> str:
        console = self.instance.child.text() if self.instance.child else ''
        return console + (self.log.read_text(errors='replace') if self.log.exists() else '')

    def kill(self) -> None:
        self.disconnect()
        self.instance.kill()

    def stop(self) -> None:
        self.disconnect()
        self.instance.stop()
