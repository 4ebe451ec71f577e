"""What matters, as bars."""

from __future__ import annotations

from sweeper.report import libraries
from sweeper.report.figures import importance
from tests.report.figures.points import grid, points


def test_the_most_telling_parameter_is_on_top():
    """Bars are in order, the largest on top, and the sentence above says how they were measured."""
    section = importance.draw(grid())
    assert section
    (picture,) = section.pictures
    libraries.check(picture.figure)
    (trace,) = picture.figure["data"]
    assert trace["y"][-1] == "lr"
    assert trace["x"] == sorted(trace["x"])
    assert picture.caption.startswith("Share of acc that each parameter alone explains: lr 6")
    assert "over 12 trials" in section.how
    assert "epsilon squared" in section.how
    assert "Spearman" not in section.how


def test_too_few_trials_are_reported_instead():
    """Where trials are too few to tell, that is said, and nothing is drawn."""
    section = importance.draw(points([({"x": index % 2}, float(index)) for index in range(6)]))
    assert section
    assert section.pictures == ()
    assert section.how.startswith("Too little to tell: it takes 12 completed trials")
    assert importance.draw(points([({"x": 1}, 0.5)])) is None


def test_a_parameter_that_cannot_be_measured_is_named():
    """Nobody is to take the others for all that matters."""
    models = [(10.0 * place, model) for place, model in enumerate("abcdef")]
    rows = [({"model": model, "seed": seed}, value + seed) for value, model in models for seed in (0, 1)]
    section = importance.draw(points(rows))
    assert section
    assert section.how.endswith("Not measured, as too few trials tell their values apart: model.")
