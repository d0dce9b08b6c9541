"""holdfast-netd makes a host match a plan and puts it back: seen with other tools than its own."""
import contextlib
import json
import os
import re
import stat
import subprocess
import time

import pytest

from netd_client import ALWAYS, OFF, ROOT, TUN, Host, Netd, Plan, Refused, full_tunnel
from rig.process import run
from rig.topology import GATEWAY

HANDSHAKING = Plan(block=True, state='handshaking', gateways=[GATEWAY])
GOLDEN = ROOT / 'tests/golden/ruleset'
MAX_METRIC = 4294967295


def rules(*networks: str) -> list[tuple]:
    return [
        (18500, '0x480000', None, 'main'),
        (18501, '0x480000', None, 'unreachable'),
        *[(18502, None, network, 'main') for network in networks],
        (18503, None, None, '18502'),
    ]


def routes(family: str, *networks: str) -> list[tuple]:
    last = ('unreachable', 'default', None if family == '-4' else 'lo', MAX_METRIC)
    return [*[('unicast', network, TUN, 1) for network in networks], last]


# The whole.


def test_full_tunnel_is_there_whole(client, host, netd):
    client.apply(full_tunnel())
    assert host.addresses() == ['10.9.0.2/32', '2001:db8:9::2/128']
    link = host.link()
    assert link['mtu'] == 1400 and link['txqlen'] == 1000 and 'UP' in link['flags']
    assert link['linkinfo']['info_data']['persist'] and link['linkinfo']['info_data']['vnet_hdr']
    for family in ('-4', '-6'):
        assert host.rules(family) == rules()
        assert host.routes(family) == routes(family, 'default')
    assert netd.resolv_conf.read_text().splitlines()[1:-1] == [
        'nameserver 10.9.0.1',
        'search corp.example.test',
        '#was: nameserver 192.0.2.53',
    ]
    assert host.sysctl('ipv4/conf/all/src_valid_mark') == '1'
    assert host.sysctl('ipv4/conf/all/arp_ignore') == '1'


def test_empty_plan_leaves_nothing(client, host, netd):
    before = host.everything()
    inode = netd.resolv_conf.stat().st_mode
    client.apply(HANDSHAKING)
    client.apply(full_tunnel())
    client.apply(Plan())
    assert host.everything() == before
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'
    assert netd.resolv_conf.stat().st_mode == inode
    assert os.listdir(netd.run / 'netd') == os.listdir(netd.var / 'netd') == []


def test_nothing_goes_into_the_main_table(client, host):
    show = lambda: host.ip('route', 'show', 'table', 'main')
    before = show()
    client.apply(full_tunnel())
    assert show() == before


def test_one_plan_follows_another_without_leftovers(client, host, netd):
    client.apply(full_tunnel())
    index = host.link()['ifindex']
    client.apply(
        full_tunnel(
            addresses=['10.9.0.3/24'],
            routes=['10.0.0.0/8', '172.16.0.0/12'],
            resolvers=['10.9.0.7'],
            domains=[],
            protected=['10.0.0.0/8', '172.16.0.0/12'],
            mtu=1300,
        )
    )
    assert host.addresses() == ['10.9.0.3/32']
    assert host.link()['ifindex'] == index and host.link()['mtu'] == 1300
    assert host.routes() == [
        ('unicast', '10.0.0.0/8', TUN, 1),
        ('unicast', '172.16.0.0/12', TUN, 1),
    ]
    assert host.routes('-6') == []
    assert 'nameserver 10.9.0.7\n#was' in netd.resolv_conf.read_text()


def test_a_block_without_a_tunnel_keeps_routes_and_names(client, host, netd):
    client.apply(full_tunnel())
    client.apply(HANDSHAKING)
    assert host.link() is None and host.rules() == [] and host.routes() == []
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'
    assert host.sysctl('ipv4/conf/all/src_valid_mark') == '0'
    assert 'table inet holdfast' in host.firewall()


def test_device_of_an_attempt_that_failed_goes_where_the_block_stays(client, host):
    reaching = HANDSHAKING.but(mode=ALWAYS)
    client.apply(reaching)
    os.close(client.tun())
    client.apply(reaching.but(gateways=['192.0.2.7']))
    assert host.link() is not None  # for the gateway that is tried next
    client.apply(reaching.but(state='disconnected', gateways=[]))
    assert host.link() is None and 'policy drop' in host.firewall()


def test_without_a_lock_the_tunnel_is_there_and_nothing_is_blocked(client, host):
    client.apply(full_tunnel(block=False, mode=OFF))
    assert host.routes() == routes('-4', 'default')
    assert 'policy drop' not in host.firewall()


