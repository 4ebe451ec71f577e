"""What all pictures share."""

from __future__ import annotations

from sweeper.report.figures.picture import axis, bare_tick, coordinates, label, tick
from sweeper.report.scale import make_scale


def test_no_text_in_a_picture_is_markup():
    """plotly reads a little HTML in texts: brackets and entities of a user's are shown as they are."""
    assert label("<b>&lt;") == "&lt;b&gt;&amp;lt;"
    assert label("a\x1b]0;x" + "y" * 50, 10) == "a\\x1b]0;x…"
    assert (tick(""), bare_tick(None), bare_tick("<b>")) == ("(none)", "(none)", "<b>")


def test_a_logarithmic_axis_has_a_tick_at_each_value():
    """Few values have a tick each, and a logarithmic grid a logarithmic axis."""
    found = axis(make_scale([0.001, 0.1, 0.01]), "lr")
    assert (found["type"], found["tickvals"]) == ("log", [0.001, 0.01, 0.1])
    assert found["ticktext"] == ["0.001", "0.01", "0.1"]
    assert "tickvals" not in axis(make_scale(list(range(30))), "x")


def test_names_stand_side_by_side():
    """An axis of names has a place for each, and values stand there."""
    scale = make_scale(["b", "a"])
    assert axis(scale, "opt")["ticktext"] == ["a", "b"]
    assert coordinates(scale, ["b", "a"]) == [1.0, 0.0]
    assert coordinates(make_scale([1, 10, 100]), [10]) == [10.0]
