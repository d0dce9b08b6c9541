"""Who may speak on the peer-to-peer bus: root and the owner, decided before a byte is read, in bounded numbers."""
import contextlib
import os
import socket
import time

import pytest

from rig.holdfast import OWNER
from rig.instance import STRANGER
from rig.process import wait_until

LIMIT = 16  # connections for each user
VERBS = [['status'], ['connect'], ['disconnect'], ['unblock'], ['import', '/dev/null'], ['rekey']]

# A knock as another user: prints what comes back within 1 s, without sending anything first.
KNOCK = '''
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(1)
s.connect(sys.argv[1])
try:
    print(repr(s.recv(1)))
except (TimeoutError, ConnectionResetError) as error:
    print(type(error).__name__)
'''


def knock_as(instance, user: int) -> str:
    path = instance.root / 'run/holdfast/bus.sock'
    return instance.as_user(user, '/usr/bin/python3', '-c', KNOCK, path, check=True).stdout.strip()


def test_a_stranger_is_hung_up_on_before_saying_anything(instance):
    assert knock_as(instance, STRANGER) in ("b''", 'ConnectionResetError')


def test_the_owner_is_listened_to(instance):
    assert knock_as(instance, OWNER) == 'TimeoutError'


@pytest.mark.parametrize('words', VERBS, ids=lambda words: words[0])
def test_no_verb_is_for_a_stranger(instance, words):
    result = instance.cli(*words, user=STRANGER)
    assert result.returncode == 6, result.stderr


def test_the_daemons_own_users_are_strangers_too(instance):
    """What speaks for the engine or the daemon has no business on the bus."""
    for user in (64720, 64721):
        assert instance.cli('status', user=user).returncode == 6


@pytest.mark.parametrize('user', [OWNER, None], ids=['owner', 'root'])
def test_owner_and_root_may(instance, user):
    assert instance.cli('status', user=user).returncode == 0
    assert instance.cli('disconnect', user=user).returncode == 0


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b''
    except ConnectionResetError:
        return True


def is_open(connection: socket.socket) -> bool:
    """Nothing was said, and nobody hung up."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    except ConnectionResetError:
        pass
    return False


def fills(instance, stack) -> bool:
    """As many connections as one user may have, and one more, which is closed; they are looked at in their order. False, and none is
    left, where an earlier connection still took a place."""
    made = [stack.enter_context(instance.knock()) for _ in range(LIMIT + 1)]
    assert is_closed(made.pop())
    if all(map(is_open, made)):
        return True
    for connection in made:
        connection.close()
    return False


def test_connections_of_one_user_are_bounded(instance):
    """By root here; the owner's number is not touched by it."""
    with contextlib.ExitStack() as stack:
        wait_until(lambda: fills(instance, stack), 8, 'the end of earlier connections')
        assert instance.cli('status', user=None).returncode != 0
        assert instance.cli('status', user=OWNER).returncode == 0
    wait_until(lambda: instance.cli('status', user=None).returncode == 0, 8, 'room for root again')


def test_who_does_not_authenticate_is_hung_up_on_in_time(instance):
    start = time.monotonic()
    with instance.knock() as connection:
        assert is_closed(connection)
    assert 1.5 < time.monotonic() - start < 5


def test_only_the_kernels_word_counts(instance):
    """No other way to authenticate than by the uid that the socket has."""
    with instance.knock() as connection:
        connection.sendall(b'\0AUTH ANONYMOUS 6e6f626f6479\r\n')
        assert connection.recv(4096).startswith(b'REJECTED EXTERNAL')


def test_another_uid_cannot_be_claimed(instance):
    """The owner says that he is root: in SASL, that is only a wish."""
    claim = b'\\0AUTH EXTERNAL ' + b'0'.hex().encode() + b'\\r\\n'
    script = KNOCK.replace('try:', f"s.sendall(b'{claim.decode()}')\ntry:").replace('recv(1)', 'recv(99)')
    path = instance.root / 'run/holdfast/bus.sock'
    said = instance.as_user(OWNER, '/usr/bin/python3', '-c', script, path, check=True).stdout
    assert said.startswith("b'REJECTED"), said


def test_garbage_hurts_nobody_else(instance):
    for noise in (b'GET / HTTP/1.0\r\n\r\n', os.urandom(4096), b'\0' * 100000):
        with instance.knock() as connection, contextlib.suppress(OSError):
            connection.sendall(noise)
    assert instance.cli('status').returncode == 0


def test_the_socket_of_netd_is_not_for_the_owner(instance):
    path = instance.root / 'run/holdfast/netd.sock'
    script = KNOCK.replace('socket.AF_UNIX', 'socket.AF_UNIX, socket.SOCK_SEQPACKET')
    result = instance.as_user(OWNER, '/usr/bin/python3', '-c', script, path)
    assert result.returncode != 0 or result.stdout.strip() in ("b''", 'ConnectionResetError')
