"""The tools that the suite shares. What cannot be had here is a skip with its reason."""
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'runner'), str(HERE.parent / 'lab')]

from cross import windows  # noqa: E402
from cross.cache import Unavailable  # noqa: E402
from cross.libraries import libraries  # noqa: E402
from cross.zig import Zig  # noqa: E402


def had(make):
    try:
        return make()
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope='session')
def native_build() -> Path:
    return Path(os.environ['HOLDFAST_BUILD'])


@pytest.fixture(scope='session')
def library_folder() -> Path:
    return had(libraries)


@pytest.fixture(scope='session')
def windows_build() -> Path:
    return had(windows.build)


@pytest.fixture(scope='session')
def wine():
    made = had(windows.Wine)
    yield made
    made.close()


@pytest.fixture(scope='session')
def zig() -> Zig:
    return had(Zig)
