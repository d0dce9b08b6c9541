"""Who may call what, generated from the interface's XML: every method by callers who may not, with real polkit on a real bus. A
method without a row here cannot exist: the table is read from the file that documents it."""
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import pytest

from rig import bus_client
from rig.bus_client import OBJECTS, PROFILE, PROPERTIES, SESSION, profile_path, request
from rig.bus_instance import call, cli, instance_on
from rig.instance import native_profile
from rig.system_bus import SystemBus

TREE = Path(__file__).parents[2]
XML = TREE / f'platform/ipc/{bus_client.NAME}.xml'
ROWS = TREE / 'platform/daemon/methods.def'
ACTIONS = TREE / 'platform/daemon/actions.def'
POLICY = TREE / f'packaging/polkit/{bus_client.NAME}.policy'
ANNOTATION = f'{bus_client.NAME}.Action'
OURS = ('Manager', 'Profile', 'Session')

OWNER, OTHER, AWAY, STRANGER = 64810, 64811, 64812, 64813
SESSIONS = {OWNER: True, OTHER: True, AWAY: False}  # STRANGER has none
SECRET = 'correct horse battery staple'
pytestmark = pytest.mark.skipif(
    not SystemBus.is_possible, reason='there is no dbus-daemon to make a bus with'
)


class Method(NamedTuple):
    interface: str
    name: str
    signature: list
    action: str


def action_of(element) -> str:
    return {a.get('name'): a.get('value') for a in element.findall('annotation')}[ANNOTATION]


def methods() -> list[Method]:
    found = []
    for interface in ElementTree.parse(XML).getroot().findall('interface'):
        short = interface.get('name').rpartition('.')[2]
        for method in interface.findall('method') if short in OURS else []:
            types = [a.get('type') for a in method.findall('arg') if a.get('direction') == 'in']
            found.append(Method(short, method.get('name'), types, action_of(method)))
    return found


METHODS = methods()
GUARDED = [method for method in METHODS if method.action != 'none']
# Those that name nothing that could be another user's: of oneself, and of the computer. What they show has a test of its own.
OF_ONESELF = {'Import', 'ListProfiles', 'RegisterAgent', 'UnregisterAgent'}
OF_THE_COMPUTER = {'Policy', 'CheckPolicy', 'Compliance'}
NAMING = [method for method in GUARDED if method.name not in OF_ONESELF | OF_THE_COMPUTER]
VALUES = {
    'h': 'handle 0', 'b': 'true', 'u': 'uint32 1', 'o': "objectpath '/a'", 'a{sv}': '@a{sv} {}', 'a{sh}': '@a{sh} {}',
}  # fmt: skip


def a_call(method: Method, sender: str = '', owner=OWNER) -> dict:
    """A call that is well formed, of the profile of `owner` where there is one to name."""
    profile = 'private'
    texts = iter(
        {
            'Connect': [f'{owner}/{profile}'], 'Wipe': [f'{owner}/{profile}'], 'Set': ['name', '"x"'],
            'Export': ['native'], 'SetSecret': ['psk'], 'ClearSecret': [''], 'GiveSecret': ['psk'], 'OpenLog': ['events'],
        }.get(method.name, [])
    )  # fmt: skip
    words = [repr(next(texts)) if t == 's' else VALUES[t] for t in method.signature]
    arguments = f'({", ".join(words)}{"," if len(words) == 1 else ""})'
    path = bus_client.ROOT if method.interface == 'Manager' else profile_path(owner, profile)
    interface = f'{bus_client.NAME}.{method.interface}'
    files = [native_profile('Brought along').decode()] if 'h' in method.signature else []
    return request(method.name, arguments, path, interface, files, sender)


