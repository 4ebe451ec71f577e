"""Finds where a program appears to write its metrics, and their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sweeper.core.patterns import lazy
from sweeper.core.printed_names import Printed, full_names
from sweeper.core.recognition.files import USUAL, preferred, written_in_place, written_into_folders
from sweeper.core.recognition.syntax import ParsedFile, attribute

_PRINTS = ("print", "info", "warning", "log", "debug", "write", "echo", "secho")
_NUMBER = "\u0660"
"""Stands for a number that is not known yet: a digit that no program prints."""
_NAMED = lazy(rf"(?<![\w./-])([A-Za-z_][\w./-]*)['\"]?\s*[=:]\s*{_NUMBER}")
_PLACE = lazy(r"%(?:\(\w+\))?[-+ #\d.]*[a-zA-Z]|\{[^{}]*\}|\$(?:\w+|\{[^{}\n]*\}|\([^()\n]*\))?")
"""A placeholder for a value in a format string or a shell script."""
_COUNTERS = lazy(r"(?i)(epochs?|(global_?)?steps?|iter(ation)?s?|batch|time|elapsed|eta)")
_FILE = lazy(r"[\w.-]*(?:metrics|results|history|scores?)[\w-]*\.(?:jsonl?|csv)")
_PERHAPS = lazy(r"[\w.-]*(?:progress|summary|report|eval|stats|perf|log)[\w-]*\.(?:jsonl?|csv)")
_IN_SHELL = lazy(r"CVSWEEP_OUT\}?\"?/\"?([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Metrics:
    """How a program writes its metrics, and the names of the metrics as far as they are known.

    `how` is `out` (in $CVSWEEP_OUT), `trainer`, `lightning`, `tensorboard`, `printed`, `file`, or empty.
    `file` is the name of a file with metrics. `is_placed`: the source joins this name to a folder, or an
    option gives its folder. `is_fixed`: `file` is a path that is the same in every run.
    """

    how: str = ""
    names: tuple[str, ...] = ()
    file: str = ""
    is_placed: bool = False
    is_fixed: bool = False

    @property
    def own_file(self) -> str:
        """The name of the file; empty for a usual name, which cvsweep looks for by itself."""
        name = self.file.rpartition("/")[2]
        return "" if name in USUAL else name


def metrics_of(source: ParsedFile, options: Sequence[str] = ()) -> Metrics:
    """Return what a source shows about its metrics; `options` are its parameters, which are not metrics."""
    texts = [node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)]
    written = [text for text in texts if isinstance(text, str)]
    printed = tuple(_distinct(_printed(source), options))
    file = preferred(text for text in written if _FILE.fullmatch(text.rpartition("/")[2]))
    patterns = (_FILE,) if printed else (_FILE, _PERHAPS)
    placed = preferred(
        name for kind in patterns for name in written_into_folders(source) if kind.fullmatch(name)
    )
    in_place = preferred(
        path for path in written_in_place(source) if not printed or _FILE.fullmatch(path.rpartition("/")[2])
    )
    is_fixed = bool(in_place) and in_place.rpartition("/")[2] == (placed or in_place).rpartition("/")[2]
    is_placed = bool(placed) and not is_fixed
    file = in_place if is_fixed else placed or file
    if any("CVSWEEP_OUT" in text for text in written):
        return Metrics("out", tuple(_distinct(_keys_of_dumps(source), options)), file, is_placed)
    if source.imports_from("transformers") and _makes(source, "Trainer"):
        return Metrics("trainer")
    if source.imports_from("lightning", "pytorch_lightning") and _makes(source, "Trainer", "LightningCLI"):
        return Metrics("lightning")
    if _makes(source, "SummaryWriter"):
        return Metrics("tensorboard")
    if file:
        names = tuple(_distinct(_keys_of_dumps(source), options))
        return Metrics("file", names, file, is_placed, is_fixed)
    return Metrics("printed", printed) if printed else Metrics()


def printed_by_shell(text: str, options: Sequence[str] = ()) -> Metrics:
    """Return the same for a shell script, which prints by `echo` or `printf`."""
    if "CVSWEEP_OUT" in text:
        files = _IN_SHELL.findall(text)
        file = preferred(name for kind in (_FILE, _PERHAPS) for name in files if kind.fullmatch(name))
        return Metrics("out", (), file, bool(file))
    lines = "\n".join(line for line in text.splitlines() if re.search(r"\b(echo|printf)\b", line))
    names = tuple(_distinct(_named(_PLACE.sub(_NUMBER, lines)), options))
    return Metrics("printed", names) if names else Metrics()


def _named(text: str) -> Iterator[str]:
    """Yield the names of the metrics in printed lines, in the form in which the log reader returns them."""
    found = [Printed(one.start(1), one[1], one.end()) for one in _NAMED.finditer(text)]
    for one, name in zip(found, full_names(text, found), strict=True):
        if not _COUNTERS.fullmatch(one.name):
            yield name


def _distinct(names: Iterator[str] | Sequence[str], options: Sequence[str]) -> Iterator[str]:
    known = {name.replace("-", "_").lower() for name in options}
    for name in dict.fromkeys(names):
        if name.replace("-", "_").lower() not in known and not _COUNTERS.fullmatch(name):
            yield name


def _makes(source: ParsedFile, *names: str) -> bool:
    return any(source.name(call.func).rpartition(".")[2].endswith(names) for call in source.calls())


def _printed(source: ParsedFile) -> Iterator[str]:
    for call in source.calls():
        if attribute(call) in _PRINTS:
            yield from _named(" ".join(_as_printed(source, word) for word in call.args))


def _as_printed(source: ParsedFile, word: ast.expr) -> str:
    """Return an argument of a printing call as it will be printed, as far as that is known."""
    if isinstance(word, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else _NUMBER for one in word.values)
    if isinstance(word, ast.Dict):
        pairs = zip(word.keys, word.values, strict=True)
        texts = [f"'{source.text(key)}': {_as_printed(source, value)}" for key, value in pairs if key]
        return f"{{{', '.join(texts)}}}"
    if isinstance(word, ast.Call) and attribute(word) == "dumps":
        return " ".join(_as_printed(source, inner) for inner in word.args)
    text = source.text(_format(word))
    return _PLACE.sub(_NUMBER, text) if text else _NUMBER


def _format(word: ast.expr) -> ast.expr:
    """Return the format string before `%` or `.format(…)`; any other expression as it is."""
    if isinstance(word, ast.BinOp):
        return word.left
    if isinstance(word, ast.Call) and isinstance(word.func, ast.Attribute) and word.func.attr == "format":
        return word.func.value
    return word


def _keys(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and not is_text:
            yield key.value


def _keys_of_dumps(source: ParsedFile) -> Iterator[str]:
    for call in source.calls():
        if attribute(call) in ("dump", "dumps") and call.args and isinstance(call.args[0], ast.Dict):
            yield from _keys(call.args[0])