def test_excluded_networks_and_lan_are_left_to_the_main_table(client, host, net):
    net.client.ip('address add fd00:1::2/64 dev out nodad')
    client.apply(full_tunnel(excluded=['198.51.100.0/24', '2001:db8:7::/48'], allow_lan=True))
    assert set(host.rules()) == set(rules('10.1.0.0/24', '198.51.100.0/24'))
    assert set(host.rules('-6')) == set(rules('fd00:1::/64', '2001:db8:7::/48'))


def test_lan_follows_the_networks_on_link(client, host, net):
    client.apply(full_tunnel(allow_lan=True))
    net.client.ip('address add 192.168.7.2/24 dev out', 'address del 10.1.0.2/24 dev out')
    deadline = time.monotonic() + 5
    while set(host.rules()) != set(rules('192.168.7.0/24')):
        assert time.monotonic() < deadline, host.rules()
        time.sleep(0.02)
    assert '10.1.0.0/24' not in host.firewall() and '192.168.7.0/24' in host.firewall()


def test_settings_that_are_strict_already_stay(client, host, net):
    net.client.sysctl('ipv4/conf/all/arp_ignore', 2)
    client.apply(full_tunnel())
    assert host.sysctl('ipv4/conf/all/arp_ignore') == '2'
    client.apply(Plan())
    assert host.sysctl('ipv4/conf/all/arp_ignore') == '2'


def test_without_ipv6_on_the_host_the_rest_is_there(client, host, net):
    net.client.sysctl('ipv6/conf/all/disable_ipv6', 1)
    net.client.sysctl('ipv6/conf/default/disable_ipv6', 1)
    client.apply(full_tunnel())
    assert host.addresses() == ['10.9.0.2/32']
    assert host.routes() == routes('-4', 'default')
    client.apply(Plan())


# The firewall, as nft(8) tells it.


def described(host: Host) -> str:
    """The table without counts, handles and what else differs from one time to the next."""

    def strip(value):
        if isinstance(value, dict):
            kept = {
                k: strip(v) for k, v in value.items() if k not in ('handle', 'packets', 'bytes')
            }
            return {k: v for k, v in kept.items() if k not in ('metainfo', 'flags')}
        return [strip(item) for item in value] if isinstance(value, list) else value

    entries = host.json('nft', '-j', 'list', 'table', 'inet', 'holdfast')['nftables']
    lines = [json.dumps(strip(entry)) for entry in entries if 'metainfo' not in entry]
    return '\n'.join(lines) + '\n'


@pytest.mark.parametrize(
    'name, plan',
    [
        ('connected', full_tunnel(allow_lan=True, gateways=[GATEWAY, '2001:db8:2::2'])),
        ('resolving', Plan(block=True, state='resolving', name_servers=[('192.0.2.53', 53)])),
        ('split', full_tunnel(protected=['10.0.0.0/8', '2001:db8:9::/48'], routes=['10.0.0.0/8'])),
    ],
)
def test_kernel_holds_what_the_golden_file_says(client, host, name, plan):
    client.apply(plan)
    path = GOLDEN / f'nft-{name}.jsonl'
    if os.environ.get('HF_GOLDEN_UPDATE'):
        path.write_text(described(host))
    assert described(host) == path.read_text()


def handles(host: Host) -> dict[str, int]:
    """The kernel's numbers of the rules, by what they say; those that are there twice are left out."""
    found: dict[str, list[int]] = {}
    for entry in host.json('nft', '-j', 'list', 'table', 'inet', 'holdfast')['nftables']:
        rule = entry.get('rule')
        if rule is not None:
            said = json.dumps([rule['chain'], rule['expr']])
            found.setdefault(re.sub(r'"(packets|bytes)": \d+', '', said), []).append(rule['handle'])
    return {said: numbers[0] for said, numbers in found.items() if len(numbers) == 1}


def test_only_rules_that_differ_are_changed(client, host):
    client.apply(HANDSHAKING)
    before = handles(host)
    client.apply(full_tunnel())
    after = handles(host)
    assert set(before) < set(after)
    assert {said: after[said] for said in before} == before


PLANS = [
    HANDSHAKING,
    full_tunnel(),
    full_tunnel(addresses=['10.9.0.3/24']),
    full_tunnel(allow_lan=True, excluded=['198.51.100.0/24', '2001:db8:7::/48']),
    full_tunnel(protected=['10.0.0.0/8', '172.16.0.0/12'], routes=['10.0.0.0/8']),
    full_tunnel(protected=['172.16.0.0/12', '10.0.0.0/8'], routes=['10.0.0.0/8']),
    full_tunnel(block=False, mode=OFF),
    Plan(block=True, state='blocked'),
    full_tunnel(gateways=[GATEWAY, '2001:db8:2::2']),
]


