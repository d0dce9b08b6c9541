"""What an import can be told besides its file, and what it says: files that belong to it, one VPN of several, notices, certificates."""
import json
import subprocess

import pytest

from rig.holdfast import OWNER
from rig.instance import native_profile

GATEWAY = 'vpn.example.test'


@pytest.fixture(scope='module')
def made(instance):
    """A key with its certificate, as PEM and as PKCS#12."""
    folder = instance.folder
    key, certificate, both = folder / 'key.pem', folder / 'client.pem', folder / 'client.p12'
    request = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']
    run = lambda *argv: subprocess.run(argv, check=True, capture_output=True)
    run(*request, '-subj', '/CN=client.example.test', '-keyout', key, '-out', certificate)
    run('openssl', 'pkcs12', '-export', '-inkey', key, '-in', certificate, '-out', both, '-passout', 'pass:open sesame')
    for path in (key, certificate, both):
        path.chmod(0o644)
    return folder


def swanctl(*names: str) -> str:
    """Connections of a road warrior, whose CA is in a file of its own."""
    connection = (
        '  %s {\n    remote_addrs = ' + GATEWAY + '\n    vips = 0.0.0.0\n'
        '    local {\n auth = psk\n id = me@example.test\n }\n    remote {\n auth = psk\n id = ' + GATEWAY + '\n }\n'
        '    children {\n net {\n remote_ts = 0.0.0.0/0\n }\n }\n  }\n'
    )
    secrets = 'secrets {\n  ike-1 {\n    id = me@example.test\n    secret = "password1"\n  }\n}\n'
    return 'connections {\n' + ''.join(connection % name for name in names) + '}\n' + secrets


def look(instance, *words, text: str, check=True) -> dict:
    result = instance.cli('import', '-', '--dry-run', '--json', *words, input=text, check=check)
    return json.loads(result.stdout)


def test_one_vpn_of_several_is_picked(instance):
    report = look(instance, text=swanctl('berlin', 'paris'))['report']
    assert report['profile']['name'] == 'berlin' and report['others'] == ['paris']
    picked = look(instance, '--pick', 'paris', text=swanctl('berlin', 'paris'))['report']
    assert picked['profile']['name'] == 'paris'
    missing = look(instance, '--pick', 'rome', text=swanctl('berlin', 'paris'), check=False)
    assert missing['exit'] == 4 and missing['code'] == 'not-found'


def test_people_read_what_matters_and_more_when_they_ask(instance):
    result = instance.cli('import', '-', '--dry-run', input=swanctl('berlin', 'paris'), check=True)
    assert 'other VPNs:    paris' in result.stderr and 'secrets:       psk' in result.stderr
    assert '  unsafe: ' in result.stderr and 'password1' not in result.stderr + result.stdout
    assert '  applied: ' not in result.stderr
    more = instance.cli('import', '-', '--dry-run', '--verbose', input=swanctl('berlin', 'paris'), check=True)
    assert '  applied: ' in more.stderr
    assert instance.cli('import', '-', '--dry-run', '--quiet', input=swanctl('berlin'), check=True).stderr == ''


def test_a_file_that_belongs_to_it_is_handed_over_by_its_base_name(instance, made):
    text = swanctl('berlin').replace('id = ' + GATEWAY, 'id = ' + GATEWAY + '\n cacerts = client.pem').replace(
        'remote {\n auth = psk', 'remote {\n auth = pubkey'
    )
    without = look(instance, text=text)['report']['profile']
    with_it = look(instance, '--with', str(made / 'client.pem'), text=text)['report']['profile']
    assert without.get('trust', '') == '' and 'BEGIN CERTIFICATE' in with_it['trust']
    assert look(instance, '--with', '/nowhere', text=text, check=False)['exit'] == 4
    many = [word for n in range(9) for word in ('--with', str(made / 'client.pem'))]
    assert look(instance, *many, text=text, check=False)['exit'] == 2


@pytest.mark.parametrize('name', ['client.p12', 'key.pem'])
def test_a_certificate_joins_a_profile(instance, made, name):
    profile = native_profile('Certified', **{'auth': 'certificate', 'gateway-psk': False, 'system-trust': True})
    instance.import_profile(profile)
    words = ['cert', 'import', 'certified', made / name]
    if name.endswith('.p12'):
        wrong = instance.cli(*words, '--json', '--secret', 'key-passphrase=stdin', input='guess')
        assert wrong.returncode == 12 and json.loads(wrong.stdout)['code'] == 'credential-passphrase'
    instance.cli(*words, '--secret', 'key-passphrase=stdin', input='open sesame', check=True)
    rows = json.loads(instance.cli('cert', 'list', '--json').stdout)['certificates']
    (row,) = [row for row in rows if row['profile'] == f'{OWNER}/certified']
    assert row['key'] == 'file' and row['certificates'] is name.endswith('.p12')
    instance.cli('profile', 'remove', 'certified', check=True)


def test_what_is_no_certificate_is_refused(instance):
    instance.import_profile(native_profile('Uncertified'))
    result = instance.cli('cert', 'import', 'uncertified', '-', '--json', input='hello')
    assert result.returncode == 12 and json.loads(result.stdout)['code'] == 'credential-invalid'
    assert instance.cli('cert', 'import', 'uncertified', '/nowhere').returncode == 4
