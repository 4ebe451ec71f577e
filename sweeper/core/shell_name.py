"""Finds parameters that a shell would take as its own name: the first word behind the text of `sh -c`."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.core.placeholders import ARGS, OVERRIDES

_SHELL = lazy(r"(?:.*/)?(?:sh|bash|dash|ash|ksh|mksh|zsh)")
_OPTION = lazy(r"[-+].+")
_TEXT_NEXT = lazy(r"-[A-Za-z]*c[A-Za-z]*")
_USES_NAME = lazy(r"\$(?:0|\{0)")


def refuse_lost_as_name(command: Sequence[str]) -> None:
    """Raise UsageError if `{args}` or `{overrides}` stands directly behind the text of a shell's `-c`.

    The shell makes the first word there `$0`, so `$@` lacks it. A text that uses `$0` knows this.
    """
    for at, word in enumerate(command):
        text, behind = _text(command[at + 1 :]) if _SHELL.fullmatch(word) else ("", "")
        if behind in (ARGS, OVERRIDES) and not _USES_NAME.search(text):
            shell = word.rpartition("/")[2]
            raise UsageError(
                f"task.command: {shell} takes the first word behind the text of -c as its own name ($0), so"
                f" the first parameter would be lost: put a word between the text and {behind}, as in"
                f' [{shell}, -c, "python train.py \\"$@\\"", {shell}, "{behind}"]'
            )


def _text(words: Sequence[str]) -> tuple[str, str]:
    """Return the text of a shell's `-c` and the word behind it; empty without one."""
    rest = iter(words)
    for word in rest:
        if not _OPTION.fullmatch(word):
            break
        if _TEXT_NEXT.fullmatch(word):
            return next(rest, ""), next(rest, "")
        if word.endswith(("o", "O")):
            next(rest, None)  # the option's name, as in `-o pipefail`
    return "", ""
