"""Importing, through a confined engine, and what is kept."""
import json
import os

import pytest

from rig.holdfast import OWNER
from rig.instance import STRANGER, native_profile


def test_import_prints_the_id(instance):
    assert instance.import_profile(native_profile('First')) == 'first'


def test_import_as_json(instance):
    result = instance.cli('import', '-', '--json', input=native_profile('As JSON').decode())
    reply = json.loads(result.stdout)
    assert reply['ok'] is True and reply['id'] == 'as-json'
    assert reply['report']['profile']['name'] == 'As JSON'


def test_a_dry_run_keeps_nothing(instance):
    result = instance.cli('import', '-', '--dry-run', '--json', input=native_profile('Dry').decode())
    assert result.returncode == 0
    assert json.loads(result.stdout)['id'] == ''
    assert json.loads(result.stdout)['report']['profile']['name'] == 'Dry'
    assert instance.cli('connect', 'dry', '--non-interactive').returncode == 4


def test_a_name_can_be_given(instance):
    assert instance.import_profile(native_profile('Old'), '--name', 'My Own Name') == 'my-own-name'


@pytest.mark.parametrize('name', ['../../etc/passwd', '.hidden', 'a/b', '\u202e', '-', '', 'x' * 300])
def test_a_name_never_becomes_a_path(instance, name):
    folder = instance.root / 'var/lib/holdfast'
    ours = {folder / 'profiles', folder / 'secrets'}
    before = {path for path in folder.rglob('*') if not ours & {path, *path.parents}}
    instance.cli('import', '-', '--name', name, input=native_profile('Named').decode())
    after = {path for path in folder.rglob('*') if not ours & {path, *path.parents}}
    assert after == before
    assert {path for path in folder.glob('*/*') if ours & {path.parent}} <= {
        path / str(OWNER) for path in ours
    }
    assert all(path.name[0].isalnum() for path in (folder / f'profiles/{OWNER}').iterdir())


@pytest.mark.parametrize('content', [b'', b'{', b'hello', b'\0\1\2', b'[]', b'<plist/>'])
def test_what_is_no_profile_is_refused(instance, content):
    path = instance.folder / 'no-profile'
    path.write_bytes(content)
    path.chmod(0o644)
    assert instance.cli('import', path).returncode == 15


def test_an_unknown_key_is_named(instance):
    result = instance.cli('import', '-', input=native_profile('Odd', **{'kill-swich': 'session'}).decode())
    assert result.returncode == 15
    assert 'kill-swich' in result.stderr


def test_a_file_that_is_not_there(instance):
    result = instance.cli('import', '/nowhere')
    assert result.returncode == 4
    assert '/nowhere' in result.stderr


def test_a_folder_is_no_profile(instance):
    assert instance.cli('import', '/tmp').returncode == 4


def test_a_file_without_end_is_refused(instance):
    assert instance.cli('import', '/dev/zero').returncode == 15


def test_only_the_caller_needs_to_be_able_to_read_the_file(instance):
    """The daemon opens no path: it gets a descriptor."""
    path = instance.folder / 'private'
    path.write_bytes(native_profile('Private'))
    path.chmod(0o600)
    os.chown(path, OWNER, OWNER)
    assert instance.cli('import', path).returncode == 0


def test_a_file_that_the_caller_cannot_read_stays_unread(instance):
    path = instance.folder / 'of-somebody-else'
    path.write_bytes(native_profile('Stolen'))
    path.chmod(0o600)
    os.chown(path, STRANGER, STRANGER)
    assert instance.cli('import', path).returncode == 4
    assert instance.cli('connect', 'stolen', '--non-interactive').returncode == 4


def test_importing_again_replaces_the_profile(instance):
    instance.import_profile(native_profile('Twice'))
    instance.import_profile(native_profile('Twice', gateways=['203.0.113.77']))
    kept = json.loads((instance.root / f'var/lib/holdfast/profiles/{OWNER}/twice.json').read_text())
    assert kept['gateways'] == ['203.0.113.77']
