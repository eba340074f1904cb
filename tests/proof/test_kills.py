"""What a session has told is kept, whoever is killed and whenever."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from proof.kills import busy_hands, one_kill
from proof.sessions import show

# Two at a time: most of a round is waiting.
ROUNDS = [("session", 1), ("engine", 1)]


@pytest.mark.flaky(reruns=2)
@pytest.mark.skipif("sys.platform != 'linux'", reason="watches other processes' ends by handle")
def test_nothing_told_is_lost_and_the_rest_goes_on_or_ends(tmp_path):
    with busy_hands(), ThreadPoolExecutor(2) as pool:
        rounds = list(pool.map(lambda each: one_kill(tmp_path, *each), ROUNDS))
    for each in rounds:
        show(each)
    assert [each.faults for each in rounds] == [[]] * len(ROUNDS)
    assert all(each.must_be_kept > 0 for each in rounds)
