"""A token with a key in it: SoftHSM's, in a folder of the lab, owned by a user and known to one instance alone."""
import shutil
from pathlib import Path

from .pki import Identity
from .process import run

MODULE = Path('/usr/lib/softhsm/libsofthsm2.so')
LABEL, OBJECT, PIN, SO_PIN = 'lab card', 'vpn', '123456', '87654321'
URI = f'pkcs11:token={LABEL.replace(" ", "%20")};object={OBJECT}'


class Token:
    """With one key and its certificate. `user`: whose it is."""

    def __init__(self, folder: Path, user: int, identity: Identity):
        self.folder, self.user = folder, user
        (folder / 'tokens').mkdir(parents=True)
        self.conf = folder / 'softhsm2.conf'
        self.conf.write_text(f'directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n')
        self._own()
        self._run('softhsm2-util', '--init-token', '--free', '--label', LABEL, '--pin', PIN, '--so-pin', SO_PIN)
        self.add(identity, '01', OBJECT)

    def _own(self) -> None:
        for path in [self.folder, *self.folder.rglob('*')]:
            shutil.chown(path, self.user, self.user)

    def _run(self, *argv) -> None:
        command = ['setpriv', f'--reuid={self.user}', f'--regid={self.user}', '--clear-groups', '--']
        run(['env', f'SOFTHSM2_CONF={self.conf}', 'GNUTLS_PIN=' + PIN, *command, *argv])

    def add(self, identity: Identity, id_: str, label: str) -> None:
        """Key and certificate, with the same id and label."""
        key, certificate = self.folder / f'{id_}.key', self.folder / f'{id_}.pem'
        shutil.copy(identity.key, key)
        shutil.copy(identity.certificate, certificate)
        self._own()
        self._run('softhsm2-util', '--import', key, '--token', LABEL, '--pin', PIN, '--label', label, '--id', id_)
        self._run(
            'p11tool', '--provider', MODULE, '--login', '--batch', '--write', '--load-certificate', certificate,
            '--label', label, '--id', id_, f'pkcs11:token={LABEL.replace(" ", "%20")}',
        )  # fmt: skip
        key.unlink()

    def take_away(self) -> None:
        """What is left is a reader without a card."""
        shutil.rmtree(self.folder / 'tokens')
        (self.folder / 'tokens').mkdir()
        self._own()

    def known_to(self, etc: Path, module: bool = True) -> None:
        """Root's configuration of the instance. Without `module`, p11-kit's own configuration says which to load."""
        etc.mkdir(parents=True, exist_ok=True)
        lines = [f'environment = SOFTHSM2_CONF={self.conf}', *([f'module = {MODULE}'] if module else [])]
        (etc / 'keys.conf').write_text('# for the lab\n' + '\n'.join(lines) + '\n')
