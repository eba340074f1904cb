"""One address, one browser."""

from hypothesis import given
from hypothesis import strategies as st

from mtsession.display.door import Door


def test_the_first_browser_comes_in_and_may_come_again():
    door = Door()
    seat = door.enter(door.token, None)
    assert seat is not None
    assert door.spent
    assert door.enter(door.token, seat) == seat
    assert door.holds(door.token, seat)


def test_a_second_browser_with_the_same_address_stays_outside():
    door = Door()
    door.enter(door.token, None)
    assert door.enter(door.token, None) is None
    assert door.enter(door.token, "guessed") is None


def test_a_new_address_keeps_who_is_in_and_forgets_what_was_not_used():
    door = Door()
    first, seat = door.token, door.enter(door.token, None)
    door.renew()
    second = door.token
    assert not door.spent
    door.renew()
    assert door.enter(second, None) is None
    assert door.holds(first, seat)
    assert door.enter(door.token, None) not in {None, seat}


@given(st.text(), st.none() | st.text())
def test_what_was_not_given_out_opens_nothing(token, seat):
    door = Door()
    if token != door.token:
        assert door.enter(token, seat) is None
        assert not door.holds(token, seat)
    assert len({door.token, Door().token, Door().token}) == 3
    assert len(door.token) >= 20
