"""A profile without a CA of its own, as Windows' files are: the system's authorities vouch for the gateway, all of them or those with
a thumbprint that the file names."""
import hashlib
import os
from pathlib import Path

import pytest

from rig import connections
from rig.connections import HOST, PUBKEY
from rig.holdfast import BUNDLE, OWNER, Holdfast
from rig.lab import PAGE, Lab
from rig.pki import Authority, der_of

NOT_TRUSTED = 11
PROFILE = f"""<VPNProfile><NativeProfile><Servers>{HOST};{HOST}</Servers><NativeProtocolType>IKEv2</NativeProtocolType>
<Authentication><MachineMethod>Certificate</MachineMethod></Authentication></NativeProfile></VPNProfile>"""


@pytest.fixture
def lab():
    with Lab() as made:
        made.start_gateway(connections.gateway(PUBKEY, made.server.certificate))
        yield made


def thumbprint(authority: Authority) -> str:
    return hashlib.sha1(der_of(authority.certificate)).hexdigest()


def started(lab: Lab, bundle: str) -> Holdfast:
    path = lab.folder / 'bundle.pem'
    path.write_text(bundle)
    path.chmod(0o644)
    return Holdfast(lab, authorities=path).start()


def imported(lab: Lab, holdfast: Holdfast) -> str:
    path = lab.folder / 'ProfileXML.xml'
    path.write_text(PROFILE)
    return holdfast.import_file(path)


def connect(lab: Lab, holdfast: Holdfast, profile: str):
    words = ['connect', profile]
    for name, path in {'private-key': lab.user.key, 'certificates': lab.user.certificate}.items():
        copy = lab.folder / f'mine-{name}'
        copy.unlink(missing_ok=True)
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o400)
        os.chown(copy, OWNER, OWNER)
        words += ['--secret', f'{name}=file:{copy}']
    return holdfast.cli(*words)


def test_an_authority_of_the_system_may_vouch_for_the_gateway(lab):
    holdfast = started(lab, Path(BUNDLE).read_text() + lab.authority.certificate.read_text())
    result = connect(lab, holdfast, imported(lab, holdfast))
    assert result.returncode == 0, result.stderr
    assert lab.fetch() == PAGE


def test_an_authority_that_the_system_does_not_have_may_not(lab):
    holdfast = started(lab, Authority(lab.folder / 'other-pki').certificate.read_text())
    assert connect(lab, holdfast, imported(lab, holdfast)).returncode == NOT_TRUSTED


def test_a_thumbprint_narrows_who_may_vouch(lab):
    other = Authority(lab.folder / 'other-pki')
    holdfast = started(lab, lab.authority.certificate.read_text() + other.certificate.read_text())
    profile = imported(lab, holdfast)
    holdfast.change_profile(profile, 'trust-thumbprints', [thumbprint(other)])
    assert connect(lab, holdfast, profile).returncode == NOT_TRUSTED
    holdfast.change_profile(profile, 'trust-thumbprints', [thumbprint(lab.authority)])
    result = connect(lab, holdfast, profile)
    assert result.returncode == 0, result.stderr
