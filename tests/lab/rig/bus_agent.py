#!/usr/bin/python3
"""A secrets agent, as any user: `Agent` starts one. Run as a script (ADDRESS ANSWER) it registers, prints "ready", then a line of JSON for
each call. ANSWER is JSON: secrets by name; null: the user will not say; "die": it ends instead of answering."""
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Optional

try:
    from .process import Child, wait_until
except ImportError:  # as a script
    pass

NAME = 'io.github.holdfastvpn.Holdfast1'
ROOT = '/io/github/holdfastvpn/Holdfast1'
OURS = '/org/example/agent'
XML = Path(__file__).parents[3] / f'platform/ipc/{NAME}.xml'


class Agent:
    """Use as a context manager; it is registered when the block begins. `calls`: what it was told."""

    def __init__(self, log: Path, address: str, answer, user: Optional[int], env=None, prefix=()):
        argv = ['/usr/bin/python3', str(Path(__file__).resolve()), address, json.dumps(answer)]
        if user is not None:
            argv = ['setpriv', f'--reuid={user}', f'--regid={user}', '--clear-groups', '--', *argv]
        self.argv, self.log, self.env, self.child = [*prefix, *argv], log, env, None

    def __enter__(self) -> 'Agent':
        self.child = Child(self.argv, self.log, env=self.env)
        wait_until(lambda: 'ready' in self.child.text(), 10, 'the agent')
        return self

    def __exit__(self, *failure) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.child.stop()

    def calls(self) -> list:
        return [json.loads(line) for line in self.child.text().splitlines() if line.startswith('{')]


def main() -> None:
    import gi

    gi.require_version('Gio', '2.0')
    from gi.repository import Gio, GLib

    address, answer = sys.argv[1], json.loads(sys.argv[2])
    if address == 'system':
        connection, name = Gio.bus_get_sync(Gio.BusType.SYSTEM, None), NAME
    else:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        connection, name = Gio.DBusConnection.new_for_address_sync(address, flags, None, None), None

    def reply_with_secrets(invocation, names) -> None:
        fds, handles = Gio.UnixFDList(), {}
        for secret, value in answer.items():
            fd = os.memfd_create('secret')
            os.write(fd, value.encode())
            handles[secret] = fds.append(fd)
        invocation.return_value_with_unix_fd_list(GLib.Variant('(a{sh})', (handles,)), fds)

    def called(connection, sender, path, interface, method, parameters, invocation) -> None:
        print(json.dumps({'method': method, 'arguments': parameters.unpack()}), flush=True)
        if method != 'GetSecrets':
            invocation.return_value(None)
        elif answer is None:
            invocation.return_dbus_error(f'{NAME}.Error.cancelled', '')
        elif answer == 'die':
            os._exit(0)
        else:
            reply_with_secrets(invocation, parameters.unpack()[1])

    info = Gio.DBusNodeInfo.new_for_xml(XML.read_text()).lookup_interface(f'{NAME}.SecretsAgent')
    connection.register_object(OURS, info, called, None, None)
    connection.call_sync(
        name, ROOT, f'{NAME}.Manager', 'RegisterAgent', GLib.Variant('(o)', (OURS,)), None,
        Gio.DBusCallFlags.NONE, 5000, None,
    )  # fmt: skip
    print('ready', flush=True)
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
