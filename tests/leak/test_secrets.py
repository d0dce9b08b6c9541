"""Secrets with bytes that nobody mistakes: used through the command line, then looked for in whatever a process leaves behind.
One second after the end of the connection, and after a crash of each process, nothing holds them: no memory, no log, no trace, no
status, no file but the store's own, no core, no command line, no environment."""
import base64
import contextlib
import os
import re
import resource
import signal
import time
from pathlib import Path

import pytest

from rig import connections, mobileconfig
from rig.connections import HOST, PSK, PUBKEY, USER
from rig.holdfast import OWNER, Holdfast
from rig.instance import native_profile
from rig.lab import Lab
from rig.process import run, wait_until

PLANTED = 'Zq7-planted-PSK-4d1f9a3c77e05b28'
LEFT = 1  # seconds after the end at which nothing may be left


def memory_of(pid: int) -> bytes:
    """All that can be read of it: /proc/PID/mem along /proc/PID/maps."""
    found = []
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        maps = Path(f'/proc/{pid}/maps').read_text().splitlines()
        with open(f'/proc/{pid}/mem', 'rb', buffering=0) as memory:
            for line in maps:
                place, rights = line.split()[:2]
                start, end = (int(part, 16) for part in place.split('-'))
                if '[v' in line or rights[0] != 'r':
                    continue
                with contextlib.suppress(OSError):
                    memory.seek(start)
                    found.append(memory.read(end - start))
    return b'\0'.join(found)


def proc_texts(pid: int) -> bytes:
    texts = b''
    for name in ('cmdline', 'environ'):
        with contextlib.suppress(OSError):
            texts += Path(f'/proc/{pid}/{name}').read_bytes()
    return texts


