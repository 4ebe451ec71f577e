"""Reader for shell scripts: variables that they use but do not set, positional parameters, or `"$@"`."""

from __future__ import annotations

import re

from sweeper.core.patterns import lazy
from sweeper.core.recognition.model import Option, Program
from sweeper.core.recognition.no_library import is_of_the_system, variable

_COMMENT = lazy(r"(^|\s)#.*", re.MULTILINE)
_SINGLE_QUOTED = lazy(r"'[^']*'")
_USED = lazy(r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-=])([^}]*))?[^}]*\})")
_SET = lazy(
    r"(?:^|[;&|({`]|\b(?:do|then|else|export|local|readonly|declare|typeset)\b)"
    r"[ \t]*(?:-\w+[ \t]+)*([A-Za-z_]\w*)\+?="
    r"|\bfor[ \t]+([A-Za-z_]\w*)"
    r"|\bread\b[ \t]+(?:-\w+[ \t]+)*([A-Za-z_]\w*)"
    r"|\bgetopts[ \t]+\S+[ \t]+([A-Za-z_]\w*)",
    re.MULTILINE,
)
_POSITION = lazy(r"(?<!\\)\$(?:([1-9])|\{([1-9])[^}]*\})")
_NAMED_POSITION = lazy(r"^\s*(?:local\s+|export\s+)?([A-Za-z_]\w*)=\"?\$\{?([1-9])\b", re.MULTILINE)
_ALL = lazy(r"\$[@*]|\$\{[@*]\}")


def recognise_shell(text: str) -> Program | None:
    """Return how a shell script takes its parameters; None if it takes none."""
    code = _COMMENT.sub("", text)
    if _ALL.search(code):
        remark = "write the parameters of the program that it runs into this file"
        return Program("", remarks=(remark,))
    options = _variables(_SINGLE_QUOTED.sub("", code))
    if options:
        return Program("environment variables", options, style="env")
    return _by_position(code)


def _variables(code: str) -> tuple[Option, ...]:
    assigned = {name for match in _SET.finditer(code) for name in match.groups() if name}
    options: dict[str, Option] = {}
    for match in _USED.finditer(code):
        name, default = match[1] or match[2], match[4]
        if is_of_the_system(name) or (name in assigned and default is None):
            continue
        plain = default is not None and "$" not in default and "`" not in default
        found = variable(name, default.strip("\"'") if plain else None)
        if default is None:
            found = Option(name, required=True)
        options.setdefault(name, found)
    return tuple(options.values())


def _by_position(code: str) -> Program | None:
    found = {int(one or other): f"arg{one or other}" for one, other in _POSITION.findall(code)}
    if not found:
        return None
    found |= {int(at): name for name, at in _NAMED_POSITION.findall(code)}
    names = [found.get(at, f"arg{at}") for at in range(1, max(found) + 1)]
    options = tuple(Option(name, required=True) for name in names)
    return Program("positional words", options, style="env", by_position=True)