def test_the_way_to_a_plan_leaves_no_trace_in_the_rules(client, host):
    through_others = []
    for plan in [*PLANS, *reversed(PLANS)]:
        client.apply(plan)
        through_others.append(described(host))
    for plan, seen in zip([*PLANS, *reversed(PLANS)], through_others):
        client.apply(Plan())
        client.apply(plan)
        assert seen == described(host)


def test_a_change_on_top_of_somebody_elses_puts_all_in_its_place(client, host, net):
    """A plain table, as on kernels before 6.9: nobody is kept from changing it."""
    net.client.nft('table inet holdfast { }')
    client.apply(HANDSHAKING)
    net.client.run(['nft', 'flush', 'chain', 'inet', 'holdfast', 'output'])
    client.apply(full_tunnel())
    seen = described(host)
    client.apply(Plan())
    client.apply(full_tunnel())
    assert seen == described(host)


def test_largest_plan_fits(client, host):
    client.apply(full_tunnel())
    networks = [f'10.{i}.0.0/16' for i in range(128)]
    client.apply(
        full_tunnel(
            routes=networks, protected=networks, excluded=[f'172.16.{i}.0/24' for i in range(128)]
        )
    )
    assert len(host.routes()) == 128 and len(host.rules()) == 131
    client.apply(Plan())
    assert host.link() is None and 'holdfast' not in host.firewall()


# What cannot be done changes nothing.


def everything(host: Host, netd: Netd) -> dict:
    return {**host.everything(), 'resolv.conf': netd.resolv_conf.read_text()}


def test_inner_address_that_the_host_has_is_refused(client, host, netd):
    client.apply(HANDSHAKING)
    before = everything(host, netd)
    with pytest.raises(Refused, match='inner-address-conflict'):
        client.apply(full_tunnel(addresses=['10.1.0.2/24']))
    assert everything(host, netd) == before


@pytest.mark.parametrize('before', [Plan(), HANDSHAKING, full_tunnel(resolvers=[], domains=[])])
def test_resolver_file_that_cannot_be_set_undoes_the_rest(client, host, netd, before):
    netd.resolv_conf.unlink()
    netd.resolv_conf.mkdir()
    client.apply(before)
    held = host.everything()
    with pytest.raises(Refused, match='dns-setup-failed'):
        client.apply(full_tunnel(addresses=['10.9.0.9/24']))
    after = host.everything()
    assert without_counts(after) == without_counts(held)


def without_counts(seen: dict) -> dict:
    return {**seen, 'firewall': re.sub(r'packets \d+ bytes \d+', '', seen['firewall'])}


@contextlib.contextmanager
def table_of_somebody_else(net):
    """Another process owns a table of our name, as long as it lives."""
    argv = net.client.command(['nft', '-i'])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nft:
        nft.stdin.write(b'add table inet holdfast { flags owner; }\nlist tables\n')
        nft.stdin.flush()
        try:
            while b'holdfast' not in nft.stdout.readline():
                assert nft.poll() is None
            yield
        finally:
            nft.kill()


def test_firewall_that_cannot_be_set_changes_nothing(client, host, net, netd):
    with table_of_somebody_else(net):
        before = everything(host, netd)
        with pytest.raises(Refused, match='firewall-failed'):
            client.apply(full_tunnel())
        assert everything(host, netd) == before
    client.apply(full_tunnel())
    assert host.routes() == routes('-4', 'default')


def test_link_of_another_kind_with_our_name_is_left_alone(client, host, net):
    net.client.ip(f'link add {TUN} type veth peer name other')
    with pytest.raises(Refused, match='local-setup-failed'):
        client.apply(full_tunnel())
    assert host.link()['linkinfo']['info_kind'] == 'veth'
    assert host.rules() == [] and 'holdfast' not in host.firewall()


# The resolver file.


def test_link_is_replaced_and_comes_back(net):
    with Netd(net.client) as netd, netd.client() as client:
        elsewhere = netd.folder / 'elsewhere'
        elsewhere.write_text('nameserver 192.0.2.7\n')
        netd.resolv_conf.unlink()
        netd.resolv_conf.symlink_to('elsewhere')
        client.apply(full_tunnel())
        assert not netd.resolv_conf.is_symlink()
        assert '#was: nameserver 192.0.2.7' in netd.resolv_conf.read_text()
        assert elsewhere.read_text() == 'nameserver 192.0.2.7\n'
        client.apply(Plan())
        assert os.readlink(netd.resolv_conf) == 'elsewhere'


