"""Connecting from the command line: secrets, waiting, interrupting, and what is shown. Nobody answers here; tunnels are the
lab's."""
import itertools
import json
import os
import signal
import subprocess
import time

import pytest

from rig.holdfast import OWNER
from rig.instance import native_profile
from rig.process import run, wait_until

PSK = 'correct horse battery staple'


@pytest.fixture(autouse=True)
def profile(instance):
    return instance.import_profile()


def attempting(instance) -> bool:
    return instance.status()['state'] in ('resolving', 'handshaking')


def connect(instance, *words, **options):
    """Without waiting: what matters is whether it began."""
    return instance.cli('connect', '--no-wait', 'nobody', *words, **options)


def test_an_unknown_profile(instance):
    result = instance.cli('connect', 'unheard-of')
    assert result.returncode == 4
    assert 'unheard-of' in result.stderr


def test_a_missing_secret_is_named_before_anything_starts(instance):
    before = instance.leftovers()
    result = instance.cli('connect', 'nobody')
    assert result.returncode == 8
    assert 'psk' in result.stderr
    assert instance.status()['state'] == 'disconnected'
    assert instance.leftovers() == before


def test_a_missing_secret_as_json(instance):
    fault = json.loads(instance.cli('connect', '--json', 'nobody').stdout)
    assert (fault['code'], fault['exit']) == ('secret-needed', 8)
    assert fault['detail']['offered'] == 'psk'


def test_the_only_profile_needs_no_name(instance):
    result = instance.cli('connect', '--no-wait', '--secret', 'psk=stdin', input=PSK)
    assert result.returncode == 0, result.stderr


def test_a_profile_is_found_by_its_name_for_people(instance):
    result = instance.cli('connect', '--no-wait', 'Nobody', '--secret', 'psk=stdin', input=PSK)
    assert result.returncode == 0, result.stderr


def test_a_secret_from_standard_input(instance):
    assert connect(instance, '--secret', 'psk=stdin', input=PSK).returncode == 0
    wait_until(lambda: attempting(instance), 5, 'an attempt')


def test_a_secret_from_a_descriptor(instance):
    reader, writer = os.pipe()
    os.write(writer, PSK.encode())
    os.close(writer)
    assert connect(instance, '--secret', f'psk=fd:{reader}', pass_fds=[reader]).returncode == 0
    os.close(reader)


def test_a_secret_from_a_file(instance):
    path = instance.folder / 'psk'
    path.write_text(PSK)
    os.chown(path, OWNER, OWNER)
    assert connect(instance, '--secret', f'psk=file:{path}').returncode == 0


def test_a_secret_from_the_environment_is_warned_about(instance):
    result = connect(instance, '--secret', 'psk=env:THE_PSK', env={**os.environ, 'THE_PSK': PSK})
    assert result.returncode == 0
    assert 'environment' in result.stderr


def test_a_secret_that_the_service_manager_handed_over(instance):
    folder = instance.folder / 'credentials'
    folder.mkdir()
    (folder / 'vpn').write_text(PSK)
    environment = {**os.environ, 'CREDENTIALS_DIRECTORY': str(folder)}
    assert connect(instance, '--secret', 'psk=credential:vpn', env=environment).returncode == 0


@pytest.mark.parametrize(
    'option,status',
    [
        ('psk=hunter2', 2),  # a secret on the command line
        ('psk', 2),
        ('=stdin', 2),
        ('psk=fd:x', 2),
        ('colour=stdin', 2),
        ('psk=file:/nowhere', 4),
        ('psk=env:UNSET', 4),
        ('psk=credential:../shadow', 4),
        ('psk=prompt', 8),  # nobody to ask
    ],
)
def test_a_bad_source_of_a_secret(instance, option, status):
    result = connect(instance, '--secret', option, input='')
    assert result.returncode == status, result.stderr
    assert instance.status()['state'] == 'disconnected'


def test_a_secret_is_asked_for_on_a_terminal_and_not_shown(instance):
    status, shown = instance.terminal('connect', '--no-wait', 'nobody', answer=PSK)
    assert status == 0, shown
    assert 'psk: ' in shown
    assert PSK not in shown
    wait_until(lambda: attempting(instance), 5, 'an attempt')


def test_non_interactive_asks_nothing(instance):
    status, shown = instance.terminal('connect', '--non-interactive', 'nobody', answer=PSK)
    assert status == 8, shown


def test_secrets_are_kept_out_of_traces_and_status(instance):
    assert connect(instance, '--secret', 'psk=stdin', input=PSK).returncode == 0
    wait_until(lambda: attempting(instance), 5, 'an attempt')
    assert PSK not in (instance.root / 'run/holdfast/trace.jsonl').read_text()
    assert PSK not in instance.cli('status', '--json').stdout


def test_waiting_ends_after_the_time_given(instance):
    start = time.monotonic()
    result = instance.cli('connect', 'nobody', '--timeout', '1', '--secret', 'psk=stdin', input=PSK)
    assert result.returncode == 3
    assert time.monotonic() - start < 5
    assert '(timeout)' in result.stderr


