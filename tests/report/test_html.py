"""HTML in which nothing of a user's is markup."""

from __future__ import annotations

import json

import pytest

from sweeper.report import html


def test_text_is_no_markup_and_steers_nothing():
    """Brackets and quotes are entities, control characters are spelled."""
    assert html.text("<b a='\"'>&\x07") == "&lt;b a=&#x27;&quot;&#x27;&gt;&amp;\\x07"


def test_no_data_ends_its_block():
    """No text ends the script element that it lies in, and all of it is there again when it is read."""
    value = {"</script><script>alert(1)</script>": "<!-- & \u2028"}
    block = html.data("rows", value)
    body = block.removeprefix('<script type="application/json" id="rows">').removesuffix("</script>")
    assert "<" not in body
    assert json.loads(body) == value


def test_no_number_that_json_lacks_gets_into_a_page():
    """NaN would not be JSON: it is an error, not a page that cannot be read."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        html.data("rows", float("nan"))


@pytest.mark.parametrize("source", ["a</script >", "x <!-- y"])
def test_a_script_that_would_end_itself_is_refused(source):
    """A script that holds its own end is not put into a page."""
    with pytest.raises(ValueError, match="holds the end of a script"):
        html.script(source)


def test_only_the_scripts_that_are_named_may_run():
    """The policy names the digest of each script, and allows no source on any network."""
    policy = html.policy("alert(1)")
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy.replace("http-equiv", "")
