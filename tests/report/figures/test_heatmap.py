"""A grid of two parameters."""

from __future__ import annotations

from sweeper.report import libraries
from sweeper.report.figures import heatmap
from tests.report.figures.points import grid, points


def test_two_parameters_are_a_field_of_means_over_seeds():
    """Each cell is the mean over seeds, with its deviation and number."""
    section = heatmap.draw(grid(), maximise=True)
    assert section
    (picture,) = section.pictures
    libraries.check(picture.figure)
    (trace,) = picture.figure["data"]
    assert [[round(z, 2) for z in row] for row in trace["z"]] == [[0.05, 2.05, 1.05], [1.05, 3.05, 2.05]]
    assert trace["text"][1][1] == "3.05 ± 0.071<br>n=2"
    assert picture.figure["layout"]["yaxis"]["ticktext"] == ["&lt;sgd&gt;", "adam"]
    assert picture.caption == "6 cells have a value; acc is best at lr = 0.01 and opt = adam, with 3.05."


def test_what_the_grid_lacks_is_empty():
    """A pair of values that no trial has is an empty cell, and less is better where it is."""
    section = heatmap.draw(
        points([({"a": 1, "b": 1}, 1.0), ({"a": 2, "b": 1}, 2.0), ({"a": 1, "b": 2}, 3.0)]), maximise=False
    )
    assert section
    (trace,) = section.pictures[0].figure["data"]
    assert trace["z"] == [[1.0, 2.0], [3.0, None]]
    assert trace["text"][1][1] == ""
    assert "best at a = 1 and b = 1" in section.pictures[0].caption


def test_one_or_three_parameters_are_no_field():
    """There is no heatmap of any other number of parameters."""
    assert heatmap.draw(points([({"a": index}, 1.0 + index) for index in range(3)]), maximise=True) is None
    three = [({"a": i, "b": i, "c": i}, 1.0 + i) for i in range(3)]
    assert heatmap.draw(points(three), maximise=True) is None
