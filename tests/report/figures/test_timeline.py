"""When what ran where."""

from __future__ import annotations

from sweeper.core.model import Attempt, Cause
from sweeper.report import libraries
from sweeper.report.figures import timeline
from sweeper.report.spans import Span


def test_each_attempt_is_a_bar_in_its_lane_and_what_was_offered_a_line():
    """Waiting and running are bars of their own, and live attempts stand against how many may be."""
    spans = [
        Span(Attempt(0, 1), 0.0, 2.0, 10.0, Cause.COMPLETED, "a"),
        Span(Attempt(1, 1), 0.0, 0.0, 5.0, Cause.ERROR, "a"),
        Span(Attempt(1, 2), 6.0, 6.0, None, None, "<b>"),
    ]
    section = timeline.draw(spans, offers=[(0.0, 4), (8.0, 2), (30.0, 9)], now=20.0)
    assert section
    (picture,) = section.pictures
    libraries.check(picture.figure)
    traces = {trace["name"]: trace for trace in picture.figure["data"]}
    assert list(traces) == ["waiting", "completed", "error", "running", "live attempts", "might be live"]
    assert (traces["waiting"]["base"], traces["waiting"]["x"]) == (["1970-01-01 00:00:00.000"], [2000])
    assert traces["completed"]["y"] != traces["error"]["y"]
    assert traces["running"]["text"] == ["trial 1, attempt 2: running, 14s<br>&lt;b&gt;"]
    assert traces["live attempts"]["y"] == [2, 1, 2, 1, 1]
    assert traces["might be live"]["y"] == [4, 2, 2]
    assert traces["might be live"]["x"][-1] == "1970-01-01 00:00:20.000"
    assert picture.figure["layout"]["yaxis"]["ticktext"] == ["2", "a · 1", "&lt;b&gt; · 1"]
    assert picture.caption == (
        "3 attempts on 2 hosts in 20s: at most 2 live at once, 1.4 on average; 2 to 4 might be."
        " Times are UTC."
    )


def test_an_attempt_that_never_began_only_waited():
    """What was refused or could not be placed has a waiting bar and no other."""
    section = timeline.draw([Span(Attempt(0, 1), 0.0, None, 10.0, Cause.UNSCHEDULABLE)], offers=[], now=20.0)
    assert section
    assert [trace["name"] for trace in section.pictures[0].figure["data"]] == ["waiting", "live attempts"]


def test_very_many_attempts_have_bars_for_the_last_ones_only(monkeypatch):
    """A page does not draw more bars than a browser can, and says so."""
    monkeypatch.setattr(timeline, "_MOST", 2)
    spans = [Span(Attempt(i, 1), float(i), float(i), i + 1.0, Cause.COMPLETED, "a") for i in range(5)]
    section = timeline.draw(spans, offers=[], now=20.0)
    assert section
    assert section.how.endswith("Only the last 2 of 5 attempts have a bar.")
    assert len(section.pictures[0].figure["data"][0]["y"]) == 2
    assert timeline.draw([], offers=[], now=0.0) is None


def test_it_is_called_what_it_shows():
    """On a machine without GPUs nobody looks for their use."""
    for gpus, title in ((True, "GPU use over time"), (False, "Attempts over time")):
        section = timeline.draw([Span(Attempt(0, 1), 0.0, 0.0, 9.0)], offers=[], now=20.0, gpus=gpus)
        assert section
        assert section.title == title


def test_a_host_that_is_not_known_yet_is_none_and_no_time_is_out_of_reach():
    """An attempt of this machine that runs tells its host when it ends; a damaged disk tells any time."""
    spans = [Span(Attempt(0, 1), 0.0, 0.0), Span(Attempt(1, 1), 1.0, 1.0, 1e12, Cause.ERROR, "a")]
    section = timeline.draw(spans, offers=[], now=20.0)
    assert section
    (picture,) = section.pictures
    assert picture.caption.startswith("2 attempts on 1 host in ")
    assert picture.figure["layout"]["yaxis"]["ticktext"] == ["a · 1", "host not known yet · 1"]
    libraries.check(picture.figure)
