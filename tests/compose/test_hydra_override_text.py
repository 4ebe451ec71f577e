"""A value in Hydra's override grammar is read back by Hydra as the identical value."""

from __future__ import annotations

from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from sweeper.core.hydra_override_text import hydra_word

HARD = st.sampled_from(
    ["${lr}", "\\${x}", "a\\", "it's", '"', "\\'", "true", "Null", "1e3", "nan", "{a: 1}", "[1]", "\n", ""]
)
TEXT = st.one_of(
    HARD,
    st.text(st.sampled_from("ab1 '\"\\${}[]():,=\n\té.-?~#%"), max_size=8),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
).filter(lambda text: text != "???")
SCALAR = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
KEYS = st.from_regex(r"k[a-z_-]{0,3}", fullmatch=True)
VALUES = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


@given(value=VALUES)
def test_every_value_survives(value: Any) -> None:
    override = OverridesParser.create().parse_override(hydra_word("key", value))
    cfg = OmegaConf.create({"key": None})
    OmegaConf.update(cfg, override.key_or_group, override.value())
    found = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(found, dict)
    assert repr(found["key"]) == repr(value)
