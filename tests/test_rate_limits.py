"""What is written down of the backend's offers; how launches are paced is seen in the engine's tests."""

from __future__ import annotations

from sweeper.rate_limits import OFFERS_EVERY, Offers


def test_an_offer_is_noted_when_it_changes():
    """The first one at once, another in time, and the same again never."""
    offers = Offers()
    assert offers.to_note(4, 0.0) == 4
    assert offers.to_note(4, OFFERS_EVERY) is None
    assert offers.to_note(0, OFFERS_EVERY + 1) is None
    assert offers.to_note(0, 2 * OFFERS_EVERY) is None, "it was 4 within these seconds"
    assert offers.to_note(0, 3 * OFFERS_EVERY) == 0


def test_an_offer_that_dips_for_a_moment_stays_what_it_was():
    """Between a pod's end and its quota's release there seems to be less room than there is."""
    offers = Offers()
    assert offers.to_note(16, 0.0) == 16
    dips = [offers.to_note(16 - (tick % 5 == 0), tick / 10) for tick in range(1, 1000)]
    assert set(dips) == {None}


def test_offers_that_change_all_the_time_are_noted_now_and_then():
    """However restless the others are, the journal does not grow by more than a line in so many seconds."""
    offers = Offers()
    noted = [at for at in range(100) if offers.to_note(at, float(at)) is not None]
    assert noted == [0, *range(10, 100, 10)]
