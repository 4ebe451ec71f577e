"""The tables of docs/settings.md, made from the classes: `python -m tests.settings_doc --write`.

A table stands between `<!-- settings: NAME … -->` and `<!-- end -->`; the text around the tables is written
by hand.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.clusters.local.settings import LocalSettings
from sweeper.core.sections import sentence
from sweeper.core.setting import Setting, settings_of
from sweeper.core.setting_entries import Entries
from sweeper.core.settings import (
    ArgsSettings,
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

DOC = Path(__file__).parent.parent / "docs" / "settings.md"
SECTIONS: dict[str, tuple[str, type]] = {
    "sweep": ("sweep", SweepSettings),
    "task": ("task", TaskSettings),
    "task.args": ("task.args", ArgsSettings),
    "code": ("code", CodeSettings),
    "retry": ("retry", RetrySettings),
    "results": ("results", ResultsSettings),
    "cluster=local": ("cluster", LocalSettings),
    "cluster=kubernetes": ("cluster", KubernetesSettings),
    "volumes": ("cluster.volumes.NAME", VolumeSettings),
}
"""What a marker may name: the section's name in a configuration, and its class."""

_TABLE = re.compile(r"<!-- settings: ([\w.= ]+) -->\n.*?<!-- end -->\n", re.DOTALL)
_HEAD = "| key | default | value | what it says |\n| --- | --- | --- | --- |\n"


def generated(text: str) -> str:
    """The document with every table made anew."""
    return _TABLE.sub(_anew, text)


def _anew(found: re.Match[str]) -> str:
    return f"<!-- settings: {found[1]} -->\n\n{table(found[1])}\n<!-- end -->\n"


def tables(text: str) -> list[str]:
    """The names of all tables in the document."""
    return [name for found in _TABLE.finditer(text) for name in found[1].split()]


def table(names: str) -> str:
    """The table of one or more sections."""
    return _HEAD + "".join(row for name in names.split() for row in _rows(*SECTIONS[name]))


def _rows(section: str, cls: type) -> Iterator[str]:
    for key, one in settings_of(cls).items():
        if key == "backend":
            continue  # a cluster's file says it
        cells = (f"`{section}.{key}`", f"`{_flow(one.default)}`", _value(one), one.help)
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _value(one: Setting) -> str:
    if isinstance(one.rule, Entries):
        return f"{one.rule.name.sentence}, to {one.rule.value.sentence}"
    return sentence(one)


def _flow(value: Any) -> str:
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    text = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def main() -> int:
    """Write the tables, or say whether those in the file are the ones that would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write them into docs/settings.md")
    write = parser.parse_args().write
    text = DOC.read_text()
    new = generated(text)
    if write:
        DOC.write_text(new)
    return 0 if write or new == text else 1


if __name__ == "__main__":
    raise SystemExit(main())
