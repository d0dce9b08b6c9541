"""What outlives holdfast-netd, what it takes up again, and the ways out."""
import contextlib
import os
import re
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from netd_client import (
    DAEMON_UID,
    TABLE_LOST,
    TUN,
    UNBLOCKED,
    Host,
    Netd,
    Plan,
    Refused,
    full_tunnel,
)
from rig.process import is_alive, run, wait_until
from rig.topology import GATEWAY

HANDSHAKING = Plan(block=True, state='handshaking', gateways=[GATEWAY])
BLOCKED = Plan(block=True, state='blocked')


def lasting(seen: dict) -> dict:
    """Less what counts, names the owner, or says that nobody holds the device just now."""
    firewall = re.sub(r'packets \d+ bytes \d+|\{ # progname.*|\tflags.*\n', '', seen['firewall'])
    firewall = re.sub(r'\s+', ' ', firewall.replace('holdfast {', 'holdfast'))
    routes = re.sub(r' linkdown', '', seen.get('routes', ''))
    return {**seen, 'firewall': firewall.replace('  ', ' '), 'routes': routes}


# Crashes.


def test_everything_outlives_a_crash_and_is_taken_up_again(net, netd, host):
    before = host.everything()
    with netd.client() as client:
        client.apply(full_tunnel())
        boot_id = client.boot_id
    held, index = host.everything(), host.link()['ifindex']
    netd.kill()
    assert lasting(host.everything()) == lasting(held)
    netd.start()
    with netd.client() as client:
        assert client.boot_id != boot_id and client.plan == full_tunnel().encode()
        assert lasting(host.everything()) == lasting(held)
        assert host.link()['ifindex'] == index
        client.apply(Plan())
    assert host.everything() == before
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'


def test_table_is_never_missing_while_it_is_taken_up(net, netd, host):
    """From the crash on, somebody tries to get a packet out all the time."""
    with netd.client() as client:
        client.apply(HANDSHAKING)
    with net.client.entered():
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with probe:
        outcomes = set()

        def try_to_leave() -> None:
            try:
                probe.sendto(b'clear', ('198.51.100.7', 9))
                outcomes.add('sent')
            except OSError as error:
                outcomes.add(error.errno)

        netd.kill()
        netd.child = net.client.spawn(netd.argv(), netd.folder / 'again.log')
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try_to_leave()
    assert outcomes and 'sent' not in outcomes


def test_missing_parts_are_put_back_on_the_way_up(net, netd, host):
    with netd.client() as client:
        client.apply(full_tunnel())
    held = host.everything()
    netd.kill()
    net.client.nft('delete table inet holdfast')
    net.client.run(['ip', 'rule', 'del', 'priority', '18503'])
    net.client.run(['ip', 'route', 'flush', 'table', '18502'])
    netd.start()
    with netd.client():
        assert lasting(host.everything()) == lasting(held)


def test_device_that_an_engine_still_holds_is_taken_up(net, netd, host):
    with netd.client() as client:
        client.apply(full_tunnel())
        held = client.tun()
    index = host.link()['ifindex']
    netd.kill()
    netd.start()
    with netd.client() as client:
        assert client.plan == full_tunnel().encode()
        with pytest.raises(Refused, match='busy'):
            client.tun()
        os.close(held)
        os.close(client.tun())
        assert host.link()['ifindex'] == index


@pytest.mark.parametrize('damage', [b'', b'HFJ1', None])
def test_damaged_or_missing_journal_keeps_the_table(net, netd, host, damage):
    with netd.client() as client:
        client.apply(full_tunnel(protected=['10.0.0.0/8'], routes=['10.0.0.0/8']))
    netd.kill()
    if damage is None:
        netd.journal.unlink()
    else:
        netd.journal.write_bytes(damage)
    held = host.everything()
    netd.start()
    with netd.client() as client:
        assert client.plan == BLOCKED.encode()
        assert lasting(host.everything()) == lasting(held)
        client.apply(Plan())
    assert host.link() is None and host.rules() == [] and 'holdfast' not in host.firewall()
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'


def test_one_changed_octet_damages_a_journal(net, netd):
    with netd.client() as client:
        client.apply(HANDSHAKING)
    netd.kill()
    whole = netd.journal.read_bytes()
    netd.journal.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    netd.start()
    with netd.client() as client:
        assert client.plan == BLOCKED.encode()


