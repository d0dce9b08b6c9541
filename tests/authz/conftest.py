"""One instance for the tests of a file."""
import pytest

from rig.instance import Instance


@pytest.fixture(scope='module')
def instance():
    with Instance() as made:
        yield made.start()
