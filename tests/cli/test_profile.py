"""Profiles from the command line: what there is, what is in it, changing and removing it; its secrets and certificates."""
import json

import pytest

from rig.holdfast import OWNER
from rig.instance import STRANGER, Instance, native_profile


@pytest.fixture(scope='module')
def bare():
    """No daemon runs."""
    with Instance() as made:
        yield made


@pytest.fixture
def office(instance):
    instance.import_profile(native_profile('Office one'))
    yield 'office-one'
    instance.cli('profile', 'remove', 'office-one')


def reply(instance, *words, **options) -> dict:
    result = instance.cli(*words, '--json', check=True, **options)
    assert result.stdout.count('\n') == 1
    answer = json.loads(result.stdout)
    assert answer['v'] == 1 and answer['ok'] is True
    return answer


def fault(instance, *words, **options) -> tuple:
    result = instance.cli(*words, '--json', **options)
    said = json.loads(result.stdout)
    assert said['v'] == 1 and said['ok'] is False and said['exit'] == result.returncode
    return result.returncode, said['code']


def test_profiles_are_listed(instance, office):
    (listed,) = [p for p in reply(instance, 'profile', 'list')['profiles'] if p['id'] == office]
    assert listed['name'] == 'Office one' and listed['owner'] == str(OWNER)
    assert 'office-one  Office one  ikev2' in instance.cli('profile', 'list').stdout


def test_a_profile_is_imported_shown_and_exported(instance, office):
    made = reply(instance, 'profile', 'import', '-', input=native_profile('Second').decode())
    assert made['id'] == 'second'
    shown = reply(instance, 'profile', 'show', 'second')['profile']
    assert shown['name'] == 'Second' and shown['gateway-psk'] is True
    assert json.loads(instance.cli('profile', 'show', 'Second').stdout) == shown
    exported = instance.cli('profile', 'export', 'second')
    assert json.loads(exported.stdout) == shown
    assert json.loads(reply(instance, 'profile', 'export', 'second')['file']) == shown
    assert instance.cli('profile', 'remove', f'{OWNER}/second').returncode == 0
    assert fault(instance, 'profile', 'show', 'second') == (4, 'not-found')


def test_an_exported_profile_can_be_imported(instance, office):
    text = instance.cli('profile', 'export', office).stdout
    assert instance.cli('import', '-', input=text).stdout.strip() == office


def test_an_unknown_format_is_refused(instance, office):
    assert fault(instance, 'profile', 'export', office, '--format=docx') == (15, 'profile-format-unknown')


@pytest.mark.parametrize(
    'pair, key, value',
    [
        ('organization=Example Ltd', 'organization', 'Example Ltd'),
        ('mtu=1300', 'mtu', 1300),
        ('split=true', 'split', True),
        ('gateways=["203.0.113.9"]', 'gateways', ['203.0.113.9']),
        ('ike.lifetime=7200', 'ike', {'lifetime': 7200}),
    ],
)
def test_a_key_is_changed(instance, office, pair, key, value):
    reply(instance, 'profile', 'set', office, pair)
    shown = reply(instance, 'profile', 'show', office)['profile'][key]
    assert shown == value or value.items() <= shown.items()


def test_a_key_is_taken_out(instance, office):
    reply(instance, 'profile', 'set', office, 'organization=Example', 'mtu=1300')
    reply(instance, 'profile', 'set', office, 'organization=')
    shown = reply(instance, 'profile', 'show', office)['profile']
    assert shown.get('organization', '') == '' and shown['mtu'] == 1300


@pytest.mark.parametrize('pair', ['gateways=[]', 'no-such-key=1', 'mtu=wide', 'id=other', 'ike.speed=1'])
def test_a_change_that_does_not_hold_is_refused(instance, office, pair):
    before = reply(instance, 'profile', 'show', office)
    assert fault(instance, 'profile', 'set', office, pair)[0] in (2, 15)
    assert reply(instance, 'profile', 'show', office) == before


def test_what_is_locked_stays(instance):
    instance.import_profile(native_profile('Fixed', locked=['edit', 'remove']))
    assert fault(instance, 'profile', 'set', 'fixed', 'mtu=1300') == (6, 'not-permitted')
    assert fault(instance, 'profile', 'remove', 'fixed') == (6, 'not-permitted')
    assert instance.cli('profile', 'remove', f'{OWNER}/fixed', user=None).returncode == 0


def test_a_profile_for_every_user_is_the_systems(instance):
    """Peer to peer, the owner of the instance is its administrator."""
    text = native_profile('For all').decode()
    assert reply(instance, 'import', '-', '--system', input=text)['id'] == 'for-all'
    (listed,) = [p for p in reply(instance, 'profile', 'list')['profiles'] if p['id'] == 'for-all']
    assert listed['owner'] == 'system'
    assert instance.cli('profile', 'remove', 'system/for-all').returncode == 0


def test_a_file_of_another_format_than_expected_is_refused(instance):
    path = instance.folder / 'expected'
    path.write_bytes(native_profile('Expected'))
    path.chmod(0o644)
    assert fault(instance, 'import', path, '--as', 'sswan') == (15, 'profile-format-unknown')
    assert fault(instance, 'profile', 'show', 'expected') == (4, 'not-found')
    assert reply(instance, 'import', path, '--as', 'native')['id'] == 'expected'
    assert instance.cli('import', '-', '--as', 'native', input='').returncode == 2


