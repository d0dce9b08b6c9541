"""An instance without a gateway on a private system bus, with polkit or without."""
import contextlib
from typing import Optional

from . import bus_client
from .instance import Instance
from .polkit import Polkit
from .process import run, wait_until
from .system_bus import SystemBus


@contextlib.contextmanager
def instance_on(
    *options: str, has_policy: bool = True, has_bus: bool = True, sessions: Optional[dict] = None, users=()
):
    """`sessions`: with polkit, and these login sessions (uid: whether it is active). `users`: further uids that the bus is to know."""
    with Instance() as made:
        made.bus = SystemBus(made.folder, has_policy, [*users, *(sessions or ())])
        made.polkit = polkit = None if sessions is None else Polkit(made.bus, sessions)
        try:
            if has_bus:
                made.bus.start()
            if polkit is not None:
                polkit.start()
            made.root.mkdir(mode=0o755)
            argv = [made.build / 'platform' / 'holdfast-netd', '--with-daemon', '--root', made.root]
            argv += ['--bus', 'system', '--resolv-conf', made.resolv_conf, *options]
            made.netd = made.net.spawn(
                made.bus.with_users(argv), made.folder / 'log', env=made.bus.environment
            )
            wait_until(lambda: cli(made, 'status').returncode == 0, 10, 'start of holdfastd', 0.02)
            yield made
        finally:
            if polkit is not None:
                polkit.stop()
            made.bus.stop()


def cli(instance: Instance, *words: str, user=None, **options):
    options.setdefault('check', False)
    argv = instance.argv('--bus', 'system', *words, user=user)
    return run(_in_session(instance, user, argv), env=instance.bus.environment, **options)


def _in_session(instance: Instance, user: Optional[int], argv: list) -> list:
    return argv if instance.polkit is None else instance.polkit.in_session(user, argv)


def call(instance: Instance, *requests: dict, user=None) -> list:
    """The answers to bus_client.request(…), over the system bus."""
    prefix = _in_session(instance, user, [])
    return bus_client.call('system', list(requests), user, instance.bus.environment, prefix)
