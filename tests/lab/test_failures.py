"""What bad input gets: every fault of a gateway ends in `failed` with its own code and exit status, says what was offered and what
came back, and leaves nothing behind."""
import json

import pytest

from rig import mobileconfig
from rig.flaws import CERTIFICATE_FLAWS, FLAWS
from rig.flaws import PSK as SECRET
from rig.holdfast import Holdfast
from rig.lab import Lab

EXPECTED = {  # code, exit status
    'wrong-psk': ('auth-rejected', 7),
    'expired': ('gateway-certificate-expired', 11),
    'not-yet-valid': ('gateway-certificate-not-yet-valid', 11),
    'untrusted': ('gateway-certificate-untrusted', 11),
    'no-server-usage': ('gateway-certificate-purpose', 11),
    'no-common-proposal': ('no-common-proposal', 10),
    'no-common-child-proposal': ('no-common-proposal', 10),
    'unknown-user': ('auth-rejected', 7),
    'dead': ('gateway-no-reply', 9),
    'no-daemon': ('gateway-no-reply', 9),
    'no-such-name': ('gateway-name-not-found', 9),
    # The gateway has no connection for the name that we ask for, and says no more than that.
    'wrong-name': ('auth-rejected', 7),
}


@pytest.mark.parametrize('flaw', sorted(FLAWS))
def test_fault_is_named_and_leaves_nothing(flaw):
    with Lab() as lab:
        FLAWS[flaw](lab)
        holdfast = Holdfast(lab).start()
        before = holdfast.leftovers()
        method = mobileconfig.PSK if flaw not in CERTIFICATE_FLAWS else mobileconfig.CERTIFICATE
        options = {'psk': SECRET.decode()} if method == mobileconfig.PSK else {}
        profile = holdfast.import_profile(method, **options)
        result = holdfast.cli('connect', '--json', profile, timeout=60)
        code, status = EXPECTED[flaw]
        fault = json.loads(result.stdout or result.stderr)
        assert (fault['code'], result.returncode) == (code, status), result
        assert holdfast.state() == 'failed'
        assert holdfast.leftovers() == before
        assert lab.grammar().violations(lab.capture.stop()) == []


def test_gateway_of_another_name_is_refused_by_us():
    """It answers to the name that we ask for and proves another one."""
    with Lab() as lab:
        from rig import connections

        other = lab.authority.server('other.example.test', 'other')
        connection = connections.gateway(connections.PUBKEY, other.certificate, host='%any')
        lab.start_gateway(connection, other)
        holdfast = Holdfast(lab).start()
        result = holdfast.cli('connect', '--json', holdfast.import_profile(mobileconfig.CERTIFICATE))
        assert result.returncode == 11, result


def test_missing_client_key():
    with Lab() as lab:
        holdfast = Holdfast(lab).start()
        profile = holdfast.import_profile(mobileconfig.CERTIFICATE)
        (holdfast.root / 'var/lib/holdfast/secrets' / profile).unlink()
        result = holdfast.cli('connect', '--json', profile)
        assert result.returncode == 12, result
        assert not [p for p in lab.capture.stop() if p.destination_port in (500, 4500)]


def test_malformed_profile():
    with Lab() as lab:
        holdfast = Holdfast(lab).start()
        path = lab.folder / 'broken.mobileconfig'
        path.write_text('<?xml version="1.0"?><plist><dict><key>PayloadType</key>')
        path.chmod(0o644)
        assert holdfast.cli('import', path).returncode == 15
