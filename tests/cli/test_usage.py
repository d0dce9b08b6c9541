"""What the command line understands, and what it says when it does not."""
import json

import pytest

from rig.instance import Instance


@pytest.fixture(scope='module')
def bare():
    """No daemon runs."""
    with Instance() as made:
        yield made


@pytest.mark.parametrize(
    'words',
    [
        [],
        ['dance'],
        ['status', '--dance'],
        ['status', 'too', 'many'],
        ['connect', 'a', 'b'],
        ['connect', '--secret'],
        ['status', '--timeout', 'soon'],
        ['status', '--timeout', '-1'],
        ['import'],
        ['run'],
        ['--root', 'relative', 'status'],
    ],
)
def test_what_is_not_understood_is_bad_usage(bare, words):
    result = bare.cli(*words)
    assert result.returncode == 2
    assert result.stdout == ''
    assert '(usage)' in result.stderr


def test_the_word_that_was_not_understood_is_named(bare):
    assert '--dance' in bare.cli('status', '--dance').stderr


def test_help_names_the_verbs_that_people_use(bare):
    shown = bare.cli('--help').stdout
    for verb in ('connect', 'disconnect', 'status', 'import', 'run', 'unblock', 'version'):
        assert f'\n  {verb} ' in shown
    assert 'rekey' not in shown


def test_help_of_a_verb_names_its_options(bare):
    result = bare.cli('connect', '--help')
    assert result.returncode == 0
    assert '--secret' in result.stdout and '--no-wait' in result.stdout


@pytest.mark.parametrize('words', [['status'], ['connect'], ['disconnect'], ['import', '/dev/null'], ['unblock']])
def test_without_a_daemon(bare, words):
    result = bare.cli(*words)
    assert result.returncode == 5
    assert '(daemon-not-running)' in result.stderr


def test_a_failure_as_json_is_one_object(bare):
    result = bare.cli('status', '--json')
    assert result.returncode == 5
    fault = json.loads(result.stdout)
    assert fault['v'] == 1 and fault['ok'] is False
    assert fault['code'] == 'daemon-not-running' and fault['exit'] == 5
    assert fault['message'] and fault['hint'] and isinstance(fault['detail'], dict)


def test_version_needs_no_daemon(bare):
    result = bare.cli('version', '--json')
    assert result.returncode == 0
    assert json.loads(result.stdout)['daemon'] is None
    assert bare.cli('--version').stdout.startswith('holdfast ')


def test_output_that_cannot_be_written_is_no_success(bare):
    with open('/dev/full', 'wb') as full:
        import subprocess

        result = subprocess.run(bare.argv('version'), stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