@pytest.fixture(scope='module')
def bus():
    """OWNER has a profile with a secret and is connecting with it."""
    with instance_on(sessions=SESSIONS, users=[STRANGER]) as made:
        profile = native_profile('Private').decode()
        cli(made, 'import', '-', user=OWNER, input=profile, check=True)
        path = profile_path(OWNER, 'private')
        (kept,) = call(made, request('SetSecret', "('psk', handle 0)", path, PROFILE, [SECRET]), user=OWNER)
        assert 'value' in kept, kept
        (connected,) = call(made, request('Connect', "('private', @a{sh} {}, @a{sv} {})"), user=OWNER)
        assert 'value' in connected, connected
        yield made


def situation(instance) -> tuple:
    """What a refused call must leave as it was."""
    var = instance.root / 'var/lib/holdfast'
    kept = {path: path.read_bytes() for name in ('profiles', 'secrets') for path in (var / name).rglob('*') if path.is_file()}
    return kept, json.loads(cli(instance, 'status', '--json', check=True).stdout)['wanted']


def assert_refused(instance, requests: list, user: int, errors: set) -> None:
    before = situation(instance)
    answers = call(instance, *requests, user=user)
    wrong = [(r['method'], a) for r, a in zip(requests, answers) if a.get('error') not in errors]
    assert not wrong
    assert not re.search('private|203\\.0\\.113', json.dumps(answers).replace(f'{OWNER}/private', '').lower())
    assert situation(instance) == before


def test_the_matrix_has_rows():
    assert {'Import', 'Connect', 'Unblock', 'Wipe', 'Export', 'SetSecret'} <= {m.name for m in GUARDED}


def test_code_and_document_agree():
    """The daemon's own table, row by row, against the annotations."""
    ids = dict(re.findall(r'HF_ACTION\((\w+),\s*"([\w-]+)"\)', ACTIONS.read_text()))
    rows = re.findall(r'HF_METHOD\((MANAGER|PROFILE),\s*"(\w+)",\s*(\w+)', ROWS.read_text())
    coded = {(interface.capitalize(), name, ids[action]) for interface, name, action in rows}
    assert coded == {(m.interface, m.name, m.action) for m in METHODS}


def test_every_action_is_polkits_and_belongs_to_the_daemon():
    ids = set(re.findall(r'HF_ACTION\(\w+,\s*"([\w-]+)"\)', ACTIONS.read_text())) - {'none'}
    actions = ElementTree.parse(POLICY).getroot().findall('action')
    assert {action.get('id') for action in actions} == {f'{bus_client.NAME}.{name}' for name in ids}
    for action in actions:
        owners = [a.text for a in action.findall('annotate') if a.get('key') == 'org.freedesktop.policykit.owner']
        assert owners == ['unix-user:holdfast']
        assert action.find('defaults/allow_inactive').text != 'yes'
        assert action.find('defaults/allow_any').text != 'yes'


def test_whoever_sits_there_may_use_what_is_his(bus):
    """Without this, refusing everything would pass for good."""
    shown, listed = call(
        bus, request('Show', '()', profile_path(OWNER, 'private'), PROFILE), request('ListProfiles'), user=OWNER
    )  # fmt: skip
    assert json.loads(shown['value'][0])['name'] == 'Private'
    assert [p['id'] for p in json.loads(listed['value'][0])] == ['private']
    status = json.loads(cli(bus, 'status', '--json', user=OWNER, check=True).stdout)
    assert status['profile'] == 'private'


@pytest.mark.parametrize('method', GUARDED, ids=lambda m: f'{m.interface}.{m.name}')
class TestRefused:
    def test_without_authorisation(self, bus, method):
        errors = {'not_permitted'}
        assert_refused(bus, [a_call(method), a_call(method, owner=STRANGER)], STRANGER, errors)

    def test_from_an_inactive_session(self, bus, method):
        assert_refused(bus, [a_call(method), a_call(method, owner=AWAY)], AWAY, {'not_permitted'})

    def test_with_a_forged_sender(self, bus, method):
        """The bus puts its own word in the place of what a message says about itself."""
        root = call(bus, request('Version'), user=None)
        assert 'value' in root[0]
        forged = [a_call(method, sender) for sender in (':1.0', ':1.1', 'org.freedesktop.DBus', bus_client.NAME)]
        assert_refused(bus, forged, STRANGER, {'not_permitted'})


