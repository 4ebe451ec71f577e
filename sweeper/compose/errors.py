"""Turns errors of Hydra and OmegaConf into one line that names the key and what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hydra.errors import HydraException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError, YAMLError

from sweeper.compose.hydra_errors import hydra_line, unreadable
from sweeper.compose.omegaconf_errors import MERGED, not_mergeable, omegaconf_line
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.core.yaml_mistakes import not_utf8, yaml_mistake

STORED_SUFFIX = "__with_cvsweep"
"""The suffix of the name under which a primary config is stored for Hydra; it is removed from messages."""

# Exceptions that Hydra raises for a broken configuration, including those of other libraries.
_EXPECTED = (
    HydraException,
    OmegaConfBaseException,
    YAMLError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OSError,
    AssertionError,
    RecursionError,
)
_WHERE = lazy(r"^In '(?P<config>[^']+)': ")
_OVERRIDE = lazy(r"^Error merging override [+~]*(?P<key>[^=\s]+)=")
_ABSENT = lazy(r"^Could not override '(?P<key>[^']+)'\.")
_PRESENT = lazy(
    r"An item is already at '(?P<key>[^']+)'|Could not delete from config\. '(?P<gone>[^']+)' does not exist"
)


class PresenceError(UsageError):
    """An override changes or deletes a parameter that does not exist, or adds one that does."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__(text)
        self.key = key


@contextmanager
def guarded(
    where: str = "", words: Sequence[str] = (), options: Callable[[], Iterable[str]] = tuple
) -> Iterator[None]:
    """Turn the errors of a call of Hydra or OmegaConf into one UsageError.

    Args:
        where: the beginning of the line, unless it begins with this text already.
        words: the command line that is parsed, in which the shell may have split a word in two.
        options: names that may be meant by an unknown key, besides other keys.
    """
    try:
        yield
    except OverrideParseException as error:
        raise UsageError(one_line(unreadable(error, words))) from error
    except MarkedYAMLError as error:
        raise UsageError(one_line(_of_yaml(error))) from error
    except _EXPECTED as error:
        text = describe(error, options)
        text = text if text.startswith(where) else f"{where}: {text}"
        key = _absent(_chain(error)) or _key(_PRESENT.search, [error])
        raise PresenceError(text, key) if key else UsageError(text) from error


def describe(error: BaseException, options: Callable[[], Iterable[str]] = tuple) -> str:
    """Return the line for an error, from its first cause that is an error of OmegaConf, if there is one.

    Args:
        error: the error.
        options: names that may be meant by an unknown key, besides other keys.
    """
    chain = list(_chain(error))
    where = next((f"{m['config']}.yaml: " for e in chain if (m := _WHERE.match(str(e)))), "")
    found = next((e for e in chain if isinstance(e, OmegaConfBaseException)), None)
    if found is not None:
        text = omegaconf_line(found, options, _absent(chain))
    elif any(isinstance(one, TypeError) and MERGED.search(str(one)) for one in chain):
        text = not_mergeable(_override(chain), is_list=False)
    else:
        text = hydra_line(chain[0])
    # OmegaConf names no key for an entry of a list; Hydra may know which override held it.
    if found is not None and not found.full_key and (override_text := _override(chain)) not in text:
        text = f"{override_text}: {text}"
    return one_line(where + _WHERE.sub("", text)).replace(STORED_SUFFIX, "")


def one_line(text: str) -> str:
    """Replace all white space, including line ends, by single spaces."""
    return " ".join(text.split())


def check_encoding(path: Path) -> None:
    """Raise UsageError if a configuration file is not UTF-8 text."""
    data = path.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{_shown(path)}: {not_utf8(data, error.start)}") from error


def _of_yaml(error: MarkedYAMLError) -> str:
    mark, context, problem = error.problem_mark, error.context_mark, error.problem or str(error)
    if mark is None or not os.path.isfile(mark.name):
        return str(error)
    path = Path(mark.name)
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    line, text = yaml_mistake(lines, mark.line, problem, context.line if context is not None else None)
    return f"{_shown(path)}:{line + 1}: {text}"


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative


def _override(chain: Iterable[BaseException]) -> str:
    return _key(_OVERRIDE.match, chain)


def _absent(chain: Iterable[BaseException]) -> str:
    """Return the whole key of an override of a missing parameter, of which OmegaConf names only a part."""
    return _key(_ABSENT.match, chain)


def _key(pattern: Callable[[str], re.Match[str] | None], chain: Iterable[BaseException]) -> str:
    return next((m[m.lastgroup or 0] for e in chain if (m := pattern(str(e)))), "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, each once: OmegaConf re-raises errors, which can create a cycle."""
    at: BaseException | None = error
    seen: list[BaseException] = []
    while at is not None and not any(at is one for one in seen):
        seen.append(at)
        yield at
        at = at.__cause__ or at.__context__
