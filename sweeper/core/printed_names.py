"""Full names of metrics in printed lines: words such as `Val` and `best` in front of a name belong to it.

`Val Acc: 80.1` is `Val_Acc`, and `Test: loss=0.5 acc=0.8` are `Test_loss` and `Test_acc`. Without these
words, metrics of different parts of the data (training, validation, test) would get the same name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sweeper.core.patterns import lazy

COUNTERS = lazy(r"(?i)(?:.*[/._-])?(?:epochs?|(?:global_?)?steps?|iter(?:ation)?s?|batch(?:es)?)")
"""Names of step counters."""
CONSTANT = lazy(
    r"(?i)(?:.*[./])?(?:lr|learning_rate|base_lr|weight_decay|wd|momentum|dropout|seed|random_seed"
    r"|(?:max_|num_|n_|total_)?epochs|(?:max|num|total)_(?:train_)?steps|warmup(?:_steps)?"
    r"|(?:train_|eval_|val_|test_)?(?:batch_size|bs)|(?:num_)?workers|n?_?gpus?|num_(?:gpus|classes|layers)"
    r"|device|cuda|rank|local_rank|world_size|port|pid|job_?id|(?:\w+_)?version|torch|python|pytorch)"
)
"""Names of settings: a value with such a name that never changes in a whole log is not a metric."""
MEASURE = (
    r"(?:[\w.-]+[_.-])?(?:loss|acc(?:uracy)?|f1|auc|auroc|precision|recall|m?iou|dice|m?ap|psnr|ssim|bleu|rouge"
    r"|perplexity|ppl|score|error|mse|mae|rmse|r2)"
)
"""Pattern of the names of measures."""

_PARTS = {
    **dict.fromkeys(("train", "training", "tr", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validating", "va"), "val"),
    **dict.fromkeys(("test", "testing", "te", "tst"), "test"),
    **dict.fromkeys(("eval", "evaluation", "evaluating"), "eval"),
    **dict.fromkeys(("dev", "holdout", "heldout", "held-out", "hold-out", "ood"), ""),
}
"""Words for a part of the data; words with the same value are synonyms, those with "" have none."""
_KINDS = {
    **dict.fromkeys(("avg", "mean", "average", "averaged"), "mean"),
    **dict.fromkeys(("best", "final", "last", "ema", "swa", "overall", "top"), ""),
}
"""Words for a kind of value ..."""
_ONLY_BESIDE = {
    **dict.fromkeys(("min", "minimum", "max", "maximum", "median", "std", "total", "sum"), ""),
    **dict.fromkeys(
        ("macro", "micro", "weighted", "balanced", "running", "smoothed", "previous", "prev"), ""
    ),
}
"""... and words that apply only to the name next to them, not to a whole line: `Time (min)`."""
_OF_COUNTERS = ("best", "final", "last")
"""The only words that belong to the name of a counter: a best epoch is not the current one."""


def _any(words: Sequence[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(r"top[-_ ]?\d{1,3}|top" if word == "top" else word for word in longest_first)


_PART = rf"(?:{_any([*_PARTS])})"
_WORD = rf"(?:{_any([*_PARTS, *_KINDS, *_ONLY_BESIDE])})"
_HEADING = rf"(?:{_any([*_PARTS, *_KINDS])})"
_ABOUT = r"(?:(?:data)?set|split|data|metrics?|results?|stats|statistics|scores?|performance|phase|summary)"
_SPACE = r"[ \t]{1,8}"
_BESIDE = lazy(rf"(?<![\w./-])(?:{_WORD}\.?{_SPACE}){{1,4}}(?:{_ABOUT}{_SPACE})?\Z")
"""The words in front of a name: of `best val acc`, `Avg. loss` and `Test set accuracy` all but the last."""
_BLANK = r"[ \t]{0,8}"
_VALUE = rf"(?:{_BLANK}[-+]?(?:nan\b|inf|\.?\d)(?!(?<=\d)\d{{0,8}}{_BLANK}(?:/|\[|%{_BLANK}\|)))"
"""A number, whose name is the word before it; not a position in an epoch (`Train: 0 [`)."""
_HEADED = (
    rf"(?P<words>{_HEADING}(?:{_SPACE}{_HEADING}){{0,3}})(?:[ _-]{_ABOUT})?(?![\w./])['\"]?"
    rf"{_BLANK}(?:(?P<end>[\])}}])(?!{_BLANK}[:=]{_VALUE})"
    rf"|(?P<open>[\[({{|])|(?:[-–—]{{1,3}}|={{2,3}})>?(?=[ \t])|>"
    rf"|:(?!{_VALUE})(?:{_BLANK}(?P<after>[\[({{]))?)"
)
"""`Val:`, `[val]`, `Val |`, `'val': {`, `Test set:`, `Val - `: applies to the names after it."""
_COUNTED = (
    rf"(?P<counted>{_PART}){_SPACE}(?:global[_ ])?(?:epoch|step|iter(?:ation)?|batch)s?\b"
    r"(?=[ \t:=#\[(]{1,8}\d)"
)
"""`Train Epoch: [0][640/60000]  Loss: 2.3`: the part of the data applies to the names after it, too."""
_EVENT = lazy(
    rf"(?<![\w./-])(?=[a-z])(?:{_HEADED}|{_COUNTED})|(?P<bar>%\|[^|\n]*\|)|(?P<mark>[|;\n\[\](){{}}])"
)
_TOKENS = lazy(rf"(?<![\w./-])([a-z]++)(?:\d*|_{_ABOUT})(?![\w/])")
_SOME = {part for word in (*_PARTS, *_KINDS, *_ONLY_BESIDE) for part in word.split("-")}
_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_WORDS = lazy(rf"(?i)(?<!\w){_WORD}(?!\w)")
_DIVIDERS = ("|", ";")
_COUNTS = lazy(r"(?i)(?:global_?)?(?:epochs?|steps?|iter(?:ation)?s?|batch(?:es)?)")
_SIGN = lazy(r"['\"]?\s*[=:]")
_CLOSED_BY = {"[": "]", "(": ")", "{": "}"}
_TOKEN = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GLUED = lazy(rf"(?i)({_PART}|best|mean|avg)(?:loss|acc|accuracy|err|error|f1|auc|m?iou|dice|ppl|score)s?")
_MEASURE = lazy(f"(?i){MEASURE}")


@dataclass(frozen=True, slots=True)
class Printed:
    """A name with its value in a line: `start` is where the name begins, `end` where the value ends."""

    start: int
    name: str
    end: int


@dataclass(frozen=True, slots=True)
class _Heading:
    """Words that apply to the names after them, and where that ends.

    Attributes:
        words: as printed.
        is_used: whether a name has followed.
        is_cut: whether it applies only up to the next `|` or `;`.
        bracket: the bracket that follows the words; they apply up to the closing one.
        depth: how many of these brackets are open.
        is_beside: whether the words are next to a name (`Val Loss: 0.5, Acc: 0.8`); then they apply to
            further names of measures only.
    """

    words: tuple[str, ...] = ()
    is_used: bool = False
    is_cut: bool = False
    bracket: str = ""
    depth: int = 0
    is_beside: bool = False


_NONE = _Heading()


def full_names(line: str, found: Sequence[Printed]) -> list[str]:
    """Return the names in `line`, each with the words that belong to it.

    Args:
        line: the printed text; it may have several lines.
        found: the names and values in it, in their order.
    """
    lower = line.lower() if line.isascii() else line.translate(_LOWER)
    if _SOME.isdisjoint(_TOKENS.findall(lower)):
        return [one.name for one in found]
    names = []
    heading, at, previous, divided = _NONE, 0, Printed(0, "", 0), False
    for one in found:
        for event in _EVENT.finditer(lower, at, one.start):
            heading = _after(event, heading, line, previous, divided=divided)
            divided = event["mark"] in _DIVIDERS or (divided and event["mark"] != "\n")
        is_beside = line[one.start - 1 : one.start] in (" ", "\t")
        place = _BESIDE.search(lower, max(previous.end, one.start - 80), one.start) if is_beside else None
        beside = _words(line, *place.span()) if place else ()
        counts = bool(_COUNTS.fullmatch(one.name)) or not _SIGN.match(line, one.start + len(one.name))
        names.append(_of_counter(one.name, beside) if counts else _joined(one.name, beside, heading))
        heading = _behind(beside, heading, counts=counts)
        at, previous = one.start, one
    return names


def _words(line: str, start: int, end: int) -> tuple[str, ...]:
    """Return the known words in this part of the line, as printed; `Top 1` counts as one word."""
    return tuple(_WORDS.findall(line, start, end))


def _after(
    event: re.Match[str], heading: _Heading, line: str, previous: Printed, *, divided: bool
) -> _Heading:
    """Return the heading that applies after this part of the line."""
    if event["words"]:
        return heading if _is_remark(event, line, previous) else _headed(event, heading, line, divided)
    if event["counted"]:
        return _Heading(_words(line, *event.span("counted")), is_cut=divided)
    mark = event["mark"]
    if mark == "\n" or (mark in _DIVIDERS and heading.is_cut):
        return _NONE
    if heading.bracket and mark:
        opened = mark == heading.bracket
        closed = mark == _CLOSED_BY[heading.bracket]
        depth = heading.depth + opened - closed
        if depth or heading.is_used:
            return replace(heading, depth=depth) if depth else _NONE
        return replace(heading, bracket="")  # `Val [3/10] loss: 0.5`: no name is inside the brackets
    return heading


def _headed(event: re.Match[str], heading: _Heading, line: str, divided: bool) -> _Heading:
    words = _words(line, *event.span("words"))
    if not heading.is_used and not heading.is_beside:
        words = (*heading.words, *words)
    elif not any(word.lower() in _PARTS for word in words):
        words = (*(word for word in heading.words if word.lower() in _PARTS), *words)
    opened = event["after"] or event["open"] or ""
    bracket = opened if opened in _CLOSED_BY else ""
    return _Heading(words, is_cut=divided and opened != "|", bracket=bracket, depth=len(bracket))


def _is_remark(event: re.Match[str], line: str, previous: Printed) -> bool:
    """Whether the words are a remark about the number before them, as in `acc: 0.8 (train)`."""
    if not event["end"] or COUNTERS.fullmatch(previous.name):
        return False
    before = line[max(0, event.start() - 16) : event.start()].rstrip()
    return before[-1:] in tuple("([{") and bool(re.search(r"[\d%]\Z", before[:-1].rstrip()))


def _behind(beside: Sequence[str], heading: _Heading, *, counts: bool) -> _Heading:
    """Return the heading that applies after this name."""
    parts = tuple(word for word in beside if word.lower() in _PARTS)
    if counts:
        return _Heading(parts) if parts else heading
    if parts and (heading.is_beside or not heading.words):
        return _Heading(parts, is_beside=True)
    return replace(heading, is_used=True)


def _of_counter(name: str, beside: Sequence[str]) -> str:
    return "_".join([*(word for word in beside if word.lower() in _OF_COUNTERS), name])


@lru_cache(1024)
def _joined(name: str, beside: tuple[str, ...], heading: _Heading) -> str:
    own = _meanings(name)
    words = [word for word in beside if not own & _meanings(word)]
    known = own.union(*map(_meanings, words))
    applies = not CONSTANT.fullmatch(name)
    if heading.is_beside:
        applies = not words and bool(_MEASURE.fullmatch(name))
    if applies:
        has_part = not known.isdisjoint(_MEANT_PARTS)
        words = [
            *(
                word
                for word in dict.fromkeys(heading.words)
                if not (known & _meanings(word) or (has_part and word.lower() in _PARTS))
            ),
            *words,
        ]
    return "_".join([*(re.sub(r"\s+", "_", word) for word in words), name])


_MEANINGS = {word: group or word for word, group in {**_PARTS, **_KINDS, **_ONLY_BESIDE}.items()}
_MEANT_PARTS = {_MEANINGS[word] for word in _PARTS}


@lru_cache(1024)
def _meanings(name: str) -> frozenset[str]:
    """Return the meanings of the known words in a name: `val` for `validation/acc` and `ValLoss`."""
    tokens = [token.lower() for token in _TOKEN.findall(name)]
    glued = (found[1].lower() for found in map(_GLUED.fullmatch, tokens) if found)
    return frozenset(_MEANINGS[word] for word in (*tokens, *glued) if word in _MEANINGS)
