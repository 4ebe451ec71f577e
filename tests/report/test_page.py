"""report.html, without a browser."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from sweeper.core.model import Cause
from sweeper.report.failures import Failure
from sweeper.report.gather import Gathered
from sweeper.report.page import make_page
from sweeper.report.spans import make_spans
from sweeper.results.curve import Curve
from tests.report import sweeps

EVIL = "<script>alert(1)</script>"


class Tags(HTMLParser):
    """Collects the elements of a page, and what its attributes refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def gathered(rows, **facts):
    made = sweeps.results(rows, **facts)
    spans = make_spans(
        [record for index in range(len(rows)) for record in sweeps.ran(index, at=float(index))]
    )
    curves = {index: Curve((1, 2), {"acc": (0.1, 0.2), EVIL: (1, 2)}, EVIL) for index in range(len(rows))}
    return Gathered(made, spans, curves, [Failure((0,), "error", EVIL, (EVIL, "x"))], [(0.0, 2)])


@pytest.fixture(scope="module")
def page():
    rows = [
        ({EVIL: lr, "opt": EVIL, "o": opt, "seed": seed}, lr * seed)
        for lr in (1, 2, 3)
        for opt in "ab"
        for seed in (1, 2)
    ]
    return make_page(gathered(rows, name=f"x{EVIL}"))


def test_the_page_refers_to_nothing_outside_of_itself(page):
    """No element of the page loads anything, and its policy allows no source but itself."""
    tags = Tags(page).found
    assert not [tag for tag, attributes in tags if "src" in attributes or tag in ("link", "iframe", "object")]
    assert all(attributes["href"].startswith("#") for tag, attributes in tags if "href" in attributes)
    policies = [
        attributes["content"] for tag, attributes in tags if tag == "meta" and "http-equiv" in attributes
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")


def test_nothing_that_a_user_wrote_is_an_element(page):
    """A script in a name, a value, a metric, an axis, a log or an error is text: the scripts are all ours."""
    scripts = [attributes for tag, attributes in Tags(page).found if tag == "script"]
    assert [one.get("id") for one in scripts] == ["rows", "figures", "curves", "tables-module", None, None]
    assert EVIL not in page
    assert "alert(1)" in page


def test_every_picture_has_words(page):
    """Each picture has a label, and under it the same words to be read."""
    pictures = [attributes for _, attributes in Tags(page).found if attributes.get("role") == "img"]
    assert len(pictures) == 7
    assert all(one["aria-label"] for one in pictures)
    assert page.count("<figcaption>") == len(pictures)


def test_all_sections_are_linked_in_the_order_of_the_page(page):
    """The links above lead to every section, in its order."""
    links = re.findall(r'<a href="#(\w+)">', page)
    assert links == [
        "table", "parallel", "learning", "heatmap", "against", "importance", "failures", "timeline",
    ]  # fmt: skip
    assert links == re.findall(r'<section id="(\w+)"', page)


def test_the_blocks_hold_what_the_page_draws(page):
    """The figures that the page refers to are there."""
    block = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page)
    assert block
    figures = json.loads(block[1])
    assert set(figures) == set(re.findall(r'data-figure="([\w-]+)"', page))


def test_a_sweep_that_has_only_begun_has_a_page():
    """Without results, curves and failures there is a page all the same."""
    facts = sweeps.facts([{"x": 1}, {"x": 2}], metric=None)
    made = make_page(Gathered(facts, [], {}, [], []))
    assert re.findall(r'<section id="(\w+)"', made) == ["table"]
    assert "2 queued" in made


def test_a_sweep_in_which_everything_failed_has_a_page():
    """Where every trial failed there are the table, the failures and the timeline."""
    attempts = [sweeps.ran(index, Cause.ERROR, error="E") for index in range(3)]
    facts = sweeps.facts([{"x": index} for index in range(3)], *attempts)
    spans = make_spans([record for one in attempts for record in one])
    made = make_page(Gathered(facts, spans, {}, [Failure((0, 1, 2), "error", "E", ())], []))
    assert re.findall(r'<section id="(\w+)"', made) == ["table", "failures", "timeline"]
    assert "(nothing in the log)" in made
