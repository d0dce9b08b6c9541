"""What an organisation laid down holds: for imports, connects, disconnects and locked keys; it is read as it changes, told by
origin, and a file that cannot be used opens nothing."""
import json

import pytest

from rig import bus_client
from rig.instance import Instance, native_profile
from rig.pki import Authority
from rig.process import run, wait_until

MANAGED = 'etc/holdfast/policies/managed.d'
HERE = {'allowedHours': ['00:00-24:00']}


@pytest.fixture
def instance():
    with Instance() as made:
        for folder in (MANAGED, 'etc/holdfast/policies/recommended.d', 'usr/lib/holdfast/policies'):
            (made.root / folder).mkdir(parents=True)
        yield made


def put(instance, keys, name='10.json', folder=MANAGED) -> None:
    """Written aside and renamed, as configuration management does."""
    path = instance.root / folder / name
    fresh = path.with_suffix('.new')
    fresh.write_text(keys if isinstance(keys, str) else json.dumps({'version': 1, **keys}))
    fresh.chmod(0o644)
    fresh.rename(path)


def ask(instance, method: str, arguments: str = '()', files=(), user='owner') -> dict:
    options = {} if user == 'owner' else {'user': user}
    (answer,) = instance.bus(bus_client.request(method, arguments, files=files), **options)
    return answer


def policy(instance) -> dict:
    return {row['key']: row for row in json.loads(ask(instance, 'Policy')['value'][0])}


def fault_of(answer: dict) -> dict:
    """GDBus puts the error's name before the message."""
    return json.loads(answer['message'])


def refusal(answer: dict) -> tuple:
    fault = fault_of(answer)
    return fault['code'], fault['offered']


def test_each_key_says_where_it_came_from(instance):
    put(instance, {'allowLan': True, 'logLevel': 'debug'}, folder='usr/lib/holdfast/policies')
    put(instance, {'allowLan': False}, name='20.json', folder='etc/holdfast/policies/recommended.d')
    put(instance, {'killSwitch': 'always'})
    instance.start()
    rows = policy(instance)
    assert rows['allowLan'] == {
        'key': 'allowLan', 'value': False, 'tier': 'recommended', 'origin': 'recommended.d/20.json', 'signed': False,
        'locked': False,
    }  # fmt: skip
    assert rows['killSwitch']['locked'] and rows['killSwitch']['origin'] == 'managed.d/10.json'
    assert rows['logLevel']['tier'] == 'vendor'


def test_users_may_not_bring_profiles_and_root_may(instance):
    put(instance, {'allowUserProfiles': False})
    instance.start()
    profile = native_profile().decode()
    assert refusal(ask(instance, 'Import', '(handle 0, @a{sv} {})', [profile])) == (
        'forbidden-by-policy', 'allowUserProfiles',
    )  # fmt: skip
    assert 'value' in ask(instance, 'Import', '(handle 0, @a{sv} {})', [profile], user=None)


def test_formats_may_be_forbidden_for_everybody(instance):
    put(instance, {'allowImportFormats': ['mobileconfig']})
    instance.start()
    answer = ask(instance, 'Import', '(handle 0, @a{sv} {})', [native_profile().decode()], user=None)
    assert refusal(answer) == ('forbidden-by-policy', 'allowImportFormats')


@pytest.mark.parametrize(
    'keys', [{'allowedServers': ['*.corp.example']}, {'allowedHours': ['Mon 00:00-00:01']}, {'allowedNetworks': ['192.0.2.0/32']}],
    ids=lambda keys: next(iter(keys)),
)  # fmt: skip
def test_a_connection_that_is_not_allowed_is_not_begun(instance, keys):
    put(instance, keys)
    instance.start()
    instance.import_profile()
    result = instance.cli('connect', '--no-wait', '--json')
    assert result.returncode == 6, result.stdout + result.stderr
    assert refusal(ask(instance, 'Connect', "('', @a{sh} {}, @a{sv} {})"))[1] == next(iter(keys))
    assert instance.status()['state'] == 'disconnected' and not instance.status()['blocking']


def test_a_user_may_not_disconnect_or_unblock_without_leave(instance):
    put(instance, {'allowDisconnect': 'withReason'})
    instance.start()
    assert refusal(ask(instance, 'Disconnect', '(@a{sv} {},)')) == ('forbidden-by-policy', 'allowDisconnect')
    assert 'value' in ask(instance, 'Disconnect', "({'reason': <'printer'>},)")
    assert refusal(ask(instance, 'Unblock'))[0] == 'forbidden-by-policy'
    assert 'value' in ask(instance, 'Unblock', user=None)
    put(instance, {'allowDisconnect': 'no'})
    ask(instance, 'Reload', user=None)
    assert refusal(ask(instance, 'Disconnect', "({'reason': <'printer'>},)"))[0] == 'forbidden-by-policy'