def forms(secret: bytes) -> list[bytes]:
    """As it is, as hexadecimal, as base64 would begin it (three alignments), backwards as bignums keep it."""
    whole = secret[: len(secret) // 3 * 3]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(whole), secret[::-1]]


def hits_in(content: bytes, secrets: dict[str, bytes]) -> list[str]:
    return [name for name, secret in secrets.items() if any(form in content for form in forms(secret))]


def files_under(root: Path) -> list[Path]:
    return [path for path in root.rglob('*') if path.is_file() and not path.is_symlink()]


def is_kept(path: Path, connected: bool) -> bool:
    """The store's own; and what a daemon that crashes in a session goes on with, while that lasts."""
    return 'var/lib/holdfast/secrets/' in str(path) or (connected and str(path).endswith('run/holdfast/session'))


def hits(root: Path, pids: list[int], secrets: dict[str, bytes], others: list[Path], connected: bool = False) -> list[str]:
    """Where they are."""
    found = []
    for pid in pids:
        name = Path(os.readlink(f'/proc/{pid}/exe')).name
        found += [f'memory of {name}: {hit}' for hit in hits_in(memory_of(pid), secrets)]
        found += [f'words of {name}: {hit}' for hit in hits_in(proc_texts(pid), secrets)]
    for path in [*files_under(root), *others]:
        if is_kept(path, connected):
            assert path.stat().st_mode & 0o777 == 0o600, path
            continue
        found += [f'{path}: {hit}' for hit in hits_in(path.read_bytes(), secrets)]
    return found


@contextlib.contextmanager
def cores_allowed(folder: Path):
    """Whatever crashes may write a core, into `folder` where the kernel's pattern can be set."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    pattern = Path('/proc/sys/kernel/core_pattern')
    was = pattern.read_text()
    is_ours = False
    with contextlib.suppress(OSError):
        pattern.write_text(str(folder / 'core.%e.%p'))
        is_ours = True
    try:
        yield is_ours
    finally:
        if is_ours:
            pattern.write_text(was)
        resource.setrlimit(resource.RLIMIT_CORE, before)


def key_parts(key: Path) -> dict[str, bytes]:
    """The private number itself, and a line from the middle of the file."""
    told = run(['openssl', 'pkey', '-in', key, '-noout', '-text']).stdout
    number = re.search(r'priv:([0-9a-f:\s]+)pub', told)[1]
    lines = key.read_bytes().strip().splitlines()
    return {'private number': bytes.fromhex(re.sub(r'[:\s]', '', number)), 'PEM': lines[len(lines) // 2][:40]}


@pytest.fixture
def lab():
    with Lab() as made:
        yield made


@pytest.fixture
def holdfast(lab):
    """A profile without secrets, for a gateway that knows the planted one."""
    lab.start_gateway(connections.gateway(PSK, server_auth=PSK), psk=PLANTED.encode())
    made = Holdfast(lab)
    with cores_allowed(lab.folder):
        made.start()
        path = lab.folder / 'profile.json'
        settings = {'gateways': [HOST], 'remote-identity': HOST, 'local-identity': USER}
        path.write_bytes(native_profile('Planted', **settings))
        made.profile = made.import_file(path)
        yield made


def others_of(lab: Lab) -> list[Path]:
    """Logs and cores."""
    return [lab.folder / 'holdfast.log', *lab.folder.glob('core.*')]


def plant(lab: Lab, holdfast: Holdfast) -> dict[str, bytes]:
    """A connect with a secret from each kind of source."""
    secrets = {'psk': PLANTED.encode(), 'password': b'Wx9-planted-password-8812aa', 'pin': b'Pk3-planted-pin-550137'}
    file = lab.folder / 'key.pem'
    file.write_bytes(lab.user.key.read_bytes())
    os.chown(file, OWNER, OWNER)
    reader, writer = os.pipe()
    os.write(writer, secrets['password'])
    os.close(writer)
    words = ['--secret', 'psk=stdin', '--secret', f'password=fd:{reader}', '--secret', 'pin=env:PLANTED']
    words += ['--secret', f'private-key=file:{file}']
    environment = {**os.environ, 'PLANTED': secrets['pin'].decode()}
    result = holdfast.cli(
        'connect', holdfast.profile, *words, input=PLANTED, pass_fds=[reader], env=environment
    )
    os.close(reader)
    assert result.returncode == 0, result.stderr + holdfast.text()
    return {**secrets, **key_parts(lab.user.key)}


def end(holdfast: Holdfast) -> None:
    assert holdfast.cli('disconnect').returncode == 0
    wait_until(lambda: not holdfast.pids('holdfast-engine'), 5, 'the end of the engine')
    time.sleep(LEFT)  # what is measured


def test_secrets_are_found_where_they_are_in_use(lab, holdfast):
    """The search itself: it finds each of them while the connection lasts."""
    secrets = plant(lab, holdfast)
    found = hits_in(memory_of(holdfast.daemon()), secrets)
    assert sorted(found) == sorted(set(secrets) - {'private number'})
    assert hits_in((holdfast.root / 'run/holdfast/session').read_bytes(), secrets)


def test_nothing_is_left_a_second_after_disconnecting(lab, holdfast):
    secrets = plant(lab, holdfast)
    assert hits(holdfast.root, [], secrets, others_of(lab), connected=True) == []
    end(holdfast)
    assert len(holdfast.pids()) == 2
    assert hits(holdfast.root, holdfast.pids(), secrets, others_of(lab)) == []


def test_nothing_is_left_of_a_connect_that_fails(lab, holdfast):
    lab.gateway.kill()
    holdfast.cli('connect', holdfast.profile, '--timeout', '2', '--secret', 'psk=stdin', input=PLANTED)
    end(holdfast)
    secrets = {'psk': PLANTED.encode()}
    assert hits(holdfast.root, holdfast.pids(), secrets, others_of(lab)) == []


def test_nothing_is_left_of_a_stored_key(lab):
    """From an imported file, by way of the store."""
    lab.start_gateway(connections.gateway(PUBKEY, lab.server.certificate))
    holdfast = Holdfast(lab).start()
    secrets = key_parts(lab.user.key)
    profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
    time.sleep(LEFT)  # what is measured
    assert hits(holdfast.root, holdfast.pids(), secrets, others_of(lab)) == []
    holdfast.connect(profile)
    end(holdfast)
    assert hits(holdfast.root, holdfast.pids(), secrets, others_of(lab)) == []


@pytest.mark.parametrize('death', [signal.SIGABRT, signal.SIGSEGV], ids=['abort', 'segv'])
@pytest.mark.parametrize('name', ['holdfast-engine', 'holdfastd', 'holdfast-netd'])
def test_nothing_is_left_by_a_crash(lab, holdfast, name, death):
    """The session goes on with its secrets; a second after its end nothing has them."""
    secrets = plant(lab, holdfast)
    (pid,) = holdfast.pids(name)
    os.kill(pid, death)
    wait_until(lambda: pid not in holdfast.pids(name), 5, 'its end')
    time.sleep(LEFT)  # what is measured
    assert hits(holdfast.root, [], secrets, others_of(lab), connected=True) == []
    if name == 'holdfast-netd':
        holdfast.start_netd()
    holdfast.wait_ready()
    end(holdfast)
    assert hits(holdfast.root, holdfast.pids(), secrets, others_of(lab)) == []


def test_a_program_that_may_write_a_core_does(lab):
    """The search for cores itself; where the kernel's pattern is not ours to set, the limits are all that is shown."""
    with cores_allowed(lab.folder) as is_ours:
        if not is_ours:
            pytest.skip('/proc/sys/kernel/core_pattern cannot be written here')
        run(['sh', '-c', f'x={PLANTED}; kill -ABRT $$'], check=False)
    assert hits(lab.folder / 'nothing', [], {'psk': PLANTED.encode()}, list(lab.folder.glob('core.*'))) != []
