"""Guesses from a metric's name whether less or more of it is better.

The name is split into words, and the last word that is listed in vocabulary.py decides: `iou` in
`val/box_iou`, `auc` in `pose_error_auc`. All other words of a name (val, best, mean, _epoch) are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sweeper.core.patterns import lazy
from sweeper.results.vocabulary import COMPUTE, LESS, MORE, NEUTRAL, word_set

Mode = Literal["max", "min"]

_CAMEL = lazy(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR = lazy(r"[\W_]+")
_ONE_MINUS = lazy(r"(?<![A-Za-z0-9])1\s*-\s*(?=[A-Za-z])")
_EACH_SECOND = lazy(r"/\s*(s|secs?|seconds?)\b(?!/)")
_LONGEST = 5
"""The most words that are joined to one listed name, such as `signal_to_noise_ratio`."""

_SPLITS = word_set("val valid validation test train eval dev best final mean")
"""Words that only distinguish several values of the same metric."""
_NEGATED = word_set("neg negative negated minus")
_BETWEEN = _SPLITS | word_set(
    "root median max min avg average total sum squared absolute relative log poisson gamma"
)
"""Words that may come between `neg` and the word that it negates, as in neg_mean_absolute_error."""
_TURNED = word_set("drop reduction decrease decline degradation free saving savings saved")
"""Words that reverse the direction: more error_reduction is better, less acc_drop is."""
_IMPROVED = word_set("improvement gain")
_SPREAD = word_set("std stderr sem var variance ci threshold")
"""Words after the name of a metric for a number about it that has no better direction."""
_KNOBS = word_set(
    "scale weight weights coef coefficient factor lambda alpha schedule tolerance limit budget target"
)
"""Words after the name of a loss that make it a setting of the program."""
_JOINS = word_set("at to by with when under on for over until in within")
"""Words after which a qualifier follows: tpr_at_fpr is a tpr."""
_TIMES = word_set("s sec second min minute h hour day joule watt dollar")
_VARIANT = lazy(
    r"[a-z]{1,3}(rmsle|rmse|mse|mape|mae|mpjpe|nll|logloss|psnr|ssim|iou|acc|auc|auroc|dice|precision|recall)"
)
"""Names with a prefix of one to three letters: nrmse, wmape, bacc."""
_PREFIXED = lazy(r"(?:val|valid|train|test|eval|dev|avg|mean|total|best|final|max|min)([a-z0-9]{3,})")
_COMPOUND = lazy(r"([a-z0-9]{2,})(?:loss|losses|error|errors)")


def by_name(name: str) -> Mode | None:
    """Return "min" if less of a metric with this name is better, "max" if more is, None if it is unknown."""
    if ("↓" in name) != ("↑" in name):
        return "min" if "↓" in name else "max"
    words = _joined(_words(name))
    if [word for word in words if word not in (*_SPLITS, "epoch", "step")] == ["per"]:
        return "min"  # the phoneme error rate
    if "per" in words[1:-1]:
        return _of_rate(words)
    at = next((place for place, word in enumerate(words) if word in _JOINS), len(words))
    return _of_words(words[:at]) or _of_words(words)


def _words(name: str) -> list[str]:
    plain = _EACH_SECOND.sub(" per second", _ONE_MINUS.sub("neg ", name)).replace("@", " at ")
    return [word.lower() for word in _SEPARATOR.split(_CAMEL.sub(" ", plain)) if word]


def _joined(words: Sequence[str]) -> list[str]:
    """Return the words, joining those that form one listed name: `bits per dim`, `m Io U`."""
    found: list[str] = []
    at = 0
    while at < len(words):
        length = next((n for n in range(_LONGEST, 1, -1) if _is_name(words[at : at + n], n)), 1)
        found.append("".join(words[at : at + length]))
        at += length
    return found


def _is_name(words: Sequence[str], length: int) -> bool:
    if len(words) < length:
        return False
    joined = "".join(words)
    return any(
        name in known for name in (joined, joined.removesuffix("s")) for known in (LESS, MORE, NEUTRAL)
    )


def _of_rate(words: Sequence[str]) -> Mode | None:
    """Return the direction of a rate: `errors per second` should be low, `samples per second` high."""
    at = words.index("per", 1)
    mode = _of_words(words[:at])
    if words[at + 1].removesuffix("s") in _TIMES or words[at + 1] in _TIMES:
        return mode if mode == "min" and words[at - 1] not in COMPUTE else "max"
    return mode or _of_words(words[at + 1 :])


def _of_words(words: Sequence[str]) -> Mode | None:
    values = [_of_word(word) for word in words]
    at = _decisive(words, values)
    if at is None:
        return "max" if "score" in words else None
    mode, after = values[at], words[at + 1 :]
    assert mode
    if _SPREAD.intersection(after) or (mode == "min" and after and after[0] in _KNOBS):
        return None
    turned = _is_negated(words[:at]) != bool(_TURNED.intersection(after[:1]))
    return _other(mode) if turned else mode


def _decisive(words: Sequence[str], values: Sequence[Mode | None]) -> int | None:
    """Return the index of the deciding word: a loss anywhere (`loss_iou`), else the last known word."""
    known = [place for place, value in enumerate(values) if value]
    losses = [place for place in known if words[place].endswith(("loss", "losses"))]
    if losses and not _IMPROVED.intersection(words[losses[-1] :]):
        return losses[-1]
    return known[-1] if known else None


def _is_negated(before: Sequence[str]) -> bool:
    closest = next((word for word in reversed(before) if word not in _BETWEEN), "")
    return closest in _NEGATED


def _of_word(word: str) -> Mode | None:
    """Return the direction of one word: as listed, plural, with a number (map50), or joined to another."""
    for form in _forms(word):
        if form in LESS:
            return "min"
        if form in MORE:
            return "max"
    if variant := _VARIANT.fullmatch(word):
        return _of_word(variant[1])
    if word.startswith("neg") and (inner := _of_word(word.removeprefix("neg"))):
        return _other(inner)
    if compound := _COMPOUND.fullmatch(word):
        return "min" if len(compound[1]) > 2 or _of_word(compound[1]) else None
    prefixed = _PREFIXED.fullmatch(word)
    return _of_word(prefixed[1]) if prefixed else None


def _other(mode: Mode) -> Mode:
    return "max" if mode == "min" else "min"


def _forms(word: str) -> list[str]:
    if word in NEUTRAL:
        return []
    plain = word.rstrip("0123456789")
    singular = [f"{plain[:-3]}y"] if plain.endswith("ies") else [plain.removesuffix("es")]
    return [word, plain, plain.removesuffix("s"), *singular]
