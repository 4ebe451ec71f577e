"""What is written down of the backend's offers; how launches are paced is seen in the engine's tests."""

from __future__ import annotations

from sweeper.pace import OFFERS_EVERY, Offers


def test_an_offer_is_news_when_it_changes():
    """The first one is, another is, and the same again is not."""
    offers = Offers()
    assert offers.is_news(4, 0.0)
    assert not offers.is_news(4, OFFERS_EVERY)
    assert offers.is_news(0, OFFERS_EVERY)


def test_offers_that_change_all_the_time_are_written_down_now_and_then():
    """However restless the others are, the journal does not grow by more than a line in so many seconds."""
    offers = Offers()
    told = [now / 10 for now in range(1000) if offers.is_news(now, now / 10)]
    assert told == [OFFERS_EVERY * number for number in range(10)]