def test_after_a_boot_only_the_resolver_file_is_put_back(net, netd):
    """A boot is a kernel that knows nothing of us: here, another namespace."""
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    assert 'nameserver 10.9.0.1' in netd.resolv_conf.read_text()
    with Netd(net.gateway, folder=netd.folder) as later, later.client() as client:
        assert client.plan == Plan().encode()
        assert later.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'
        assert 'holdfast' not in Host(net.gateway).firewall()
        assert not later.journal.exists()


def test_crash_while_the_resolver_file_is_written_in_place(net, netd):
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    netd.resolv_conf.write_text('# Written by')
    netd.start()
    with netd.client() as client:
        client.apply(Plan())
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'


# Others.


def test_others_cannot_flush_the_table(net, netd, host):
    with netd.client() as client:
        client.apply(HANDSHAKING)
        held = host.firewall()
        net.client.run(['nft', 'flush', 'ruleset'])
        assert net.client.run(
            ['nft', 'delete', 'table', 'inet', 'holdfast'], check=False
        ).returncode
        assert lasting({'firewall': host.firewall()}) == lasting({'firewall': held})


def test_plain_table_that_others_flush_is_put_back_and_told(net, netd, host):
    """As on kernels before 6.9: a plain table of that name cannot become an owned one."""
    net.client.nft('table inet holdfast { }')
    with netd.client() as client:
        client.apply(HANDSHAKING)
        assert 'flags owner' not in host.firewall()
        held = host.firewall()
        net.client.run(['nft', 'flush', 'ruleset'])
        assert client.event()[0] == TABLE_LOST
        assert lasting({'firewall': host.firewall()}) == lasting({'firewall': held})


def test_routing_that_others_flush_is_put_back(net, netd, host):
    with netd.client() as client:
        client.apply(full_tunnel())
        held = host.rules(), host.routes(), host.addresses()
        for command in (
            ['ip', 'rule', 'flush'],
            ['ip', 'route', 'flush', 'table', '18502'],
            ['ip', 'address', 'flush', 'dev', TUN],
            ['ip', 'link', 'set', TUN, 'down'],
        ):
            net.client.run(command)
            net.client.run(
                ['ip', 'rule', 'add', 'priority', '32766', 'lookup', 'main'], check=False
            )
            wait_until(
                lambda: (host.rules(), host.routes(), host.addresses()) == held,
                5,
                f'repair after {command}',
            )


def test_device_that_others_delete_is_made_again(net, netd, host):
    with netd.client() as client:
        client.apply(full_tunnel())
        held = host.rules(), host.routes(), host.addresses()
        net.client.ip(f'link del {TUN}')
        wait_until(
            lambda: (host.rules(), host.routes(), host.addresses()) == held, 5, 'another device'
        )
        os.close(client.tun())


# The ways out.


@pytest.mark.parametrize('plan', [HANDSHAKING, full_tunnel()])
def test_block_outlives_a_stop_that_the_user_did_not_ask_for(net, netd, host, plan):
    with netd.client() as client:
        client.apply(plan)
    held = host.everything()
    assert netd.stop() == 0
    assert lasting(host.everything()) == lasting(held)


def test_stop_without_a_block_leaves_nothing(net, netd, host):
    before = host.everything()
    with netd.client() as client:
        client.apply(full_tunnel(block=False))
    assert netd.stop() == 0
    assert host.everything() == before


def test_unblock_without_netd(net, netd, host):
    before = host.everything()
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    netd.unblock()
    assert host.everything() == before
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'
    assert not netd.journal.exists()


def test_unblock_with_a_damaged_journal(net, netd, host):
    before = host.everything()
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    netd.journal.write_bytes(b'?')
    netd.unblock()
    after = host.everything()
    assert {**after, 'settings': None} == {**before, 'settings': None}  # these it cannot know


def test_unblock_through_the_running_netd(net, netd, host):
    before = host.everything()
    with netd.client() as client:
        client.apply(full_tunnel())
        netd.unblock()
        assert client.event()[0] == UNBLOCKED
        assert host.everything() == before
        client.apply(HANDSHAKING)
    assert 'holdfast' in host.firewall()


def test_unblock_where_nothing_is_blocked(net, netd, host):
    before = host.everything()
    netd.unblock()
    netd.kill()
    netd.unblock()
    assert host.everything() == before


