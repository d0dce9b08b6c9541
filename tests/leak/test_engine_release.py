"""The tests of the engine that tell something else, or more, without sanitizers: its confinement (their builds have a longer
system call filter) and its times. This suite runs on the release build."""
import pytest

pytest.register_assert_rewrite('test_engine')

from test_engine import (  # noqa: E402, F401
    engine,
    lab,
    test_idle_tunnel_wakes_nobody,
    test_it_is_confined_before_it_is_ready,
    test_it_refuses_to_run_by_hand,
    test_lost_path_is_told_within_ten_seconds_and_comes_back,
    tunnel,
)
