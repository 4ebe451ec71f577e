"""docs/settings.md names every setting with its default, its rule and its help."""

from __future__ import annotations

import re

from sweeper.core.setting import settings_of
from sweeper.core.setting_rules import OwnPath
from tests.settings_doc import DOC, SECTIONS, generated, tables

_TEXT = DOC.read_text()


def test_the_tables_are_made_from_the_classes() -> None:
    """`python -m tests.settings_doc --write` makes them anew after a change of a setting."""
    assert generated(_TEXT) == _TEXT


def test_every_section_has_a_table() -> None:
    assert sorted(tables(_TEXT)) == sorted(SECTIONS)


def test_every_setting_has_a_help_text() -> None:
    """Nobody can use a setting of which the documentation says nothing."""
    silent = [f"{name}.{key}" for name, (_, cls) in SECTIONS.items() for key, one in settings_of(cls).items()
              if not one.help and key != "backend"]  # fmt: skip
    assert silent == []


def test_the_paths_of_this_machine_are_listed() -> None:
    """The text above the tables says in which settings `~` and `$NAME` are what they are in a shell."""
    paths = [f"{section}.{key}" for section, cls in SECTIONS.values() for key, one in settings_of(cls).items()
             if isinstance(one.rule, OwnPath)]  # fmt: skip
    (listed,) = re.findall(r"^`~` and .*?\n\n|^Paths start .*?\n\n", _TEXT, re.MULTILINE | re.DOTALL)
    named = [path.replace("cluster.volumes.NAME.here", "here") for path in paths]
    assert [path for path in named if f"`{path}`" not in listed] == []
    assert len(paths) == 3
