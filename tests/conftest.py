"""Makes the rig of tests/lab importable in every pytest suite; all of them need root."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / 'lab'))
sys.path.insert(0, str(Path(__file__).parent / 'support'))


@pytest.fixture(autouse=True, scope='session')
def needs_root():
    if os.geteuid() != 0:
        pytest.skip('needs root, for network namespaces')
