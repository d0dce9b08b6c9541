#!/usr/bin/python3
"""A program on the other side of the bus, as any user: `call` starts one. Run as a script it reads one JSON object from stdin
(`address`: of a socket, or "system"; `calls`) and prints what came back, one answer for each call."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Optional

NAME = 'io.github.holdfastvpn.Holdfast1'
ROOT = '/io/github/holdfastvpn/Holdfast1'
SESSION = f'{ROOT}/session'
MANAGER, PROFILE = f'{NAME}.Manager', f'{NAME}.Profile'
OBJECTS, PROPERTIES = 'org.freedesktop.DBus.ObjectManager', 'org.freedesktop.DBus.Properties'
SECONDS = 10


def profile_path(owner, name: str) -> str:
    escaped = ''.join(c if c.isascii() and c.isalnum() else f'_{ord(c):02x}' for c in name)
    return f'{ROOT}/profiles/{owner}_{escaped}'


def request(
    method: str, arguments: str = '()', path: str = ROOT, interface: str = MANAGER, files=(), sender: str = '',
    destination: str = ''
) -> dict:
    """`arguments`: in GVariant's text format, where `handle N` is the Nth of `files`, given by content. `sender`: what the message
    says about where it comes from. `destination`: another than us, on a bus."""
    return {
        'method': method, 'arguments': arguments, 'path': path, 'interface': interface, 'files': list(files),
        'sender': sender, 'destination': destination,
    }  # fmt: skip


def call(address: str, requests: list, user: Optional[int] = None, env: Optional[dict] = None, prefix=()) -> list:
    """The answers: {'value': …, 'files': …, 'milliseconds': …} or {'error': the name's tail, 'message': …}. Made by one process of that user's."""
    argv = ['/usr/bin/python3', Path(__file__).resolve()]
    if user is not None:
        argv = ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--', *argv]
    task = json.dumps({'address': address, 'calls': requests})
    result = subprocess.run([*prefix, *argv], input=task, capture_output=True, text=True, env=env, timeout=120)
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return json.loads(result.stdout)


# --- the other process ---


def memfd(content: str) -> int:
    fd = os.memfd_create('file')
    os.write(fd, content.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def perform(Gio, GLib, connection, name, wanted: dict) -> dict:
    fds = Gio.UnixFDList()
    for content in wanted['files']:
        fds.append(memfd(content))
    to = wanted['destination'] or name
    message = Gio.DBusMessage.new_method_call(to, wanted['path'], wanted['interface'], wanted['method'])
    message.set_body(GLib.Variant.parse(None, wanted['arguments'], None, None))
    message.set_unix_fd_list(fds)
    if wanted['sender']:
        message.set_sender(wanted['sender'])
    began = time.monotonic()
    reply, _ = connection.send_message_with_reply_sync(
        message, Gio.DBusSendMessageFlags.NONE, SECONDS * 1000, None
    )
    body = reply.get_body().unpack() if reply.get_body() else ()
    if reply.get_message_type() == Gio.DBusMessageType.ERROR:
        return {'error': reply.get_error_name().rpartition('.')[2], 'message': body[0]}
    files = reply.get_unix_fd_list()
    contents = [os.pread(fd, 1 << 20, 0).decode() for fd in files.peek_fds()] if files else []
    took = (time.monotonic() - began) * 1000
    return {'value': body, 'files': contents, 'milliseconds': took}


def main() -> None:
    import gi

    gi.require_version('Gio', '2.0')
    from gi.repository import Gio, GLib

    task = json.load(sys.stdin)
    if task['address'] == 'system':
        connection, name = Gio.bus_get_sync(Gio.BusType.SYSTEM, None), NAME
    else:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        connection = Gio.DBusConnection.new_for_address_sync(task['address'], flags, None, None)
        name = None
    answers = [perform(Gio, GLib, connection, name, wanted) for wanted in task['calls']]
    json.dump(answers, sys.stdout)


if __name__ == '__main__':
    main()
