"""The metric against each parameter."""

from __future__ import annotations

import pytest

from sweeper.report import libraries
from sweeper.report.figures import against
from tests.report.figures.points import grid, points


def test_dots_are_means_over_seeds_and_bars_their_spread():
    """Each configuration is a dot with its seeds' standard deviation; the line goes through the medians."""
    section = against.draw(grid())
    assert section
    assert [picture.title for picture in section.pictures] == ["lr", "opt"]
    for picture in section.pictures:
        libraries.check(picture.figure)
    dots, line = section.pictures[0].figure["data"]
    assert sorted(zip(dots["x"], dots["y"], strict=True))[0] == (0.001, 0.05)
    assert dots["error_y"]["array"] == [pytest.approx(0.0707, abs=1e-4)] * 6
    assert (line["x"], line["y"]) == ([0.001, 0.01, 0.1], pytest.approx([0.55, 2.55, 1.55]))
    assert section.pictures[0].figure["layout"]["xaxis"]["type"] == "log"
    assert section.pictures[0].caption == (
        "The median of acc over 3 values of lr is highest at 0.01 (2.55) and lowest at 0.001 (0.55)."
    )


def test_a_hover_says_which_trials_without_markup_of_theirs():
    """What a dot says when it is pointed at holds its parameters, escaped, and its trials."""
    section = against.draw(grid())
    assert section
    text = next(
        text for text in section.pictures[1].figure["data"][0]["text"] if "lr=0.01" in text and "sgd" in text
    )
    assert text == "acc 2.05 ± 0.0707<br>lr=0.01<br>opt=&lt;sgd&gt;<br>trial 7, 6"


def test_seeds_alone_are_drawn_as_what_they_are():
    """Where only the seed differs there is a picture of it, each trial a dot."""
    section = against.draw(points([({"seed": seed}, seed / 10) for seed in range(4)]))
    assert section
    (picture,) = section.pictures
    assert picture.title == "seed"
    assert section.how.startswith("Each dot is a trial;")
    assert against.draw(points([({"x": 1}, 0.5)])) is None


def test_very_many_dots_say_no_more_than_their_place(monkeypatch):
    """Where there are very many dots they carry no texts, which would outweigh the page."""
    monkeypatch.setattr(against, "_MOST_HOVERS", 5)
    section = against.draw(grid())
    assert section
    assert "text" not in section.pictures[0].figure["data"][0]