def test_locked_keys_bind_users_and_not_root(instance):
    put(instance, {'locked': ['remove']})
    instance.start()
    name = instance.import_profile()
    assert refusal(ask(instance, 'Wipe', f"('{name}',)"))[0] == 'not-permitted'
    assert 'value' in ask(instance, 'Wipe', f"('{name}',)", user=None)


def test_changes_are_noticed_and_a_bad_file_keeps_what_held(instance):
    put(instance, {'killSwitch': 'always'})
    instance.start()
    put(instance, {'killSwitch': 'session'})
    wait_until(lambda: policy(instance)['killSwitch']['value'] == 'session', 10, 'the changed file')
    put(instance, '{"version":1,"killSwitch":"sometimes"}')
    wait_until(lambda: not json.loads(ask(instance, 'Compliance')['value'][0])['policy_ok'], 10, 'the bad file')
    assert policy(instance)['killSwitch']['value'] == 'session'
    (instance.root / MANAGED / '10.json').unlink()
    wait_until(lambda: 'killSwitch' not in policy(instance), 10, 'the file that is gone')


def test_a_managed_file_that_never_was_good_opens_nothing(instance):
    put(instance, '{"version":1,')
    instance.start()
    rows = policy(instance)
    assert rows['allowDisconnect']['value'] == 'no' and rows['allowLegacy']['value'] is False
    assert rows['allowUserProfiles']['origin'] == 'managed.d/10.json'


def test_a_file_can_be_checked_before_it_is_laid_down(instance):
    instance.start()
    answer = ask(instance, 'CheckPolicy', '(handle 0,)', ['{"version":1,"allowLan":true}'])
    assert json.loads(answer['value'][0])[0]['key'] == 'allowLan'
    answer = ask(instance, 'CheckPolicy', '(handle 0,)', ['{"version":1,"alowLan":true}'])
    assert fault_of(answer)['received'] == 'alowLan'
    assert policy(instance) == {}


def test_compliance_is_flat_and_says_no_when_not_connected(instance):
    put(instance, HERE)
    instance.start()
    told = json.loads(ask(instance, 'Compliance')['value'][0])
    assert told['compliant'] is False and told['connected'] is False and told['policy_ok'] is True
    assert list(told)[:2] == ['v', 'compliant'] and len(told['policy_hash']) == 64
    assert [row['ok'] for row in told['policy_files']] == [True]
    assert not [key for key, value in told.items() if isinstance(value, dict)]


def sign(instance, identity, name='10.json', folder=MANAGED) -> None:
    """As an organisation's build does it, with the openssl command."""
    path = instance.root / folder / name
    run(
        ['openssl', 'cms', '-sign', '-binary', '-in', path, '-signer', identity.certificate, '-inkey', identity.key]
        + ['-outform', 'DER', '-out', f'{path}.p7s']
    )


def test_files_that_have_to_be_signed_say_so_and_hold_only_when_they_are(instance, tmp_path):
    authority = Authority(tmp_path / 'ca', 'Policy CA')
    vendor = instance.root / 'usr/lib/holdfast/policies'
    (vendor / 'policy-ca.pem').write_bytes(authority.certificate.read_bytes())
    (vendor / 'policy-ca.pem').chmod(0o644)
    put(instance, {'requireSignature': True}, folder='usr/lib/holdfast/policies')
    put(instance, {'killSwitch': 'always'})
    sign(instance, authority.issue('it', '/CN=IT'))
    put(instance, {'allowLan': True}, name='20.json')
    instance.start()
    rows = policy(instance)
    assert rows['killSwitch']['value'] == 'always' and rows['killSwitch']['signed'] is True
    assert 'allowLan' not in rows and rows['allowLegacy']['value'] is False  # closed, for the second
    told = json.loads(ask(instance, 'Compliance')['value'][0])
    assert [(row['path'], row['ok'], row['signed']) for row in told['policy_files']] == [
        ('policies/10.json', True, False), ('managed.d/10.json', True, True), ('managed.d/20.json', False, False),
    ]  # fmt: skip
    assert told['policy_ok'] is False
    assert 'managed.d/20.json: policy-signature (no signature)' in (instance.folder / 'log').read_text()
