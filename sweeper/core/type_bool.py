"""Problems of argparse's `type=bool`, which calls `bool(text)`: only the empty text is False."""

from __future__ import annotations

import re

from sweeper.core.declared_options import Declared
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.settings import ArgsSettings

_BOOL = lazy(r"bool|lambda (\w+): bool\(\1\)")
_OWN = lazy(
    r"\.register\(\s*(registry_name\s*=\s*)?['\"]type['\"]|\bdef (add_argument|_get_values?|bool)\("
    r"|\bas bool\b|^\s*bool\s*[:=]",
    re.MULTILINE,
)
_FALSE = frozenset({"false", "f", "no", "n", "off", "0", "0.0", "none", "null"})
_TRUE_TEXT = "type=bool makes true of every text but the empty one, so of 'false', 'no' and '0' too"
_NO_VALUE = "type=bool needs a text, and true is given without one"
_OWN_TYPE = "type=lambda text: {'false': False, 'true': True}[text.lower()]"
_PAIR = "action=argparse.BooleanOptionalAction, and set task.args.bool=no-flag"


def may_mean_another_bool(source: str) -> bool:
    """Whether the program may redefine `bool` or an option's type."""
    return _OWN.search(source) is not None


def is_type_bool(option: Declared) -> bool:
    """Whether this is an argparse option with `type=bool`, for which every non-empty text is True."""
    return option.library == "argparse" and _BOOL.fullmatch(option.keywords.get("type", "")) is not None


def type_bool_problem(
    option: Declared, args: ArgsSettings, key: str, value: Value, *, has_flags: bool
) -> str | None:
    """Return why an option with `type=bool` does not get this value, and the remedy; None if it does.

    Args:
        option: the declaration of the option.
        args: how options are written.
        key: the parameter.
        value: its value.
        has_flags: whether the program has flags, for which task.args.bool=no-flag does not work.
    """
    if isinstance(value, bool) and args.bool in ("flag", "no-flag"):
        problem = _as_flag(option, args.bool, value)
    else:
        problem = _TRUE_TEXT if _means_false(args, value) else None
    return f"{key}: {problem}; {_way_out(args, key, value, has_flags=has_flags)}" if problem else None


def _as_flag(option: Declared, mode: str, value: bool) -> str | None:
    if value:
        takes_none = {"nargs", "**"} & option.keywords.keys() or option.action != "store"
        return None if takes_none else f"{_NO_VALUE} (task.args.bool={mode})"
    if mode == "no-flag" or option.keywords.get("default") == "False":
        return None
    return f"{_TRUE_TEXT}, and false is left out (task.args.bool=flag), so the program uses its default"


def _means_false(args: ArgsSettings, value: Value) -> bool:
    """Whether the value means false to a user but is passed as a non-empty text."""
    if isinstance(value, str):
        return value.strip().lower() in _FALSE or (not value and args.text == "python")
    if value is None:
        return args.none != "omit"
    if isinstance(value, list):
        return any(_means_false(args, one) for one in value)
    return value in (0, False)


def _way_out(args: ArgsSettings, key: str, value: Value, *, has_flags: bool) -> str:
    is_list = isinstance(value, list)
    works_as_pair = not (has_flags or is_list or "." in key)
    script = f"declare it with {_PAIR if works_as_pair else _OWN_TYPE}"
    if is_list or args.text == "python":
        return script
    return f"give the empty text for False and 'true' for True, \"{key}='','true'\", or {script}"
