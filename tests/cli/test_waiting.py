"""The verbs that ask about the connection and wait for it: is-connected, wait, monitor, reconnect, disconnect --reason."""
import json
import signal
import subprocess

import pytest

from rig.instance import STRANGER, Instance, native_profile
from rig.process import wait_until


@pytest.fixture(scope='module')
def bare():
    """No daemon runs."""
    with Instance() as made:
        yield made


class Monitor:
    """`holdfast monitor` under way; `line()` waits for its next one."""

    def __init__(self, instance, *options: str):
        argv = instance.argv('monitor', *options)
        self.child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def line(self) -> dict:
        return json.loads(self.child.stdout.readline())

    def until(self, wanted) -> dict:
        while not wanted(line := self.line()):
            pass
        return line

    def stop(self) -> int:
        self.child.send_signal(signal.SIGTERM)
        self.child.communicate(timeout=10)
        return self.child.returncode


@pytest.fixture
def monitor(instance):
    started = []

    def start(*options: str) -> Monitor:
        started.append(Monitor(instance, '--json=lines', *options))
        return started[-1]

    yield start
    for one in started:
        if one.child.poll() is None:
            one.stop()


def connect(instance) -> None:
    instance.import_profile()
    path = instance.folder / 'psk'
    path.write_text('of sixteen letters')
    path.chmod(0o644)
    instance.cli('connect', 'nobody', '--no-wait', '--secret', f'psk=file:{path}', check=True)


def test_is_connected_answers_by_its_exit_status_alone(instance):
    for words in (['is-connected'], ['is-connected', 'nobody'], ['is-connected', '--json']):
        result = instance.cli(*words)
        assert (result.returncode, result.stdout, result.stderr) == (20, '', '')


def test_an_attempt_is_no_connection(instance):
    connect(instance)
    assert instance.cli('is-connected').returncode == 20


def test_waiting_for_what_holds_already(instance):
    instance.cli('disconnect', check=True)
    for goal in ('disconnected', 'unblocked'):
        assert instance.cli('wait', f'--for={goal}').returncode == 0
        assert instance.cli('wait', '--for', goal).returncode == 0
    status = json.loads(instance.cli('wait', '--for=disconnected', '--json').stdout)
    assert status['ok'] is True and status['status']['state'] == 'disconnected'


def test_a_wait_in_vain_ends_with_a_timeout(instance):
    result = instance.cli('wait', '--for=connected', '--timeout=1', '--json')
    assert result.returncode == 3
    assert json.loads(result.stdout)['code'] == 'timeout'


def test_a_wait_ends_when_somebody_else_brings_it_about(instance):
    connect(instance)
    waiting = subprocess.Popen(instance.argv('wait', '--for=disconnected'))
    assert waiting.poll() is None
    instance.cli('disconnect', check=True)
    assert waiting.wait(10) == 0


@pytest.mark.parametrize('words', [['wait'], ['wait', '--for=lunch'], ['wait', '--for'], ['wait', 'connected']])
def test_a_wait_for_nothing_known_is_bad_usage(bare, words):
    assert bare.cli(*words).returncode == 2


def test_monitor_tells_the_state_and_then_what_happens(instance, monitor):
    watching = monitor()
    first = watching.line()
    assert first['v'] == 1 and first['event'] == 'snapshot' and first['time'][10] == 'T'
    assert first['status']['state'] == 'disconnected'
    connect(instance)
    told = watching.until(lambda line: line['event'] == 'state' and line['to'] == 'handshaking')
    assert told['profile'] == 'nobody' and told['v'] == 1 and told['code'] == 'ok'
    instance.cli('disconnect', '--reason', 'going home', check=True)
    asked = watching.until(lambda line: line.get('event.reason') == 'going home')
    assert asked['event'] == 'request' and asked['event.action'] == 'Disconnect'
    told = watching.until(lambda line: line['event'] == 'state' and line['to'] == 'disconnected')
    assert watching.stop() == 143


def test_monitor_from_now_on_tells_no_snapshot(instance, monitor):
    watching = monitor('--since-now')
    wait_until(lambda: len(instance.pids('holdfast')) > 0, 5, 'the monitor')
    connect(instance)
    assert watching.until(lambda line: True)['event'] != 'snapshot'


def test_monitor_for_people_prints_a_line_for_each_state(instance):
    child = subprocess.Popen(instance.argv('monitor'), stdout=subprocess.PIPE, text=True)
    assert '  Disconnected' in child.stdout.readline()
    connect(instance)
    shown = ''
    while 'Reaching the gateway' not in shown:
        shown += child.stdout.readline()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=10)
    assert child.returncode == 130


def test_monitor_ends_when_the_daemon_goes():
    with Instance() as own:
        own.start()
        watching = Monitor(own, '--json=lines')
        assert watching.line()['event'] == 'snapshot'
        own.netd.stop(signal.SIGTERM, patience=10)
        shown, _ = watching.child.communicate(timeout=10)
        own.netd = None
    assert watching.child.returncode == 5
    assert json.loads(shown.splitlines()[-1])['code'] == 'daemon-not-running'


def test_reconnecting_nothing_is_an_error(instance):
    instance.cli('disconnect')
    result = instance.cli('reconnect', '--json')
    assert result.returncode == 4
    assert json.loads(result.stdout)['code'] == 'not-connected'


def test_a_wiped_profile_is_gone(instance):
    instance.import_profile(native_profile('Wiped'))
    assert instance.cli('wipe', 'wiped', '--json').stdout == '{"v":1,"ok":true}\n'
    assert instance.cli('wipe', 'wiped').returncode == 4
    assert instance.cli('wipe').returncode == 2


@pytest.mark.parametrize(
    'words', [['reconnect'], ['is-connected'], ['wait', '--for=connected'], ['monitor'], ['wipe', 'x'], ['pause', '5']]
)
def test_without_a_daemon_and_for_a_stranger(bare, instance, words):
    assert bare.cli(*words).returncode == 5
    assert instance.cli(*words, user=STRANGER).returncode == 6


@pytest.mark.parametrize('minutes', ['-1', 'soon', '1.5', '', '5m'])
def test_a_pause_lasts_whole_minutes(bare, minutes):
    assert bare.cli('pause', minutes).returncode == 2


def test_a_pause_is_shown_with_its_end_and_ends_with_a_disconnect(instance):
    connect(instance)
    assert instance.cli('pause', '5', '--json', check=True).stdout == '{"v":1,"ok":true}\n'
    status = instance.status()
    assert status['state'] == 'disconnected' and 290_000 < status['resume_ms'] <= 300_000
    assert 'resumes at:' in instance.cli('status').stdout
    instance.cli('disconnect', check=True)
    assert instance.status()['resume_ms'] is None


def test_a_pause_of_nothing_is_an_error(instance):
    instance.cli('disconnect')
    assert instance.cli('pause', '5').returncode == 4
