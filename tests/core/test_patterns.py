import copy
import pickle
import pkgutil
import re
from importlib import import_module

import pytest

import sweeper
from sweeper.core import patterns
from sweeper.core.patterns import lazy


def test_a_pattern_does_what_the_compiled_one_does() -> None:
    pattern = lazy(r"(?P<letter>[a-z])\d", re.IGNORECASE)
    match = pattern.fullmatch("A1")
    assert match
    assert match["letter"] == "A"
    assert pattern.sub("#", "a1 b2") == "# #"
    assert pattern.groupindex == {"letter": 1}
    assert lazy(rb"[\r\n]").split(b"a\rb") == [b"a", b"b"]


def test_a_pattern_can_be_copied_and_pickled() -> None:
    """A function that refers to one may travel to other processes."""
    pattern = lazy("a+")
    for one in (copy.copy(pattern), copy.deepcopy(pattern), pickle.loads(pickle.dumps(pattern))):
        assert one.fullmatch("aa")


def test_nothing_is_compiled_before_the_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(patterns.re, "compile", lambda text, flags: compiled.append(text))
    lazy("a+")
    assert compiled == []


def test_a_pattern_is_compiled_once_for_each_method() -> None:
    pattern = lazy("a+")
    assert pattern.match is pattern.match


def _modules() -> list[str]:
    found = pkgutil.walk_packages(sweeper.__path__, "sweeper.")
    return [one.name for one in found if one.name.startswith("sweeper.core.")]


def test_all_patterns_of_the_core_can_be_compiled() -> None:
    named = [value for name in _modules() for value in vars(import_module(name)).values()]
    texts = [value.pattern for value in named if isinstance(value, patterns._Lazy)]
    assert len(texts) > 50
    for text in texts:
        re.compile(text)
