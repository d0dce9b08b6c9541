"""Certificates for tests, made with the openssl command: any key type, any flaw."""
import datetime
from pathlib import Path
from typing import Optional, Sequence

from .process import run

KEYS = {
    'ecdsa256': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    'ecdsa384': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    'ecdsa521': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
    'rsa2048': ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    'rsa1024': ['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
    'ed25519': ['ED25519'],
}

_CA_SETTINGS = '''[ca]
default_ca = settings
[settings]
new_certs_dir = {folder}
database = {folder}/index.txt
rand_serial = yes
default_md = {digest}
policy = any
unique_subject = no
[any]
countryName = optional
organizationName = optional
commonName = optional
'''


class Identity:
    """A certificate, its key, and the chain above it without the root."""

    def __init__(self, certificate: Path, key: Path, chain: Sequence[Path] = ()):
        self.certificate, self.key, self.chain = certificate, key, list(chain)

    def der(self) -> bytes:
        return der_of(self.certificate)

    def pkcs12(self, path: Path, password: str, *options: str) -> Path:
        """Certificate, key and chain in one file, as IT hands them out."""
        chain = path.with_suffix('.chain.pem')
        chain.write_bytes(b''.join(part.read_bytes() for part in self.chain))
        extra = ['-certfile', chain] if self.chain else []
        run(
            ['openssl', 'pkcs12', '-export', '-in', self.certificate, '-inkey', self.key]
            + ['-out', path, '-passout', f'pass:{password}', *extra, *options]
        )
        chain.unlink()
        return path


def der_of(certificate: Path) -> bytes:
    der = certificate.with_suffix('.der')
    run(['openssl', 'x509', '-in', certificate, '-outform', 'DER', '-out', der])
    return der.read_bytes()


def make_key(path: Path, kind: str) -> Path:
    run(['openssl', 'genpkey', '-quiet', '-algorithm', *KEYS[kind], '-out', path])
    path.chmod(0o600)
    return path


def _stamp(when: datetime.datetime) -> str:
    return when.strftime('%Y%m%d%H%M%SZ')


class Authority:
    """A certificate authority in `folder`; `parent` makes it an intermediate one."""

    def __init__(
        self,
        folder: Path,
        name: str = 'Example CA',
        kind: str = 'ecdsa256',
        parent: Optional['Authority'] = None,
    ):
        folder.mkdir(parents=True)
        self.folder, self.name, self.parent = folder, name, parent
        self.certificate = folder / 'ca.pem'
        self.key = make_key(folder / 'ca.key', kind)
        digest = 'default' if kind == 'ed25519' else 'sha256'
        (folder / 'ca.conf').write_text(_CA_SETTINGS.format(folder=folder, digest=digest))
        (folder / 'index.txt').touch()
        usage = [
            'basicConstraints=critical,CA:TRUE',
            'keyUsage=critical,keyCertSign,cRLSign',
            'subjectKeyIdentifier=hash',
        ]
        self._sign(parent or self, f'/CN={name}', self.key, self.certificate, usage, self.life())

    @staticmethod
    def life(start_days: float = -1, end_days: float = 365) -> tuple[str, str]:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            _stamp(now + datetime.timedelta(days=start_days)),
            _stamp(now + datetime.timedelta(days=end_days)),
        )

    @property
    def chain(self) -> list[Path]:
        return [] if self.parent is None else [self.certificate, *self.parent.chain]

    @staticmethod
    def _sign(signer, subject: str, key: Path, out: Path, extensions, life) -> None:
        request, settings = out.with_suffix('.csr'), out.with_suffix('.ext')
        run(['openssl', 'req', '-new', '-key', key, '-subj', subject, '-out', request])
        settings.write_text('[e]\n' + '\n'.join(extensions) + '\n')
        issuer = ['-selfsign'] if signer.certificate == out else ['-cert', signer.certificate]
        run(
            ['openssl', 'ca', '-batch', '-notext', '-config', signer.folder / 'ca.conf']
            + ['-keyfile', signer.key, *issuer, '-in', request, '-out', out]
            + ['-startdate', life[0], '-enddate', life[1]]
            + ['-extensions', 'e', '-extfile', settings]
        )
        request.unlink()
        settings.unlink()

    def issue(
        self,
        file_name: str,
        subject: str,
        alt_names: Sequence[str] = (),
        usages: Sequence[str] = (),
        kind: str = 'ecdsa256',
        life: Optional[tuple[str, str]] = None,
    ) -> Identity:
        """A leaf: alt_names such as 'DNS:gw.example.test', usages such as 'serverAuth'."""
        key = make_key(self.folder / f'{file_name}.key', kind)
        certificate = self.folder / f'{file_name}.pem'
        extensions = [
            'basicConstraints=critical,CA:FALSE',
            'keyUsage=critical,digitalSignature',
            'subjectKeyIdentifier=hash',
            'authorityKeyIdentifier=keyid',
        ]
        if alt_names:
            extensions.append('subjectAltName=' + ','.join(alt_names))
        if usages:
            extensions.append('extendedKeyUsage=' + ','.join(usages))
        self._sign(self, subject, key, certificate, extensions, life or self.life())
        return Identity(certificate, key, self.chain)

    def server(self, host: str, file_name: str = 'gateway', **options) -> Identity:
        options.setdefault('alt_names', [f'DNS:{host}'])
        options.setdefault('usages', ['serverAuth'])
        return self.issue(file_name, f'/CN={host}', **options)

    def client(self, user: str, file_name: str = 'client', **options) -> Identity:
        options.setdefault('alt_names', [f'email:{user}'])
        options.setdefault('usages', ['clientAuth'])
        return self.issue(file_name, f'/CN={user}', **options)
