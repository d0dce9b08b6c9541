"""What the tests of holdfast-netd begin with: a network, a netd in its client, holdfastd's connection."""
import contextlib

import pytest

from netd_client import Host, Netd, quiet_network


@pytest.fixture
def net():
    with contextlib.ExitStack() as stack:
        yield quiet_network(stack)


@pytest.fixture
def netd(net):
    with Netd(net.client) as made:
        yield made


@pytest.fixture
def host(net):
    return Host(net.client)


@pytest.fixture
def client(netd):
    with netd.client() as made:
        yield made
