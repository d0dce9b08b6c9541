"""A full disk is said to be that, and nothing is begun that a crash would end in the clear."""
import shutil
import subprocess

import pytest

from rig.instance import native_profile
from rig.process import run

PSK = 'correct horse battery staple'


@pytest.fixture
def full(instance):
    """What the daemon keeps is on a small file system without room. Yields the file that fills it."""
    var = instance.root / 'var/lib/holdfast'
    profile = instance.import_profile()
    assert profile == 'nobody'
    kept = instance.folder / 'kept'
    run(['cp', '-a', f'{var}/.', kept])
    run(['mount', '-t', 'tmpfs', '-o', 'size=256k,mode=0755', 'holdfast-test', var])
    try:
        run(['cp', '-a', f'{kept}/.', var])
        shutil.copystat(kept, var)
        filler = var / 'filler'
        subprocess.run(['dd', 'if=/dev/zero', f'of={filler}', 'bs=4k'], stderr=subprocess.DEVNULL)
        yield filler
    finally:
        instance.cli('disconnect')
        run(['umount', var])


def test_neither_a_profile_nor_a_connection_is_begun(instance, full):
    before = instance.leftovers()
    result = instance.cli('import', '-', input=native_profile('Another').decode())
    assert result.returncode == 14 and '(disk-full)' in result.stderr, result.stderr
    result = instance.cli('connect', 'nobody', '--secret', 'psk=stdin', input=PSK)
    assert result.returncode == 14 and '(disk-full)' in result.stderr, result.stderr
    status = instance.status()
    assert (status['state'], status['fault']['code']) == ('failed', 'disk-full')
    assert instance.leftovers() == before
    full.unlink()
    result = instance.cli('connect', '--no-wait', 'nobody', '--secret', 'psk=stdin', input=PSK)
    assert result.returncode == 0
    assert instance.cli('import', '-', input=native_profile('Another').decode()).returncode == 0
