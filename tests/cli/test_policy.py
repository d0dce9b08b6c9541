"""Policy and compliance from the command line."""
import json

import pytest

from rig.instance import STRANGER, Instance

MANAGED = 'etc/holdfast/policies/managed.d'


@pytest.fixture(scope='module')
def managed():
    """An instance that an organisation manages."""
    with Instance() as made:
        folder = made.root / MANAGED
        folder.mkdir(parents=True)
        write(made, '10.json', {'killSwitch': 'session', 'allowLan': False, 'pauseMinutesMax': 0})
        yield made.start()


def write(instance, name: str, keys: dict) -> None:
    path = instance.root / MANAGED / name
    path.write_text(json.dumps({'version': 1, **keys}))
    path.chmod(0o644)


def test_each_key_is_listed_with_its_file(managed):
    answer = json.loads(managed.cli('policy', 'list', '--json', check=True).stdout)
    assert answer['v'] == 1 and answer['ok'] is True
    (row,) = [row for row in answer['policy'] if row['key'] == 'allowLan']
    assert row['value'] is False and row['tier'] == 'managed' and row['locked'] is True
    shown = managed.cli('policy', 'list', check=True).stdout
    assert f'allowLan = false  managed  {row["origin"]}  (locked)\n' in shown


def test_a_file_is_checked_before_it_is_put_anywhere(managed):
    before = managed.cli('policy', 'list').stdout
    result = managed.cli('policy', 'check', '-', '--json', input='{"version":1,"allowLan":true}')
    assert result.returncode == 0 and json.loads(result.stdout)['policy'][0]['key'] == 'allowLan'
    result = managed.cli('policy', 'check', '-', '--json', input='{"version":1,"alowLan":true}')
    assert result.returncode == 15
    fault = json.loads(result.stdout)
    assert fault['code'] == 'policy-invalid' and 'alowLan' in json.dumps(fault['detail'])
    assert managed.cli('policy', 'check', '/nowhere').returncode == 4
    assert managed.cli('policy', 'list').stdout == before


def test_policy_is_read_again_on_request(managed):
    write(managed, '20.json', {'organizationName': 'Example Ltd'})
    assert managed.cli('policy', 'reload', '--json', check=True).stdout == '{"v":1,"ok":true}\n'
    assert 'organizationName = "Example Ltd"' in managed.cli('policy', 'list').stdout


def test_what_the_policy_forbids_is_not_permitted(managed):
    managed.import_profile()
    path = managed.folder / 'psk'
    path.write_text('of sixteen letters')
    path.chmod(0o644)
    managed.cli('connect', 'nobody', '--no-wait', '--secret', f'psk=file:{path}', check=True)
    result = managed.cli('pause', '5', '--json')
    assert result.returncode == 6
    assert json.loads(result.stdout)['code'] == 'forbidden-by-policy'
    managed.cli('disconnect', check=True)


def test_compliance_is_one_flat_object_and_an_exit_status(managed):
    result = managed.cli('compliance', '--json')
    answer = json.loads(result.stdout)
    assert result.returncode == 20 and answer['compliant'] is False
    assert list(answer)[:2] == ['v', 'compliant'] and answer['state'] == 'disconnected'
    scalars = [value for value in answer.values() if not isinstance(value, (list, dict))]
    assert len(scalars) > 8
    assert 'compliant: false\n' in managed.cli('compliance').stdout
    assert managed.cli('compliance', '--quiet').stdout == ''


@pytest.mark.parametrize('words', [['policy', 'list'], ['policy', 'reload'], ['policy', 'check', '/dev/null'], ['compliance']])
def test_a_stranger_is_told_nothing(managed, words):
    result = managed.cli(*words, user=STRANGER)
    assert result.returncode == 6 and result.stdout == ''


@pytest.mark.parametrize('words', [['policy'], ['policy', 'set'], ['policy', 'check'], ['compliance', 'x']])
def test_bad_usage(managed, words):
    assert managed.cli(*words).returncode == 2
