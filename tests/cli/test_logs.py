"""What happened, from the command line: the events of the computer and the timeline of a connection."""
import json
import subprocess

import pytest

from rig.instance import STRANGER, native_profile


def connect(instance) -> None:
    instance.import_profile()
    path = instance.folder / 'psk'
    path.write_text('never to be logged')
    path.chmod(0o644)
    instance.cli('connect', 'nobody', '--timeout', '1', '--secret', f'psk=file:{path}')


def lines(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_events_are_told_with_who_asked_for_what(instance):
    connect(instance)
    told = lines(instance.cli('logs', '--json', check=True))
    asked = [record for record in told if record.get('event.action') == 'Connect']
    assert asked and asked[-1]['user.id'] == '64800' and asked[-1]['v'] == 1
    shown = instance.cli('logs', check=True).stdout
    assert 'event.action=Connect' in shown and 'never to be logged' not in shown + json.dumps(told)


def test_only_what_is_young_enough(instance):
    connect(instance)
    assert lines(instance.cli('logs', '--json', '--since', '1h', check=True))
    assert lines(instance.cli('logs', '--json', '--since=2001-01-01T00:00:00', check=True))
    assert instance.cli('logs', '--since=2090-01-01T00:00:00', check=True).stdout == ''
    assert instance.cli('logs', '--since', 'yesterday').returncode == 2


def test_following_tells_what_happens_later(instance):
    child = subprocess.Popen(instance.argv('logs', '--follow', '--json', '--since=2090-01-01T00:00:00'), stdout=subprocess.PIPE)
    child.terminate()
    assert child.wait(10) in (143, -15) and child.stdout.read() == b''
    child = subprocess.Popen(instance.argv('logs', '--follow', '--json'), stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline()  # it is at work
    instance.import_profile(native_profile('Followed'))
    connect(instance)
    while json.loads(child.stdout.readline()).get('holdfast.state') != 'handshaking':
        pass
    child.terminate()
    child.communicate(timeout=10)
    assert child.returncode == 143


def test_the_timeline_is_of_the_latest_connection_and_names_the_processes(instance):
    connect(instance)
    instance.cli('disconnect', check=True)
    connect(instance)
    timeline = lines(instance.cli('trace', 'connect', '--json', check=True))
    assert timeline[0]['process'] == 'holdfastd' and timeline[0]['on'] == 'connect'
    assert {'holdfastd', 'engine'} <= {record['process'] for record in timeline}
    assert [record['t'] for record in timeline] == sorted(record['t'] for record in timeline)
    assert sum(record.get('on') == 'connect' for record in timeline) == 1
    shown = instance.cli('trace', 'connect', check=True).stdout
    assert '     0.000 ms  holdfastd  state' in shown and 'engine     ikev2.send' in shown
    assert 'never to be logged' not in shown


@pytest.mark.parametrize('words', [['logs'], ['trace', 'connect']])
def test_a_stranger_reads_nothing(instance, words):
    result = instance.cli(*words, user=STRANGER)
    assert (result.returncode, result.stdout) == (6, '')


@pytest.mark.parametrize('words', [['trace'], ['trace', 'dance'], ['logs', 'x'], ['logs', '--since']])
def test_bad_usage(instance, words):
    assert instance.cli(*words).returncode == 2
