"""A holdfastd that is there and does not answer: every verb ends in limited time and says so."""
import contextlib
import json
import os
import signal
import subprocess
import time

import pytest

from rig.instance import native_profile
from rig.process import wait_until

PSK = 'correct horse battery staple'


@pytest.fixture(autouse=True)
def profile(instance):
    return instance.import_profile()


@contextlib.contextmanager
def stopped(instance):
    (daemon,) = instance.pids('holdfastd')
    os.kill(daemon, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(daemon, signal.SIGCONT)


@pytest.mark.parametrize(
    'words',
    [['status'], ['connect', 'nobody'], ['disconnect'], ['unblock'], ['rekey'], ['import', '-']],
    ids=lambda words: words[0],
)
def test_every_verb_says_that_nobody_answers(instance, words):
    with stopped(instance):
        start = time.monotonic()
        result = instance.cli(*words, input=native_profile().decode())
        assert time.monotonic() - start < 3
    assert result.returncode == 5
    assert 'does not answer' in result.stderr and '(daemon-not-answering)' in result.stderr


def test_status_says_so_as_json(instance):
    with stopped(instance):
        result = instance.cli('status', '--json')
    assert result.returncode == 5
    assert json.loads(result.stdout)['code'] == 'daemon-not-answering'


def test_version_tells_ours_alone(instance):
    with stopped(instance):
        result = instance.cli('version', '--json')
    assert result.returncode == 0
    assert json.loads(result.stdout)['daemon'] is None


def secret_file(instance):
    path = instance.folder / 'psk'
    path.write_text(PSK)
    path.chmod(0o644)
    return f'psk=file:{path}'


def begin(instance, *options):
    """`connect` under way, waiting for signals of the daemon."""
    argv = instance.argv('connect', 'nobody', '--secret', secret_file(instance), *options)
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: instance.status()['state'] == 'handshaking', 5, 'an attempt')
    return child


def test_a_wait_ends_at_its_own_time(instance):
    child = begin(instance, '--timeout', '2')
    start = time.monotonic()
    with stopped(instance):
        child.communicate(timeout=10)
        assert time.monotonic() - start < 3
    assert child.returncode == 3


def test_an_interrupted_wait_ends_too(instance):
    child = begin(instance)
    with stopped(instance):
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=8)
    assert child.returncode == 143
    assert '(daemon-not-answering)' in said
