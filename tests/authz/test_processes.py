"""What the processes get from root, and what is said where they cannot be kept apart."""
import os
from pathlib import Path

import pytest

from rig.instance import Instance, native_profile
from rig.process import wait_until


@pytest.fixture
def made():
    with Instance() as instance:
        yield instance


def start_engine(instance: Instance) -> None:
    profile = instance.import_profile(native_profile())
    words = ['connect', '--no-wait', profile, '--secret', 'psk=stdin']
    assert instance.cli(*words, input='secret').returncode == 0


def test_the_daemon_gets_little_of_roots_environment(made):
    made.start(env={**os.environ, 'LANG': 'C.UTF-8', 'SESSION_TOKEN': 'abc', 'LD_BIND_NOW': '1'})
    (pid,) = made.pids('holdfastd')
    entries = Path(f'/proc/{pid}/environ').read_bytes().decode().split('\0')
    names = {entry.partition('=')[0] for entry in entries if entry}
    assert {'PATH', 'LANG'} <= names
    allowed = {'PATH', 'LANG', 'LC_ALL', 'LC_MESSAGES', 'TZ', 'DBUS_SYSTEM_BUS_ADDRESS'}
    assert names <= allowed | {'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'}


COMPLAINT = "the engine shares this computer's network and IPC namespaces"


def test_an_engine_without_namespaces_of_its_own_is_said(made):
    made.start('setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin')
    start_engine(made)
    wait_until(lambda: COMPLAINT in (made.folder / 'log').read_text(), 5, 'the complaint')


def test_an_engine_with_namespaces_of_its_own_is_not(made):
    made.start()
    start_engine(made)
    wait_until(lambda: made.status()['state'] == 'handshaking', 5, 'the engine')
    assert COMPLAINT not in (made.folder / 'log').read_text()
