"""The placeholders of task.command: their shell text, and the detection of mistyped ones."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.values import flatten, render_value

ARGS, OVERRIDES = "{args}", "{overrides}"
"""The placeholders that become several words, so each must be a whole word."""
PARAMS, PARAMS_YAML = "{params}", "{params.yaml}"

YAML_FILE = '"$CVSWEEP_TRIAL_DIR"/params.yaml'
"""The shell text for the parameter file in YAML; the file is written only if a command contains this text."""

_PATHS = {
    "{out}": '"$CVSWEEP_OUT"',
    "{code}": '"$CVSWEEP_CODE"',
    "{checkpoints}": '"$CVSWEEP_CHECKPOINT_DIR"',
    PARAMS: '"$CVSWEEP_PARAMS"',
    PARAMS_YAML: YAML_FILE,
}
_PATH = lazy(rf"(?<!\$)({'|'.join(map(re.escape, _PATHS))})")  # ${out} is a shell variable
_KNOWN = (ARGS, OVERRIDES, *_PATHS)
# Frequent wrong names. All other names are compared letter by letter.
_GUESSES = {
    "output": "{out}", "outdir": "{out}", "out_dir": "{out}", "output_dir": "{out}",
    "ckpt": "{checkpoints}", "checkpoint_dir": "{checkpoints}", "ckpt_dir": "{checkpoints}",
    "arguments": ARGS, "parameters": PARAMS, "params.json": PARAMS, "params.yml": PARAMS_YAML,
    "code_dir": "{code}",
}  # fmt: skip
# Not braces of a shell, a template or a format: ${out}, {{out}}, %{out}, #{out}, \{out\}.
_BRACED = lazy(r"(?<![$%#@\\{])(\{[A-Za-z_.-]+\})(?!\})")
_FORMAT_STRING = lazy(r"\b(?:[fF][rR]?|[rR][fF])[\"']|\.format\(")
_SHORTEST = 3


def gives_parameters(command: Iterable[str]) -> bool:
    """Whether a placeholder in the command passes the parameters to the program."""
    return any(name in word for word in command for name in (ARGS, OVERRIDES, PARAMS, PARAMS_YAML))


def keys_in_words(words: Sequence[str], params: Mapping[str, Value]) -> set[str]:
    """Return the parameters whose values occur in the words, for example because of `${lr}`."""
    shown = ((key, render_value(value)) for key, value in flatten(params, "."))
    return {key for key, text in shown if text and any(map(_whole(text).search, words))}


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(text)}(?![\w.])", re.IGNORECASE)  # OmegaConf writes True


@lru_cache(maxsize=256)  # all trials have the same templates
def path_word(template: str) -> str:
    """Return the shell text of a word: its placeholders as shell variables, everything else literal.

    UsageError if the word contains `{args}` or `{overrides}`, or a mistyped placeholder.
    """
    inside = next((name for name in (ARGS, OVERRIDES) if name in template), None)
    if inside is not None:
        raise UsageError(f"task.command: {inside} must be a word of its own, not part of {template!r}")
    _refuse_near_miss(template)
    parts = _PATH.split(template)
    return "".join(_PATHS.get(part) or shlex.quote(part) for part in parts if part) or "''"


def _refuse_near_miss(template: str) -> None:
    if _FORMAT_STRING.search(template):
        return  # Python code, which has braces of its own
    for braced in _BRACED.findall(template):
        meant = _meant(braced)
        if meant is not None:
            raise UsageError(
                f"task.command: there is no placeholder {braced}: did you mean {meant}?"
                " (If the program itself needs these braces, keep them in a script.)"
            )


def _meant(braced: str) -> str | None:
    """Return the placeholder that was mistyped as `braced`; None if it is one, or is not similar to any."""
    if braced in _KNOWN:
        return None
    name = braced[1:-1].lower().replace("-", "_")
    if name in _GUESSES:
        return _GUESSES[name]
    return next((known for known in _KNOWN if _one_slip(name, known[1:-1])), None)


def _one_slip(name: str, known: str) -> bool:
    """Whether they differ only by one letter left out, added or wrong, or by two letters in the wrong order.

    One wrong letter counts only in names of more than four letters.
    """
    if name == known:
        return True  # in upper case
    if abs(len(name) - len(known)) == 1:
        longer, shorter = (name, known) if len(name) > len(known) else (known, name)
        return len(shorter) >= _SHORTEST and any(
            longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))
        )
    if len(name) != len(known):
        return False
    wrong = [at for at, pair in enumerate(zip(name, known, strict=True)) if pair[0] != pair[1]]
    if len(wrong) == 1:  # `mode` is an ordinary word, and similar to `code`
        return len(known) > 4
    return len(wrong) == 2 and sorted(name) == sorted(known) and wrong[1] - wrong[0] == 1
