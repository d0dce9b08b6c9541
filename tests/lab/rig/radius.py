"""FreeRADIUS in a private tree: the EAP server behind a gateway, as companies run it."""
from pathlib import Path

from .netns import Namespace
from .pki import Authority, Identity
from .process import RigError, wait_until
from .rootfs import Instance, tree

SECRET = 'lab-radius'

_CONF = '''
prefix = /usr
localstatedir = /var
logdir = /run
raddbdir = /etc/lab-radius
run_dir = /run
libdir = /usr/lib/freeradius
security {{ max_attributes = 200
  allow_vulnerable_openssl = no }}
log {{ destination = stderr }}
thread pool {{ start_servers = 1
  max_servers = 4 }}
client gateway {{ ipaddr = 127.0.0.1
  secret = {secret}
  require_message_authenticator = yes }}
modules {{
  eap {{
    default_eap_type = tls
    tls-config common {{
      private_key_file = /etc/lab-radius/server.key
      certificate_file = /etc/lab-radius/server.pem
      ca_file = /etc/lab-radius/ca.pem
      fragment_size = 1024
      tls_min_version = "{minimum}"
      tls_max_version = "{maximum}"
      ecdh_curve = ""
      cache {{ enable = {tickets} }}
    }}
    tls {{ tls = common }}
  }}
}}
server lab {{
  listen {{ type = auth
    ipaddr = 127.0.0.1
    port = 1812 }}
  authorize {{
    eap
  }}
  authenticate {{
    eap
  }}
}}
'''


class Radius:
    """Speaks EAP-TLS between `minimum` and `maximum` ("1.2", "1.3")."""

    def __init__(
        self,
        namespace: Namespace,
        scratch: Path,
        authority: Authority,
        identity: Identity,
        minimum: str = '1.3',
        maximum: str = '1.3',
        tickets: bool = False,
    ):
        scratch.mkdir()
        self.instance = Instance(tree('debian12'), scratch, namespace)
        folder = self.instance.etc / 'lab-radius'
        folder.mkdir()
        (folder / 'server.key').write_bytes(identity.key.read_bytes())
        chain = [identity.certificate, *identity.chain]
        (folder / 'server.pem').write_bytes(b''.join(part.read_bytes() for part in chain))
        (folder / 'ca.pem').write_bytes(authority.certificate.read_bytes())
        conf = _CONF.format(
            secret=SECRET, minimum=minimum, maximum=maximum, tickets='yes' if tickets else 'no'
        )
        (folder / 'radiusd.conf').write_text(conf)

    def start(self) -> 'Radius':
        self.instance.start(
            ['/usr/sbin/freeradius', '-f', '-X', '-d', '/etc/lab-radius', '-n', 'radiusd']
        )
        wait_until(self._is_ready, 20, 'start of FreeRADIUS')
        return self

    def _is_ready(self) -> bool:
        if not self.instance.child.is_running():
            raise RigError(f'FreeRADIUS did not start:\n{self.text()[-3000:]}')
        return 'Ready to process requests' in self.text()

    def text(self) -> str:
        return self.instance.child.text()

    def kill(self) -> None:
        self.instance.kill()

    @staticmethod
    def charon_settings() -> dict:
        """What a gateway adds to its settings to ask this server."""
        return {'plugins': {'eap-radius': {'secret': SECRET, 'server': '127.0.0.1', 'sockets': 4}}}
