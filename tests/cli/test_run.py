"""holdfast run: from a file to a tunnel in the foreground, and back to nothing."""
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rig import connections, mobileconfig, topology
from rig.holdfast import Holdfast
from rig.instance import GATEWAY, Instance, native_profile
from rig.lab import PAGE, Lab
from rig.process import wait_until


@pytest.fixture
def bare():
    with Instance() as made:
        yield made


def folders() -> set[Path]:
    return {path for parent in ('/run', '/tmp') for path in Path(parent).glob('holdfast-run-*')}


def start(instance: Instance, *words: str, **options) -> subprocess.Popen:
    argv = instance.net.command([instance.build / 'cli' / 'holdfast', 'run', *words])
    argv += ['--resolv-conf', str(instance.resolv_conf)]
    return subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_needs_root(bare):
    result = bare.cli('run', '/dev/null')
    assert result.returncode == 6


def test_a_file_that_is_no_profile_leaves_nothing(bare):
    before, there = bare.leftovers(), folders()
    child = start(bare, '/dev/null')
    child.communicate(timeout=20)
    assert child.returncode == 15
    assert bare.net.pids() == []
    assert bare.leftovers() == before and folders() == there


def test_an_interrupt_while_connecting_leaves_nothing(bare):
    before, there = bare.leftovers(), folders()
    path, psk = bare.folder / 'profile.json', bare.folder / 'psk'
    path.write_bytes(native_profile())
    psk.write_text('a secret that nobody asks for')
    child = start(bare, str(path), '--secret', f'psk=file:{psk}')
    wait_until(lambda: GATEWAY in bare.net.run(['nft', 'list', 'ruleset']).stdout, 10, 'an attempt')
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=20)
    assert child.returncode == 130
    assert bare.net.pids() == []
    assert bare.leftovers() == before and folders() == there


@pytest.mark.parametrize('milliseconds', [30, 60, 100, 150, 200, 300, 500])
def test_a_signal_at_any_moment_leaves_nothing(bare, milliseconds):
    before, there = bare.leftovers(), folders()
    path, psk = bare.folder / 'profile.json', bare.folder / 'psk'
    path.write_bytes(native_profile())
    psk.write_text('a secret that nobody asks for')
    child = start(bare, str(path), '--secret', f'psk=file:{psk}')
    time.sleep(milliseconds / 1000)  # the moment itself is what is tested
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=20)
    assert bare.net.pids() == []
    assert bare.leftovers() == before and folders() == there


def test_from_a_file_to_a_tunnel_and_back():
    with Lab() as lab:
        gateway = connections.gateway(connections.PUBKEY, lab.server.certificate)
        lab.start_gateway(gateway)
        holdfast = Holdfast(lab)
        holdfast.resolv_conf.write_text(f'nameserver {topology.CLIENT_ROUTER}\n')
        before, there = holdfast.leftovers(), folders()
        path = lab.folder / 'run.mobileconfig'
        mobileconfig.write(
            path, connections.HOST, connections.USER, mobileconfig.CERTIFICATE, lab.authority, lab.user, 'lab'
        )
        argv = [holdfast.build / 'cli' / 'holdfast', 'run', path, '--resolv-conf', holdfast.resolv_conf]
        command = lab.net.client.command([str(word) for word in argv])
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert child.stdout.readline().startswith('Connected'), child.stderr.read()
        assert lab.fetch() == PAGE
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=20)
        assert child.returncode == 0
        assert lab.net.client.pids() == []
        assert holdfast.leftovers() == before and folders() == there
