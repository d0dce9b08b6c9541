"""One instance for the tests of a file: starting daemons for each would test the starting."""
import pytest

from rig.instance import Instance


@pytest.fixture(scope='module')
def instance():
    with Instance() as made:
        yield made.start()


@pytest.fixture(autouse=True)
def disconnected(request):
    yield
    if 'instance' in request.fixturenames:
        request.getfixturevalue('instance').cli('disconnect')
