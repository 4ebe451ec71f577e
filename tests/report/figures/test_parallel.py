"""Parallel coordinates."""

from __future__ import annotations

from sweeper.report import libraries
from sweeper.report.figures import parallel
from tests.report.figures.points import grid, points


def test_each_parameter_is_an_axis_of_its_kind_and_the_metric_the_last():
    """Logarithmic parameters stand at their exponents, names side by side; the metric gives colours."""
    section = parallel.draw(grid(), maximise=True)
    assert section
    (picture,) = section.pictures
    libraries.check(picture.figure)
    (trace,) = picture.figure["data"]
    lr, opt, _, acc = trace["dimensions"]
    assert (lr["tickvals"], lr["ticktext"]) == ([-3.0, -2.0, -1.0], ["0.001", "0.01", "0.1"])
    assert (opt["tickvals"], opt["ticktext"]) == ([0.0, 1.0], ["<sgd>", "adam"])
    assert acc["values"] == trace["line"]["color"]
    assert len(lr["values"]) == len(trace["customdata"]) == 12
    assert picture.caption == (
        "12 trials as lines through lr (0.001 to 0.1, logarithmic), opt (2 names), seed (0 to 1);"
        " acc from 0 to 3.1 gives their colour."
    )


def test_what_has_no_place_is_reported():
    """Trials without a number are left out and parameters with too many names have no axis: both are said."""
    rows = [({"x": index % 3, "id": f"n{index}"}, float(index)) for index in range(50)]
    section = parallel.draw(points([*rows, ({"x": 1, "id": "n"}, None)]), maximise=False)
    assert section
    (picture,) = section.pictures
    assert [one["label"] for one in picture.figure["data"][0]["dimensions"]] == ["x", "acc"]
    assert picture.caption.endswith(
        "1 trials without a number there are left out. 1 more parameters have too many names, or no room."
    )


def test_one_trial_or_no_parameter_is_no_picture():
    """Where there is nothing to compare there is no picture."""
    assert parallel.draw(points([({"x": 1}, 0.5)]), maximise=True) is None
    assert parallel.draw(points([({}, 0.5)]), maximise=True) is None