def test_missing_file_is_missing_again(client, netd):
    netd.resolv_conf.unlink()
    client.apply(full_tunnel())
    assert 'nameserver 10.9.0.1' in netd.resolv_conf.read_text()
    client.apply(Plan())
    assert not netd.resolv_conf.exists()


def test_mode_and_owner_come_back(client, netd):
    netd.resolv_conf.chmod(0o640)
    os.chown(netd.resolv_conf, 1, 2)
    client.apply(full_tunnel())
    assert stat.S_IMODE(netd.resolv_conf.stat().st_mode) == 0o644
    client.apply(Plan())
    entry = netd.resolv_conf.stat()
    assert (stat.S_IMODE(entry.st_mode), entry.st_uid, entry.st_gid) == (0o640, 1, 2)


@pytest.mark.parametrize('damage', [b'', b'HFJ1', b'garbage', None])
@pytest.mark.parametrize('kind', ['file', 'without an end', 'empty', 'link', 'absent'])
def test_original_comes_back_without_its_note(client, netd, kind, damage):
    """Ours says itself what it replaced."""
    path = netd.resolv_conf
    if kind in ('link', 'absent'):
        path.unlink()
    if kind == 'link':
        path.symlink_to('else where')
    if kind in ('without an end', 'empty'):
        path.write_text('' if kind == 'empty' else 'search a\n\nnameserver 192.0.2.9')
        path.chmod(0o600)
        os.chown(path, 1, 2)
    before = entry_of(path)
    client.apply(full_tunnel())
    spoil_note(netd, damage)
    client.apply(full_tunnel(resolvers=['10.9.0.5']))  # ours is not taken for an original
    assert 'nameserver 10.9.0.5' in path.read_text()
    spoil_note(netd, damage)
    client.apply(Plan())
    assert entry_of(path) == before
    assert os.listdir(netd.var / 'netd') == []


def spoil_note(netd, damage) -> None:
    note = netd.var / 'netd/resolv.conf'
    if damage is None:
        note.unlink()
    else:
        note.write_bytes(damage)


def entry_of(path) -> tuple:
    if path.is_symlink():
        return ('link', os.readlink(path))
    if not path.exists():
        return ('absent',)
    entry = path.stat()
    return ('file', entry.st_mode, entry.st_uid, entry.st_gid, path.read_bytes())


def test_file_that_others_can_change_is_not_believed_about_its_original(client, netd):
    client.apply(full_tunnel())
    netd.resolv_conf.chmod(0o666)
    held = netd.resolv_conf.read_text()
    spoil_note(netd, None)
    client.apply(Plan())
    assert netd.resolv_conf.read_text() == held


def test_without_note_and_comment_the_tunnels_resolvers_do_not_stay(client, netd):
    client.apply(full_tunnel())
    text = netd.resolv_conf.read_text()
    netd.resolv_conf.write_text(text[: text.index('#note')])
    spoil_note(netd, b'garbage')
    client.apply(Plan())
    assert netd.resolv_conf.read_text() == ''


def test_mounted_file_is_written_in_place(client, netd):
    mounted = netd.folder / 'mounted'
    mounted.write_text('nameserver 192.0.2.8\n')
    run(['mount', '--bind', mounted, netd.resolv_conf])
    try:
        client.apply(full_tunnel())
        assert 'nameserver 10.9.0.1' in mounted.read_text()
        client.apply(Plan())
        assert mounted.read_text() == 'nameserver 192.0.2.8\n'
    finally:
        run(['umount', netd.resolv_conf])
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.53\n'


def test_file_that_others_replaced_is_theirs(client, netd):
    client.apply(full_tunnel())
    netd.resolv_conf.write_text('nameserver 192.0.2.99\n')
    client.apply(Plan())
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.99\n'
    assert os.listdir(netd.var / 'netd') == []


def test_file_that_others_replaced_is_what_comes_back_next_time(client, netd):
    client.apply(full_tunnel())
    netd.resolv_conf.write_text('nameserver 192.0.2.99\n')
    client.apply(full_tunnel(resolvers=['10.9.0.5']))
    assert '#was: nameserver 192.0.2.99' in netd.resolv_conf.read_text()
    client.apply(Plan())
    assert netd.resolv_conf.read_text() == 'nameserver 192.0.2.99\n'
