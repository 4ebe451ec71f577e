"""OmegaConf parses a text once while points are composed, and is then as it was."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf, base

from sweeper.compose.parses import parsed_once


def test_a_text_is_parsed_once_and_resolved_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it refers to may change; a text that is no interpolation is refused every time."""
    texts, parse = [], base.parse
    monkeypatch.setattr(base, "parse", lambda *words, **more: texts.append(words[0]) or parse(*words, **more))
    cfg = OmegaConf.create({"a": 0, "b": "run-${a}"})
    with parsed_once():
        for number in range(3):
            cfg.a = number
            assert cfg.b == f"run-{number}"
    assert texts == ["run-${a}"]
    cfg.b  # noqa: B018  # outside it is parsed as ever
    assert texts == ["run-${a}"] * 2


def test_an_error_ends_it_too() -> None:
    """Whatever happens, OmegaConf gets its own function back."""
    before = base.parse
    with pytest.raises(ValueError, match="no"), parsed_once(), parsed_once():
        raise ValueError("no")
    assert base.parse is before


def test_a_release_that_parses_elsewhere_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put where nothing was."""
    monkeypatch.delattr(base, "parse")
    with parsed_once():
        assert not hasattr(base, "parse")