# --- secrets ---


def test_a_secret_goes_in_and_only_its_name_comes_out(instance, office):
    told = []
    for words in (
        ['secret', 'set', office, 'psk', '--from', 'stdin'],
        ['secret', 'list', office],
        ['secret', 'list', office, '--json'],
        ['profile', 'show', office],
        ['profile', 'export', office],
        ['profile', 'list', '--json'],
        ['--verbose', 'status', '--json'],
    ):
        result = instance.cli(*words, input='do not tell anybody\n', check=True)
        told.append(result.stdout + result.stderr)
    assert 'psk' in told[1] and json.loads(told[2])['secrets'] == ['psk']
    assert 'do not tell' not in ''.join(told)
    kept = instance.root / f'var/lib/holdfast/secrets/{OWNER}/{office}'
    assert b'do not tell anybody' in kept.read_bytes() and b'anybody\n' not in kept.read_bytes()


def test_secrets_come_from_everywhere_but_the_command_line(instance, office):
    path = instance.folder / 'a-secret'
    path.write_text('out of a file')
    path.chmod(0o644)
    environment = {'PATH': '/usr/bin:/bin', 'SECRET': 'x', 'CREDENTIALS_DIRECTORY': str(instance.folder)}
    for source in (f'file:{path}', 'credential:a-secret', 'env:SECRET', 'fd:0'):
        result = instance.cli(
            'secret', 'set', office, 'psk', '--from', source, input='y', env=environment, check=True
        )
        assert ('environment' in result.stderr) == (source == 'env:SECRET')
    assert instance.cli('secret', 'set', office, 'psk', 'hunter2').returncode == 2
    assert instance.cli('secret', 'set', office, 'psk', '--from', 'hunter2').returncode == 2


def test_a_secret_is_typed_at_a_terminal_and_not_shown(instance, office):
    exit, shown = instance.terminal('secret', 'set', office, 'psk', '--from', 'prompt', answer='typed in')
    assert exit == 0 and 'typed in' not in shown
    assert fault(instance, 'secret', 'set', office, 'psk', '--from', 'prompt') == (8, 'secret-needed')


def test_secrets_are_cleared(instance, office):
    for name in ('psk', 'password'):
        instance.cli('secret', 'set', office, name, '--from', 'stdin', input='x', check=True)
    reply(instance, 'secret', 'clear', office, 'psk')
    assert reply(instance, 'secret', 'list', office)['secrets'] == ['password']
    assert instance.cli('secret', 'clear', office).returncode == 2
    reply(instance, 'secret', 'clear', office, '--all')
    assert reply(instance, 'secret', 'list', office)['secrets'] == []
    assert fault(instance, 'secret', 'clear', office, 'shoe-size') == (2, 'usage')


# --- certificates ---


def test_certificates_are_listed_by_where_their_keys_are(instance, office):
    def row():
        rows = reply(instance, 'cert', 'list')['certificates']
        return [row for row in rows if row['profile'] == f'{OWNER}/{office}'][0]

    assert row()['key'] == 'none' and row()['certificates'] is False
    for name in ('private-key', 'certificates'):
        instance.cli('secret', 'set', office, name, '--from', 'stdin', input='x', check=True)
    assert row()['key'] == 'file' and row()['certificates'] is True
    reply(instance, 'cert', 'remove', office)
    assert row()['key'] == 'none' and row()['certificates'] is False


# --- what all have in common ---

VERBS = [
    ['profile', 'list'],
    ['profile', 'show', 'x'],
    ['profile', 'export', 'x'],
    ['profile', 'set', 'x', 'mtu=1'],
    ['profile', 'remove', 'x'],
    ['secret', 'list', 'x'],
    ['secret', 'clear', 'x', 'psk'],
    ['cert', 'list'],
    ['cert', 'remove', 'x'],
]


@pytest.mark.parametrize('words', VERBS, ids=' '.join)
def test_without_a_daemon_for_a_stranger_and_for_nothing(bare, instance, words):
    assert bare.cli(*words).returncode == 5
    assert instance.cli(*words, user=STRANGER).returncode == 6
    if 'x' in words:
        assert fault(instance, *words) == (4, 'not-found')
    assert instance.cli(*words, 'one', 'too', '--many').returncode == 2


@pytest.mark.parametrize(
    'words',
    [
        ['profile'], ['profile', 'dance'], ['profile', 'show'], ['profile', 'set', 'x'], ['profile', 'set', 'x', 'mtu'],
        ['secret'], ['secret', 'set', 'x'], ['secret', 'set', 'x', 'psk'], ['secret', 'list'],
        ['cert'], ['cert', 'import', 'x'], ['cert', 'remove'], ['profile', 'import'], ['cert', 'enrol'], ['diagnose'],
    ],
)  # fmt: skip
def test_bad_usage(instance, words):
    assert instance.cli(*words).returncode == 2


def test_the_help_of_a_group_names_its_verbs(bare):
    shown = bare.cli('profile', '--help').stdout
    for verb in ('list', 'import', 'show', 'export', 'set', 'remove'):
        assert f'  profile {verb} ' in shown
    assert '--with-secrets' in bare.cli('profile', 'export', '--help').stdout
    assert '  secret set ' in bare.cli('--help').stdout
