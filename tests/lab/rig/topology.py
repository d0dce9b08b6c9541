"""The network of a lab: client - router - gateway, the outer wire captured on the client's side.

    client                router                      gateway
    out 10.1.0.2  ------  client 10.1.0.1
                          gateway 192.0.2.1  -------  out 192.0.2.2
                          lo 198.51.100.7             lo 10.77.0.1, fd77:0:0:1::1 (protected)

The router knows no route to the protected network, so a clear packet to it cannot be answered. It
is the client's resolver as well, and its 198.51.100.7 is a host of the open Internet.
"""
import contextlib
import itertools
import os
from typing import Optional

from .netns import Namespace, delete_leftovers

CLIENT, CLIENT_ROUTER = '10.1.0.2', '10.1.0.1'
GATEWAY, GATEWAY_ROUTER = '192.0.2.2', '192.0.2.1'
CLIENT6, CLIENT_ROUTER6 = '2001:db8:1::2', '2001:db8:1::1'
GATEWAY6, GATEWAY_ROUTER6 = '2001:db8:2::2', '2001:db8:2::1'
INTERNET, INTERNET6 = '198.51.100.7', '2001:db8:7::7'
INNER, INNER6 = '10.77.0.1', 'fd77:0:0:1::1'
INNER_NET, INNER_NET6 = '10.77.0.0/24', 'fd77:0:0:1::/64'

_serial = itertools.count()


class Network:
    """Three namespaces and the wires between them."""

    def __init__(self, stack: contextlib.ExitStack):
        delete_leftovers()
        prefix = f'hf{os.getpid()}.{next(_serial)}'

        def namespace(role: str) -> Namespace:
            made = Namespace(f'{prefix}-{role}')
            stack.callback(made.delete)
            return made

        self.client, self.router = namespace('client'), namespace('router')
        self.gateway = namespace('gateway')
        self._wire(self.client, 'client', CLIENT, CLIENT_ROUTER, CLIENT6, CLIENT_ROUTER6)
        self._wire(self.gateway, 'gateway', GATEWAY, GATEWAY_ROUTER, GATEWAY6, GATEWAY_ROUTER6)
        self.router.ip(f'address add {INTERNET}/32 dev lo', f'address add {INTERNET6}/128 dev lo')
        self.router.sysctl('ipv4/ip_forward', 1)
        self.router.sysctl('ipv6/conf/all/forwarding', 1)
        self.gateway.ip(f'address add {INNER}/24 dev lo', f'address add {INNER6}/64 dev lo nodad')
        self.router.nft('table inet lab { chain loss { type filter hook forward priority 0; }; }')

    def _wire(self, end: Namespace, port: str, address, router, address6, router6) -> None:
        """A cable from `out` in the namespace `end` to `port` of the router."""
        end.ip(f'link add out type veth peer name {port} netns {self.router.name}')
        self.router.ip(
            f'address add {router}/24 dev {port}',
            f'address add {router6}/64 dev {port} nodad',
            f'link set {port} up',
        )
        end.ip(
            f'address add {address}/24 dev out',
            f'address add {address6}/64 dev out nodad',
            'link set out up',
            f'route add default via {router}',
            f'route add ::/0 via {router6}',
        )

    def set_nat(self) -> None:
        """The router hides the client behind its own address and picks other ports."""
        self.router.nft(
            'table ip nat { chain post { type nat hook postrouting priority 100;\n'
            'oifname "gateway" masquerade random; }; }'
        )

    def set_loss(self, percent: int) -> None:
        """Drops that share of the forwarded UDP datagrams, both ways; 0 ends it."""
        rule = f'add rule inet lab loss ip protocol udp numgen random mod 100 < {percent} drop'
        self.set_filter(rule if percent else '')

    def set_filter(self, rules: str) -> None:
        """Replaces the forward rules of the router: `add rule inet lab loss ...` lines."""
        self.router.nft(f'flush chain inet lab loss\n{rules}\n')

    def set_cable(self, plugged: bool, role: Optional[str] = 'client') -> None:
        self.router.ip(f'link set {role} {"up" if plugged else "down"}')