@pytest.mark.parametrize('method', NAMING, ids=lambda m: f'{m.interface}.{m.name}')
def test_another_uid_is_refused(bus, method):
    """He sits at the computer as well, and may use what is his: that does not reach what is another's."""
    assert_refused(bus, [a_call(method)], OTHER, {'not_found', 'not_permitted', 'busy'})


@pytest.mark.parametrize('user', [OTHER, AWAY, STRANGER])
def test_nobody_is_shown_what_is_anothers(bus, user):
    path = profile_path(OWNER, 'private')
    answers = call(
        bus,
        request('GetManagedObjects', interface=OBJECTS),
        request('GetAll', f"('{PROFILE}',)", path, PROPERTIES),
        request('GetAll', f"('{bus_client.NAME}.Session',)", SESSION, PROPERTIES),
        request('Status'),
        request('ListProfiles'),
        request('Introspect', '()', path, 'org.freedesktop.DBus.Introspectable'),
        request('Compliance'),
        request('Policy'),
        user=user,
    )
    assert set(answers[0]['value'][0]) == {SESSION}
    assert answers[1]['error'] == 'not_found'
    assert answers[2]['value'][0]['Profile'] == '/'
    assert set(json.loads(answers[3]['value'][0])) == {'v', 'state', 'blocking'}
    assert answers[4].get('error') == 'not_permitted' or answers[4]['value'] == ['[]']
    said = json.dumps(answers)
    assert 'rivate"' not in said and '203.0.113' not in said and SECRET not in said


def test_the_same_id_is_another_profile(bus):
    """Two users call theirs the same; each has his own, with his own secret."""
    cli(bus, 'import', '-', user=OTHER, input=native_profile('Private', gateways=['203.0.113.9']).decode(), check=True)
    try:
        for user, gateway in ((OWNER, '203.0.113.1'), (OTHER, '203.0.113.9')):
            (shown,) = call(bus, request('Show', '()', profile_path(user, 'private'), PROFILE), user=user)
            assert json.loads(shown['value'][0])['gateways'] == [gateway]
        (listed,) = call(bus, request('ListSecrets', '()', profile_path(OTHER, 'private'), PROFILE), user=OTHER)
        assert listed['value'] == [[]]
        connect = request('Connect', "('private', @a{sh} {}, @a{sv} {})")
        assert 'value' in call(bus, connect, user=OWNER)[0]  # anew, if the first attempt has ended
        (refused,) = call(bus, connect, user=OTHER)
        assert refused['error'] == 'busy'  # OWNER is connecting
    finally:
        call(bus, request('Remove', '()', profile_path(OTHER, 'private'), PROFILE), user=OTHER)


def test_the_systems_profiles_need_an_administrator(bus):
    arguments, files = "(handle 0, {'system': <true>})", [native_profile('For all').decode()]
    (refused,) = call(bus, request('Import', arguments, files=files), user=OWNER)
    assert refused['error'] == 'not_permitted'
    (taken,) = call(bus, request('Import', arguments, files=files))
    assert taken['value'][0] == 'for-all'
    path = profile_path('system', 'for-all')
    try:
        (objects,) = call(bus, request('GetManagedObjects', interface=OBJECTS), user=OTHER)
        assert path in objects['value'][0]
        for method in (m for m in GUARDED if m.interface == 'Profile' and m.action != 'connect'):
            wanted = {**a_call(method), 'path': path}
            (answer,) = call(bus, wanted, user=OWNER)
            assert answer.get('error') == 'not_permitted', method
    finally:
        call(bus, request('Remove', '()', path, PROFILE))


def test_without_polkit_nobody_is_allowed_more():
    with instance_on(users=[OWNER]) as made:
        for method in GUARDED:
            assert call(made, a_call(method), user=OWNER)[0]['error'] == 'not_permitted', method
