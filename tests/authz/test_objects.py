"""Profiles and the session as objects of the bus: what they say, what can be done to them, and for whom they are there."""
import json

import pytest

from rig import bus_client
from rig.bus_client import OBJECTS, PROFILE, PROPERTIES, ROOT, SESSION, profile_path, request
from rig.holdfast import OWNER
from rig.instance import GATEWAY, native_profile


def on(profile: str, method: str, arguments: str = '()', files=(), owner=OWNER) -> dict:
    return request(method, arguments, profile_path(owner, profile), PROFILE, files)


def one(instance, wanted: dict, user=OWNER):
    (answer,) = instance.bus(wanted, user=user)
    return answer


def value(instance, wanted: dict, user=OWNER):
    answer = one(instance, wanted, user)
    assert 'value' in answer, answer
    return answer['value']


def objects_for(instance, user=OWNER) -> dict:
    return value(instance, request('GetManagedObjects', interface=OBJECTS), user)[0]


@pytest.fixture
def office(instance):
    instance.import_profile(native_profile('Office one'))
    yield 'office-one'
    instance.bus(on('office-one', 'Remove'))


def test_objects_are_the_session_and_the_profiles(instance, office):
    objects = objects_for(instance)
    assert set(objects) == {SESSION, profile_path(OWNER, office)}
    properties = objects[profile_path(OWNER, office)][PROFILE]
    assert properties['Id'] == office and properties['Name'] == 'Office one'
    assert properties['Gateways'] == [GATEWAY] and properties['Protocol'] == 'ikev2'
    assert properties['MissingSecrets'] == ['psk'] and properties['Origin'] == 'user'
    assert objects[SESSION][bus_client.NAME + '.Session']['State'] == 'disconnected'


def test_properties_are_those_of_the_object(instance, office):
    path = profile_path(OWNER, office)
    everything = value(instance, request('GetAll', f"('{PROFILE}',)", path, PROPERTIES))[0]
    assert everything == objects_for(instance)[path][PROFILE]
    for name, content in everything.items():
        read = value(instance, request('Get', f"('{PROFILE}', '{name}')", path, PROPERTIES))
        assert read == [content]


def test_properties_cannot_be_set(instance, office):
    wanted = f"('{PROFILE}', 'Name', <'Other'>)"
    answer = one(instance, request('Set', wanted, profile_path(OWNER, office), PROPERTIES))
    assert 'error' in answer


def test_a_profile_is_shown_and_exported_without_secrets(instance, office):
    instance.bus(on(office, 'SetSecret', "('psk', handle 0)", ['do not tell']))
    shown = value(instance, on(office, 'Show'))[0]
    exported = one(instance, on(office, 'Export', "('native', false)"))
    assert json.loads(shown)['name'] == 'Office one'
    assert json.loads(exported['files'][0]) == json.loads(shown)
    assert 'do not tell' not in shown + exported['files'][0]


def test_other_formats_hold_secrets_only_when_asked(instance, office):
    instance.bus(on(office, 'SetSecret', "('psk', handle 0)", ['do not tell']))
    plain = one(instance, on(office, 'Export', "('nmconnection', false)"))['files'][0]
    whole = one(instance, on(office, 'Export', "('nmconnection', true)"))['files'][0]
    assert 'id=Office one' in plain and 'do not tell' not in plain
    assert 'password=do not tell' in whole


def test_an_unknown_format_is_refused(instance, office):
    assert one(instance, on(office, 'Export', "('docx', false)"))['error'] == 'profile_format_unknown'


def test_one_key_is_changed_and_taken_out(instance, office):
    assert value(instance, on(office, 'Set', "('organization', '\"Example\"')")) == []
    path = profile_path(OWNER, office)
    assert objects_for(instance)[path][PROFILE]['Organization'] == 'Example'
    assert value(instance, on(office, 'Set', "('organization', 'null')")) == []
    assert objects_for(instance)[path][PROFILE]['Organization'] == ''


