"""Apple's profiles through the confined engine: what the unit tests read, in a process without files."""
import json
import plistlib
import subprocess

import pytest

from rig import mobileconfig


def openssl(*words, **options):
    return subprocess.run(['openssl', *map(str, words)], check=True, capture_output=True, **options).stdout


@pytest.fixture
def keys(instance):
    """A key and a certificate that nobody knows, and the two in a container of the old kind."""
    folder = instance.folder
    key, certificate, old = folder / 'it.key', folder / 'it.pem', folder / 'old.p12'
    openssl(
        *'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=IT'.split(),
        *('-keyout', key, '-out', certificate),
    )
    openssl(
        *'pkcs12 -export -legacy -passout pass:opensesame'.split(), '-inkey', key, '-in', certificate, '-out', old
    )
    return key, certificate, old


def profile(**overrides) -> bytes:
    overrides = {'SharedSecret': 'company vpn', **overrides}
    return mobileconfig.profile('gw.example', 'ann@example', mobileconfig.PSK, psk='x', **overrides)


def with_certificate(old: bytes) -> bytes:
    file = plistlib.loads(profile(AuthenticationMethod='Certificate', SharedSecret=None, PayloadCertificateUUID='A'))
    file['PayloadContent'].append(
        {
            'PayloadType': 'com.apple.security.pkcs12',
            'PayloadUUID': 'A',
            'Password': 'opensesame',
            'PayloadContent': old,
        }
    )
    return plistlib.dumps(file)


def write(instance, content: bytes):
    path = instance.folder / 'apple.mobileconfig'
    path.write_bytes(content)
    path.chmod(0o644)
    return path


def report(instance, content: bytes) -> dict:
    result = instance.cli('import', write(instance, content), '--dry-run', '--json')
    assert result.returncode == 0, result.stderr + result.stdout
    return json.loads(result.stdout)['report']


def signed(keys, content: bytes) -> bytes:
    key, certificate, _ = keys
    words = 'cms -sign -nodetach -binary -outform DER'.split()
    return openssl(*words, '-signer', certificate, '-inkey', key, input=content)


def test_a_signed_profile_with_an_old_container(instance, keys):
    told = report(instance, signed(keys, with_certificate(keys[2].read_bytes())))
    assert told['format'] == 'mobileconfig'
    assert told['signature'] == 'good' and told['signer'] == 'CN=IT' and told['signer_trust'] != ''
    assert {'private-key', 'certificates'} <= set(told['secrets'])
    assert any(n['severity'] == 'unsafe' and 'weak container' in n['text'] for n in told['notices'])


def test_a_profile_that_was_changed_after_signing(instance, keys):
    content = signed(keys, profile()).replace(b'gw.example', b'gw.exomple', 1)
    result = instance.cli('import', write(instance, content))
    assert result.returncode != 0
    assert 'changed after it was signed' in result.stderr


def test_a_weak_shared_secret_is_noticed_in_both_forms(instance):
    notices = report(instance, profile())['notices']
    assert any(n['path'] == 'psk' and n['severity'] == 'unsafe' for n in notices)
    result = instance.cli('import', write(instance, profile()), '--dry-run')
    assert result.returncode == 0 and 'common words' in result.stderr
    assert 'company vpn' not in result.stderr + result.stdout


def test_stray_white_space_is_noticed(instance):
    notices = report(instance, profile(SharedSecret='kD8fq2Lm0zXw7RbTn4Vh '))['notices']
    assert any(n['path'] == 'psk' and 'white space' in n['text'] for n in notices)


def test_a_key_alone_is_told_where_it_belongs(instance, keys):
    path = write(instance, keys[2].read_bytes())
    result = instance.cli('import', path)
    assert result.returncode == 15
    assert 'holdfast cert import' in result.stderr


def test_the_engine_knows_the_time(instance):
    file = plistlib.loads(profile())
    file['DurationUntilRemoval'] = 3600.0
    assert report(instance, plistlib.dumps(file))['profile']['removal-date'] > 1700000000
