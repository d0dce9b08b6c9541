"""Profiles that packages and administrators drop into directories: taken in as the system's in any known format, again when the file
changes, and gone with it."""
import json
import os
import signal

import pytest

from rig import connections, mobileconfig, pki
from rig.bus_client import OBJECTS, PROFILE, profile_path, request
from rig.instance import STRANGER, Instance, native_profile
from rig.process import wait_until


@pytest.fixture(scope='module')
def instance():
    with Instance() as made:
        for folder in folders(made):
            folder.mkdir(parents=True)
        yield made.start()


def folders(instance):
    return instance.root / 'usr/lib/holdfast/profiles', instance.root / 'etc/holdfast/profiles.d'


@pytest.fixture
def drop(instance):
    """A function that puts a file into profiles.d, or with `vendor` into the package's folder; what it put there is taken away."""
    dropped = []

    def put(name: str, content: bytes, vendor: bool = False, mode: int = 0o644):
        path = folders(instance)[0 if vendor else 1] / name
        fresh = path.with_name(f'.{name}.new')
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.rename(path)
        dropped.append(path)
        return path

    yield put
    for path in dropped:
        path.unlink(missing_ok=True)
    wait_until(lambda: profiles(instance) == {}, 8, 'the end of the profiles')


def profiles(instance) -> dict:
    (listed,) = instance.bus(request('ListProfiles'))
    return {profile['id']: profile for profile in json.loads(listed['value'][0])}


def log(instance) -> str:
    return (instance.folder / 'log').read_text()


def test_a_native_file_becomes_a_profile_of_the_systems(instance, drop):
    path = drop('office.json', native_profile('Office'))
    found = wait_until(lambda: profiles(instance).get('office'), 8, 'the profile')
    assert found['owner'] == 'system' and found['origin'] == str(path)
    (objects,) = instance.bus(request('GetManagedObjects', interface=OBJECTS))
    assert objects['value'][0][profile_path('system', 'office')][PROFILE]['Origin'] == str(path)


def test_a_vendors_file_is_taken_raw(instance, drop, tmp_path):
    authority = pki.Authority(tmp_path / 'ca')
    path = tmp_path / 'vpn.mobileconfig'
    mobileconfig.write(
        path, connections.HOST, connections.USER, mobileconfig.CERTIFICATE, authority,
        authority.client(connections.USER), 'lab',
    )  # fmt: skip
    drop('vpn.mobileconfig', path.read_bytes())
    (found,) = wait_until(lambda: list(profiles(instance).values()), 8, 'the profile')
    assert found['missing_secrets'] == [] and found['owner'] == 'system'


def test_a_change_is_followed_and_a_file_that_is_broken_changes_nothing(instance, drop):
    drop('office.json', native_profile('Office'))
    wait_until(lambda: 'office' in profiles(instance), 8, 'the profile')
    drop('office.json', native_profile('Office', organization='Example'))
    wait_until(lambda: profiles(instance)['office']['organization'] == 'Example', 8, 'the change')
    path = drop('office.json', b'{')
    wait_until(lambda: f'{path}: profile-' in log(instance), 8, 'the refusal')
    assert profiles(instance)['office']['organization'] == 'Example'
    drop('office.json', native_profile('Office', organization='Repaired'))
    wait_until(lambda: profiles(instance)['office']['organization'] == 'Repaired', 8, 'the repair')


def test_the_administrators_file_hides_the_packages(instance, drop):
    def is_by(organization: str) -> bool:  # between one file and the other there may be none
        return profiles(instance).get('office', {}).get('organization') == organization

    drop('office.json', native_profile('Office', organization='package'), vendor=True)
    wait_until(lambda: is_by('package'), 8, 'it')
    own = drop('office.json', native_profile('Office', organization='administrator'))
    wait_until(lambda: is_by('administrator'), 8, 'the other')
    own.unlink()
    wait_until(lambda: is_by('package'), 8, 'the first again')


@pytest.mark.parametrize('owner, mode', [(STRANGER, 0o644), (0, 0o664), (0, 0o646)])
def test_what_others_can_write_does_not_count(instance, drop, owner, mode):
    hidden = folders(instance)[1] / '.wait'
    hidden.write_bytes(native_profile('Planted'))
    hidden.chmod(mode)
    os.chown(hidden, owner, owner)
    path = folders(instance)[1] / 'planted.json'
    before = log(instance).count(f'{path}: not-permitted')
    hidden.rename(path)
    try:
        wait_until(lambda: log(instance).count(f'{path}: not-permitted') > before, 8, 'the refusal')
        assert profiles(instance) == {}
    finally:
        path.unlink()
        drop('other.json', native_profile('Other'))
        wait_until(lambda: 'other' in profiles(instance), 8, 'a look at the folder without it')


def test_it_goes_with_its_file_and_not_otherwise(instance, drop):
    path = drop('office.json', native_profile('Office'))
    wait_until(lambda: 'office' in profiles(instance), 8, 'the profile')
    for wanted in (request('Remove', '()', profile_path('system', 'office'), PROFILE), request('Wipe', "('office',)")):
        (answer,) = instance.bus(wanted, user=None)
        assert answer['error'] == 'not_permitted' and str(path) in answer['message']
    path.unlink()
    wait_until(lambda: profiles(instance) == {}, 8, 'the end of the profile')
    assert not list((instance.root / 'var/lib/holdfast/profiles').rglob('*.json'))


def test_a_start_imports_only_what_is_new(instance, drop):
    drop('office.json', native_profile('Office'))
    wait_until(lambda: 'office' in profiles(instance), 8, 'the profile')
    wait_until((instance.root / 'var/lib/holdfast/dropins').exists, 8, 'the note of it')
    kept = instance.root / 'var/lib/holdfast/profiles/system/office.json'
    before = kept.stat().st_ino
    (pid,) = instance.pids('holdfastd')
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: pid not in instance.pids('holdfastd') and instance.pids('holdfastd'), 8, 'another')
    wait_until(lambda: instance.cli('status').returncode == 0, 8, 'its answer')
    drop('second.json', native_profile('Second'))
    wait_until(lambda: 'second' in profiles(instance), 8, 'the new one')
    assert profiles(instance)['office']['origin'].endswith('office.json')
    assert kept.stat().st_ino == before
