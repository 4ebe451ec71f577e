"""Shell completion of overrides: the groups, keys and values of a project that begin with a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.project import find_project
from sweeper.compose.schemas import BASE
from sweeper.compose.session import Session, open_session
from sweeper.core.completion.facts import Candidate
from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.secrets import is_below, secret_keys
from sweeper.core.settings import RESERVED

_SIGN = lazy(r"\+\+|\+|~|")
_KEY = lazy(r"[A-Za-z_][A-Za-z0-9_-]*")
_NESTED = lazy(r"[\[\]{}()'\"\\]")


def override_candidates(
    root: Path, config_dir: Path | None, config_name: str | None, before: Sequence[str], text: str
) -> list[Candidate]:
    """Return the completions of the override `text` for the project in `root`.

    Args:
        root: the folder of the project.
        config_dir: the option --config-dir.
        config_name: the option --config-name.
        before: the overrides that are on the command line already.
        text: the override that was begun.

    Raises:
        UsageError: there is no project in `root`.
    """
    with open_session(find_project(root, config_dir, config_name)) as session:
        return candidates(session, before, text)


def candidates(session: Session, before: Sequence[str], text: str) -> list[Candidate]:
    """Return the completions of the override `text`, as `override_candidates` does, in an open session."""
    match = _SIGN.match(text)
    sign = match[0] if match else ""
    body = text[len(sign) :]
    found = (_values if "=" in body else _names)(session, body, sign, before)
    return [Candidate(f"{sign}{one.text}", one.help, one.open) for one in found]


def _values(session: Session, body: str, sign: str, before: Sequence[str]) -> Iterator[Candidate]:
    key, _, value = body.partition("=")
    chosen, comma, _ = value.rpartition(",")
    options = _options(session, key.partition("@")[0])
    if options and not _NESTED.search(value):
        others = chosen.split(",")
        yield from (Candidate(f"{key}={chosen}{comma}{one}") for one in options if one not in others)
    elif not options and sign != "~":
        yield from _present_value(_config(session, before), key)


def _options(session: Session, group: str) -> list[str]:
    """Return the options of a group, without cluster/base_*, which are types for files in configs/cluster."""
    return [one for one in session.options(group) if (group, one[:5]) != ("cluster", "base_")]


def _present_value(config: DictConfig, key: str) -> Iterator[Candidate]:
    """Yield the present value of a key, in the form that Hydra parses; both values for a truth value."""
    value = None if _holds_secret(config, key) else _select(config, key)
    if isinstance(value, bool):
        yield from (Candidate(f"{key}={word}") for word in ("true", "false"))
    elif value is not None and "${" not in str(value) and "???" not in str(value):
        with suppress(UsageError):  # a value that Hydra's grammar cannot express is not offered
            yield Candidate(hydra_word(key, value))


def _holds_secret(config: DictConfig, key: str) -> bool:
    """Whether the value of a key is a secret, is part of a secret, or contains one."""
    plain, listed = _plain(config), _select(config, "sweep.secrets")
    assert isinstance(plain, dict)
    keys = secret_keys(plain, [str(one) for one in listed] if isinstance(listed, list) else ())
    return is_below(key, keys) or any(is_below(one, [key]) for one in keys)


def _names(session: Session, body: str, sign: str, before: Sequence[str]) -> Iterator[Candidate]:
    hidden = {BASE.partition("/")[0]}
    if not body:
        hidden |= set(RESERVED)
    elif not body.startswith("hy"):
        hidden.add("hydra")
    parent, slash, _ = body.rpartition("/")
    for name in session.groups(parent):
        group = f"{parent}{slash}{name}"
        if group.startswith(body) and group.partition("/")[0] not in hidden:
            yield from _group(session, group, deletes=sign == "~")
    if not slash and sign != "+":
        yield from _keys(_config(session, before), body, hidden, deletes=sign == "~")


def _group(session: Session, group: str, *, deletes: bool) -> Iterator[Candidate]:
    if _options(session, group):
        yield Candidate(group) if deletes else Candidate(f"{group}=", "config group", open=True)
    if session.groups(group):
        yield Candidate(f"{group}/", "config group", open=True)


def _keys(config: DictConfig, body: str, hidden: Iterable[str], *, deletes: bool) -> Iterator[Candidate]:
    parent, dot, _ = body.rpartition(".")
    node = _select(config, parent) if dot else _plain(config)
    for name, value in node.items() if isinstance(node, dict) else ():
        key = f"{parent}{dot}{name}"
        if not _KEY.fullmatch(str(name)) or not key.startswith(body) or key.partition(".")[0] in hidden:
            continue
        nested = isinstance(value, dict) and bool(value)
        if deletes:
            yield Candidate(key)
        if nested or not deletes:
            yield Candidate(f"{key}." if nested else f"{key}=", open=True)


def _config(session: Session, before: Sequence[str]) -> DictConfig:
    """Return the configuration with the overrides; without them if they cannot be composed."""
    for overrides in (_single(session, before), []):
        with suppress(UsageError):
            loaded = session.load(overrides, lenient=True)
            config: DictConfig = OmegaConf.create({"hydra": loaded.hydra})
            return OmegaConf.unsafe_merge(config, loaded.cfg)  # type: ignore[return-value]
    return OmegaConf.create({})


def _single(session: Session, overrides: Sequence[str]) -> list[str]:
    """Return overrides of one point, with the first value of each swept one; skip words that do not parse."""
    found = []
    for text in overrides:
        with suppress(UsageError):
            one = session.parse([text])[0]
            swept = one.is_sweep_override()
            found.append(f"{one.get_key_element()}={next(one.sweep_string_iterator())}" if swept else text)
    return found


def _select(config: DictConfig, key: str) -> Value:
    node: Value = _plain(config)
    for name in key.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _plain(config: DictConfig) -> Value:
    """Return plain data without resolving interpolations, so that no secret is read."""
    plain: Value = OmegaConf.to_container(config, resolve=False)
    return plain
