"""Makes the rig of tests/lab importable in every pytest suite; all of them need root."""
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / 'lab'))
sys.path.insert(0, str(Path(__file__).parent / 'support'))


# To be asked to end is like Ctrl-C: fixtures clear up.
for _number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, signal.default_int_handler)


@pytest.fixture(autouse=True, scope='session')
def needs_root():
    if os.geteuid() != 0:
        pytest.skip('needs root, for network namespaces')