def test_unblock_goes_on_past_what_cannot_be_put_back(net, netd, host):
    with netd.client() as client:
        client.apply(full_tunnel())
    netd.kill()
    note = netd.var / 'netd/resolv.conf'
    beside = netd.folder / 'resolv.conf.holdfast-new'
    beside.mkdir()
    netd.resolv_conf.unlink()
    run(['mount', '--bind', '-o', 'ro', '/dev/null', note], check=False)
    netd.unblock(check=False)
    run(['umount', note], check=False)
    assert host.link() is None and host.rules() == [] and 'holdfast' not in host.firewall()


def test_second_netd_of_an_instance_does_not_start(net, netd):
    result = net.client.run(netd.argv(), check=False)
    assert result.returncode != 0 and 'already running' in result.stderr


def test_netd_needs_root(net, netd):
    result = run(['setpriv', '--reuid=65534', '--', *netd.argv()], check=False)
    assert result.returncode == 6 and 'root' in result.stderr


def test_folders_of_somebody_else_are_refused(net):
    with tempfile.TemporaryDirectory() as folder:
        netd = Netd(net.client, folder=Path(folder))
        netd.var.parent.mkdir(parents=True)
        netd.var.mkdir()
        os.chown(netd.var, DAEMON_UID, DAEMON_UID)
        result = net.client.run(netd.argv(), check=False)
        assert result.returncode == 14 and 'folders' in result.stderr


def test_holdfastd_cannot_replace_what_is_roots(net, netd):
    """The sticky bit: it may add files beside, not move ours away."""
    for target in (netd.run / 'netd', netd.run / 'empty', netd.socket, netd.var / 'netd'):
        command = ['setpriv', f'--reuid={DAEMON_UID}', f'--regid={DAEMON_UID}', '--clear-groups']
        command += ['mv', '-T', target, target.with_name('moved')]
        assert run(command, check=False).returncode != 0
    command[-4:] = ['touch', netd.run / 'mine', netd.var / 'mine']
    run(command)


# holdfastd.


@pytest.fixture
def keeper(net):
    netd = Netd(net.client)
    netd.resolv_conf.write_text('nameserver 192.0.2.53\n')
    netd.start('--with-daemon')
    try:
        yield netd
    finally:
        for pid in daemons(netd):
            os.kill(pid, signal.SIGKILL)
        netd.__exit__()


def daemons(netd: Netd) -> list[int]:
    found = []
    for pid in netd.namespace.pids():
        with contextlib.suppress(OSError):
            if Path(os.readlink(f'/proc/{pid}/exe')).name == 'holdfastd':
                found.append(pid)
    return found


def daemon_of(netd: Netd) -> int:
    return wait_until(lambda: daemons(netd), 10, f'start of holdfastd: {netd.log()}')[0]


def test_holdfastd_is_started_without_privilege(keeper):
    wait_until(lambda: status_of(keeper, 'Uid') == str(DAEMON_UID), 5, 'its own uid')
    assert status_of(keeper, 'CapEff') == status_of(keeper, 'CapBnd') == '0000000000000000'
    assert status_of(keeper, 'CapPrm') == status_of(keeper, 'CapAmb') == '0000000000000000'
    assert status_of(keeper, 'NoNewPrivs') == '1' and status_of(keeper, 'Groups') == ''


def status_of(netd: Netd, name: str) -> str:
    text = Path(f'/proc/{daemon_of(netd)}/status').read_text()
    words = re.search(rf'^{name}:[ \t]*(.*)$', text, re.M)[1].split()
    return words[0] if words else ''


def test_holdfastd_that_dies_is_started_again(keeper):
    first = daemon_of(keeper)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: [pid for pid in daemons(keeper) if pid != first], 5, 'another holdfastd')


def test_holdfastd_that_outlived_netd_is_not_doubled(keeper):
    first = daemon_of(keeper)
    keeper.kill()
    keeper.start('--with-daemon')
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert daemons(keeper) == [first]
        time.sleep(0.05)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: [pid for pid in daemons(keeper) if pid != first], 5, 'another holdfastd')


def test_holdfastd_ends_with_netd(keeper):
    pid = daemon_of(keeper)
    assert keeper.stop() == 0
    assert not is_alive(pid)
