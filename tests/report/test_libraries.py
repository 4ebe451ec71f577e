"""The door to plotly and itables."""

from __future__ import annotations

import pytest

from sweeper.core.errors import UsageError
from sweeper.report import libraries


@pytest.mark.parametrize("name", ["plotly", "itables"])
def test_a_missing_library_is_one_line_that_names_the_extra(monkeypatch, name):
    """Where one of them is not installed, the line says which and what to install."""
    monkeypatch.setattr(libraries, "find_spec", lambda wanted: None if wanted == name else object())
    with pytest.raises(UsageError) as caught:
        libraries.require()
    assert str(caught.value) == (
        f"the report needs plotly and itables, and {name} is not installed: pip install 'cvsweep[report]'"
    )


def test_the_scripts_are_whole_and_can_be_put_into_a_page():
    """plotly.js and the tables' module are there, and neither holds what would end a script element."""
    libraries.require()
    for source in (libraries.plotly_js(), libraries.tables_js()):
        assert len(source) > 500_000
        assert "</script" not in source.lower()
    assert "dt-container" in libraries.tables_css()


def test_plotly_knows_what_it_is_given():
    """A figure that plotly does not know is an error where the page is made, not in the browser."""
    libraries.check({"data": [{"type": "scatter", "x": [1], "y": [2]}], "layout": {}})
    with pytest.raises(ValueError, match="nonsense"):
        libraries.check({"data": [{"type": "scatter", "nonsense": 1}], "layout": {}})