@pytest.mark.parametrize('number,status', [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_cancels_the_attempt(instance, number, status):
    before = instance.leftovers()
    path = instance.folder / 'psk'
    path.write_text(PSK)
    path.chmod(0o644)
    argv = instance.argv('connect', 'nobody', '--secret', f'psk=file:{path}')
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: instance.status()['blocking'], 5, 'the block')
    assert 'holdfast' in instance.leftovers()[0]
    child.send_signal(number)
    child.communicate(timeout=10)
    assert child.returncode == status
    assert instance.status()['state'] == 'disconnected'
    assert instance.leftovers() == before


def test_a_script_sees_no_progress(instance):
    result = instance.cli('connect', 'nobody', '--timeout', '1', '--secret', 'psk=stdin', input=PSK)
    assert result.stdout == ''
    assert 'gateway …' not in result.stderr


def test_a_person_sees_progress(instance):
    path = instance.folder / 'psk'
    path.write_text(PSK)
    path.chmod(0o644)
    status, shown = instance.terminal('connect', 'nobody', '--timeout', '1', '--secret', f'psk=file:{path}')
    assert status == 3
    assert 'Reaching the gateway …' in shown


def test_the_block_is_in_force_while_an_attempt_runs_and_gone_after(instance):
    before = instance.leftovers()
    assert connect(instance, '--secret', 'psk=stdin', input=PSK).returncode == 0
    wait_until(lambda: instance.status()['blocking'], 5, 'the block')
    assert 'holdfast' in instance.leftovers()[0]
    assert instance.cli('disconnect').returncode == 0
    assert instance.leftovers() == before


def test_unblock_ends_an_attempt_and_its_block(instance):
    before = instance.leftovers()
    assert connect(instance, '--secret', 'psk=stdin', input=PSK).returncode == 0
    wait_until(lambda: instance.status()['blocking'], 5, 'the block')
    assert instance.cli('unblock').returncode == 0
    assert instance.leftovers() == before
    assert instance.status()['state'] == 'disconnected'


def test_disconnecting_twice_is_no_failure(instance):
    assert instance.cli('disconnect').returncode == 0
    result = instance.cli('disconnect', '--json')
    assert result.returncode == 0
    assert json.loads(result.stdout)['ok'] is True


def test_status_for_people_and_for_programs(instance):
    assert connect(instance, '--secret', 'psk=stdin', input=PSK).returncode == 0
    wait_until(lambda: instance.status()['state'] == 'handshaking', 5, 'the handshake')
    status = instance.status()
    assert status['profile'] == 'nobody' and status['name'] == 'Nobody'
    assert status['blocking'] is True and status['lock'] == 'session'
    shown = instance.cli('status').stdout
    assert shown.startswith('Reaching the gateway: Nobody\n')


def test_there_is_nothing_to_rekey_without_a_tunnel(instance):
    result = instance.cli('rekey')
    assert result.returncode == 4
    assert '(not-connected)' in result.stderr


def test_a_second_daemon_for_the_same_instance_ends_at_once(instance):
    argv = [instance.build / 'platform' / 'holdfastd', '--root', instance.root, '--bus', 'none']
    result = run([str(word) for word in argv], check=False)
    assert result.returncode == 1
    assert 'another holdfastd' in result.stderr


def heed_signals() -> None:
    """A shell starts what is in its background deaf to SIGINT, and that is inherited."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def test_an_interrupt_at_any_moment_leaves_nothing(instance):
    """At every stage of starting: before the request, while it is under way, while it is waited for."""
    before = instance.leftovers()
    path = instance.folder / 'psk'
    path.write_text(PSK)
    path.chmod(0o644)
    argv = instance.argv('connect', 'nobody', '--secret', f'psk=file:{path}')
    seen = set()
    delays = itertools.chain(range(0, 60, 2), range(60, 1000, 25))  # the later ones for slow builds
    for turn, delay_ms in enumerate(delays):
        if delay_ms >= 60 and seen >= {130, 143}:
            break
        number, status = [(signal.SIGINT, 130), (signal.SIGTERM, 143)][turn % 2]
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=heed_signals)
        time.sleep(delay_ms / 1000)  # the moment itself is what is tested
        child.send_signal(number)
        try:
            child.wait(timeout=30)
        except subprocess.TimeoutExpired:
            child.kill()
            pytest.fail(f'still there 30 s after a signal at {delay_ms} ms: {instance.status()}')
        assert child.returncode in (status, -number), delay_ms  # -number: before it could ask for anything
        assert instance.status()['state'] == 'disconnected', delay_ms
        seen.add(child.returncode)
    assert {130, 143} <= seen
    assert instance.leftovers() == before


HELD_TABLE = 'add table inet holdfast { flags owner; }\n'


def test_a_block_that_is_tried_again_is_waited_for(instance):
    """Whoever holds our table makes the attempt `blocked`; it goes on by itself, so `connect` does not end."""
    instance.import_profile(native_profile('Always Wanted', **{'auto-connect': True}))
    path = instance.folder / 'psk'
    path.write_text(PSK)
    path.chmod(0o644)
    holder = subprocess.Popen(instance.net.command(['nft', '-i']), stdin=subprocess.PIPE, text=True)
    holder.stdin.write(HELD_TABLE)
    holder.stdin.flush()
    wait_until(lambda: 'holdfast' in instance.leftovers()[0], 5, 'the table')
    argv = instance.argv('connect', 'always-wanted', '--timeout', '30', '--secret', f'psk=file:{path}')
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: instance.status()['state'] == 'blocked', 5, 'the refusal')
    assert instance.status()['wanted'] is True
    holder.stdin.close()
    holder.wait(5)
    wait_until(lambda: instance.status()['state'] == 'handshaking', 10, 'the next try')
    assert child.poll() is None
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == 130
