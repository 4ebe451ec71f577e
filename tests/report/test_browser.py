"""The report in a real browser."""

from __future__ import annotations

import math

import pytest

from sweeper.results.order import rank
from tests.report import big

pytestmark = pytest.mark.browser

PLOTS = ["parallel-0", "against-0", "importance-0", "timeline-0"]
INFO = "return window.grid.page.info().recordsDisplay"
HEADS = "document.querySelectorAll('#trials thead tr')"
FIRST = "return document.querySelector('#trials tbody tr').cells[arguments[0]].innerText"
TEXTS = "return Array.from(document.querySelectorAll(`${arguments[0]} text`)).map(text => text.textContent)"


@pytest.fixture
def opened(chromium, page):
    """The page, open."""
    chromium.open(page)
    return chromium


def column(browser, name):
    """The place of a column of the table."""
    place = browser.run("return table.columns.findIndex(one => one.name === arguments[0])", name)
    assert place >= 0
    return place


def sort(browser, name):
    """Click on a column's head."""
    browser.run(
        f"{HEADS}[0].cells[arguments[0]].querySelector('.dt-column-title')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))",
        column(browser, name),
    )


def draw_all(browser):
    """Look at every picture."""
    for name in PLOTS:
        browser.see(f"[data-figure='{name}']")
    browser.see("#curve-plot")


def test_it_opens_without_a_complaint_and_asks_no_network(opened, page):
    """All pictures are drawn from the file alone, without an error in the console; nothing evil has run."""
    draw_all(opened)
    assert [entry for entry in opened.logs("browser") if entry["level"] == "SEVERE"] == []
    asked = {url.partition(":")[0] for url in opened.requests()}
    assert asked <= {"file", "data", "blob"}
    assert opened.run("return window.bad") is None
    assert page.stat().st_size < 8_000_000


def test_sorting_puts_what_is_no_number_last_in_both_directions(opened):
    """A click sorts by a column, a second one the other way; NaN, infinities and missing ones stay last."""
    place = column(opened, "acc")
    numbers = sorted(map(big.accuracy, big.DRAWN))
    values = "return window.grid.rows({order: 'applied'}).data().toArray().map(row => row[arguments[0]])"
    sort(opened, "acc")
    found = opened.until(f"const all = (() => {{ {values} }})(); return all[0] < 0.6 ? all : null", place)
    assert found[: len(numbers)] == numbers
    assert set(found[len(numbers) :]) == {"NaN", "inf", None}
    sort(opened, "acc")
    found = opened.until(f"const all = (() => {{ {values} }})(); return all[0] > 0.6 ? all : null", place)
    assert found[: len(numbers)] == numbers[::-1]
    assert opened.run(FIRST, place) == str(numbers[-1])


def test_filters_of_columns_and_of_all_keep_what_matches(opened):
    """Typing below a head filters by that column, numbers by their value; the search box by all texts."""
    assert opened.run(INFO) == 200
    type_below = (
        f"const box = {HEADS}[1].cells[arguments[0]].querySelector('input');"
        "box.value = arguments[1]; box.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    opened.run(type_below, column(opened, "batch"), "64")
    opened.until(f"{INFO} === 100")
    opened.run(type_below, column(opened, "opt"), "</script>")
    opened.until(f"{INFO} === 20")
    opened.run("window.grid.search('failed').draw()")
    failed = [index for index in big.FAILED if big.PARAMS[index]["batch"] == 64]
    failed = [index for index in failed if "</" in big.PARAMS[index]["opt"]]
    opened.until(f"{INFO} === {len(failed)}")


def test_brushing_an_axis_keeps_the_trials_that_pass_in_the_table(opened):
    """Dragging along an axis of the parallel coordinates filters the table, and says how many pass."""
    opened.see("[data-figure='parallel-0']")
    across, top, height = opened.run(
        "const axis = document.querySelector(\"[data-figure='parallel-0'] .axis-brush\");"
        "const box = axis.getBoundingClientRect(); return [box.left + box.width / 2, box.top, box.height]"
    )
    opened.drag((across, top + height * 0.02), (across, top + height * 0.5))
    message = opened.until("return document.getElementById('brushed').innerText")
    ranges = opened.run(
        "return document.querySelector(\"[data-figure='parallel-0']\").data[0].dimensions[0].constraintrange"
    )
    low, high = ranges if not isinstance(ranges[0], list) else ranges[0]
    passing = [index for index in big.DRAWN if low <= math.log10(big.PARAMS[index]["lr"]) <= high]
    assert 0 < len(passing) < len(big.DRAWN)
    assert message == f"{len(passing)} of {len(big.DRAWN)} trials pass; the table shows them alone."
    assert opened.run(INFO) == len(passing)
    opened.run("document.getElementById('unbrush').click()")
    opened.until(f"{INFO} === 200")


def test_learning_curves_are_those_of_three_trials_and_of_all_on_demand(opened):
    """Best, median and worst are shown; a tick shows all trials, and another metric can be chosen."""
    opened.see("#curve-plot")
    names = "return document.getElementById('curve-plot').data.map(one => one.name)"
    assert [name.split(" ")[0] for name in opened.run(names)] == ["best", "median", "worst"]
    opened.run("document.getElementById('curve-all').click()")
    opened.until("return document.getElementById('curve-plot').data.length === 200")
    opened.run(
        "const choice = document.getElementById('curve-metric');"
        "choice.selectedIndex = 2; choice.dispatchEvent(new Event('change'))"
    )
    title = "document.querySelector('#curve-plot .ytitle')"
    assert opened.until(f"return {title} && {title}.textContent !== 'acc' && {title}.textContent") == "<b>x"


def test_names_in_pictures_are_shown_as_they_are(opened):
    """A name that looks like markup is spelled out on the axes."""
    for name, shown in (("parallel-0", {"lr", "0.001"}), ("against-2", {"adam"})):
        opened.see(f"[data-figure='{name}']")
        texts = opened.run(TEXTS, f"[data-figure='{name}']")
        assert shown | {"a&lt;b", "</script>b"} <= set(texts)


def test_it_is_dark_where_the_reader_wants_it_so(chromium, page):
    """In dark mode the page is dark, and so are the texts of its pictures light."""
    colour = "return getComputedStyle(document.querySelector(arguments[0])).fill"
    chromium.open(page, dark=True)
    chromium.see("#curve-plot")
    assert chromium.run("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 27)"
    assert chromium.run(colour, "#curve-plot .xtick text") == "rgb(230, 230, 230)"
    chromium.open(page)
    chromium.see("#curve-plot")
    assert chromium.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.run(colour, "#curve-plot .xtick text") == "rgb(28, 28, 30)"


def test_nothing_is_wider_than_a_phone(chromium, page):
    """On a phone the page does not scroll sideways; wide pictures and the table do in their own frames."""
    chromium.open(page, width=390)
    draw_all(chromium)
    assert chromium.run("return document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["opt", "large"])
@pytest.mark.parametrize("descending", [False, True])
def test_the_page_sorts_as_the_command_does(opened, name, descending):
    """Texts by their characters, and whole numbers that no double can hold by their size."""
    place = column(opened, name)
    values = "return window.grid.rows({order: 'applied'}).data().toArray().map(row => row[arguments[0]])"
    before = opened.run(values, place)
    read = int if name == "large" else str
    wanted = sorted(before, key=lambda cell: rank(descending)(None if cell is None else read(cell)))
    for _ in range(1 + descending):
        sort(opened, name)
    opened.until(f"const all = (() => {{ {values} }})(); return all[0] == arguments[1]", place, wanted[0])
    assert opened.run(values, place) == wanted
