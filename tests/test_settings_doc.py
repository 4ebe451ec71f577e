"""docs/settings.md names every setting, and its default."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from sweeper.core.cluster import KubernetesSettings, LocalSettings
from sweeper.core.settings import (
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

_TEXT = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()
_ROW = re.compile(r"^\| `(\w+\.\w+)` \| `(.+?)` \|", re.MULTILINE)


def _written(text: str) -> dict[str, Any]:
    return {key: yaml.safe_load(default) for key, default in _ROW.findall(text)}


def _real(section: str, settings: Any) -> dict[str, Any]:
    return {f"{section}.{key}": value for key, value in asdict(settings).items() if key != "backend"}


@pytest.mark.parametrize(
    ("heading", "settings"),
    [
        ("The sweep", {"sweep": SweepSettings()}),
        ("The program", {"task": TaskSettings(), "code": CodeSettings()}),
        ("Trying again", {"retry": RetrySettings()}),
        ("Results", {"results": ResultsSettings()}),
        ("On this machine", {"cluster": LocalSettings()}),
        ("On a cluster", {"cluster": KubernetesSettings()}),
    ],
)
def test_every_setting_is_there_with_its_default(heading, settings):
    """No key is missing, none is made up, and the defaults are those of the code."""
    (chapter,) = re.findall(rf"^## {heading}.*?(?=^## |\Z)", _TEXT, re.MULTILINE | re.DOTALL)
    real = {key: value for name, one in settings.items() for key, value in _real(name, one).items()}
    assert _written(chapter) == real