@pytest.mark.parametrize(
    'key, new', [('gateways', '[]'), ('no-such-key', '1'), ('name', '{'), ('id', '"other"'), ('mtu', '"x"')]
)
def test_a_change_that_does_not_hold_changes_nothing(instance, office, key, new):
    before = value(instance, on(office, 'Show'))
    answer = one(instance, on(office, 'Set', f"('{key}', '{new}')"))
    assert answer['error'] in ('profile_invalid', 'usage'), answer
    assert value(instance, on(office, 'Show')) == before


def test_secrets_are_kept_listed_and_cleared_and_never_given_back(instance, office):
    assert value(instance, on(office, 'SetSecret', "('psk', handle 0)", ['abc'])) == []
    assert value(instance, on(office, 'ListSecrets')) == [['psk']]
    path = profile_path(OWNER, office)
    assert objects_for(instance)[path][PROFILE]['MissingSecrets'] == []
    assert value(instance, on(office, 'ClearSecret', "('psk',)")) == []
    assert value(instance, on(office, 'ListSecrets')) == [[]]
    assert one(instance, on(office, 'SetSecret', "('shoe-size', handle 0)", ['44']))['error'] == 'usage'


def test_locks_bind_the_owner_and_not_root(instance):
    instance.import_profile(native_profile('Locked', locked=['edit', 'remove']))
    assert one(instance, on('locked', 'Set', "('name', '\"x\"')"))['error'] == 'not_permitted'
    assert one(instance, on('locked', 'Remove'))['error'] == 'not_permitted'
    assert one(instance, request('Wipe', "('locked',)"))['error'] == 'not_permitted'
    assert value(instance, on('locked', 'Set', "('name', '\"x\"')"), user=None) == []
    assert value(instance, on('locked', 'Remove'), user=None) == []


def test_a_wiped_profile_leaves_no_file(instance):
    instance.import_profile(native_profile('Gone'))
    instance.bus(on('gone', 'SetSecret', "('psk', handle 0)", ['abc']))
    assert value(instance, request('Wipe', "('gone',)")) == []
    assert not [path for path in (instance.root / 'var').rglob('*') if 'gone' in path.name]
    assert one(instance, on('gone', 'Show'))['error'] == 'not_found'


def test_a_profile_of_the_systems_is_for_everybody(instance):
    arguments = "(handle 0, {'system': <true>})"
    imported = request('Import', arguments, files=[native_profile('All of us').decode()])
    assert value(instance, imported)[0] == 'all-of-us'
    path = profile_path('system', 'all-of-us')
    assert path in objects_for(instance) and path in objects_for(instance, None)
    assert value(instance, on('all-of-us', 'Remove', owner='system')) == []


def test_roots_profiles_are_roots(instance):
    """The owner of the instance may do much, and cannot see what is another user's."""
    instance.cli('import', '-', user=None, input=native_profile('Of root').decode(), check=True)
    path = profile_path(0, 'of-root')
    assert path in objects_for(instance, None) and path not in objects_for(instance)
    for wanted in (
        on('of-root', 'Show', owner=0),
        on('of-root', 'Remove', owner=0),
        request('GetAll', f"('{PROFILE}',)", path, PROPERTIES),
        request('Connect', "('of-root', @a{sh} {}, @a{sv} {})"),
        request('Connect', "('0/of-root', @a{sh} {}, @a{sv} {})"),
        request('Wipe', "('0/of-root',)"),
    ):
        answer, absent = one(instance, wanted), json.loads(json.dumps(wanted).replace('of-root', 'absent'))
        assert answer['error'] == 'not_found'
        assert answer['message'].replace('of-root', 'absent') == one(instance, absent)['message']
    listed = json.loads(value(instance, request('ListProfiles'))[0])
    assert 'of-root' not in [profile['id'] for profile in listed]
    assert value(instance, on('of-root', 'Remove', owner=0), user=None) == []


def test_introspection_names_no_profile(instance, office):
    for path in (ROOT, f'{ROOT}/profiles', profile_path(OWNER, office), profile_path(OWNER, 'absent')):
        wanted = request('Introspect', '()', path, 'org.freedesktop.DBus.Introspectable')
        assert 'office' not in value(instance, wanted)[0]


def test_reconnecting_nothing_is_refused(instance):
    assert one(instance, request('Reconnect'))['error'] == 'not_connected'
