"""Where a program seems to leave its metrics, and what they are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sweeper.core.recognition.files import USUAL, preferred, written_into_folders
from sweeper.core.recognition.syntax import Source, attribute

_PRINTS = ("print", "info", "warning", "log", "debug", "write", "echo", "secho")
_BEFORE_VALUE = re.compile(r"(?<![\w./-])([A-Za-z_][\w./-]*)['\"]?\s*[=:]\s*$")
_IN_FORMAT = re.compile(r"(?<![\w./-])([A-Za-z_][\w./-]*)['\"]?\s*[=:]\s*(?:%|\{|\$)")
_COUNTERS = re.compile(r"(?i)(epochs?|(global_?)?steps?|iter(ation)?s?|batch|time|elapsed|eta)")
_FILE = re.compile(r"[\w.-]*(?:metrics|results|history|scores?)[\w-]*\.(?:jsonl?|csv)")
_PERHAPS = re.compile(r"[\w.-]*(?:progress|summary|report|eval|stats|perf|log)[\w-]*\.(?:jsonl?|csv)")
_IN_SHELL = re.compile(r"CVSWEEP_OUT\}?\"?/\"?([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Metrics:
    """`names` of metrics, as far as they are known, and `how` they are left.

    `how` is `out` (in $CVSWEEP_OUT), `trainer`, `lightning`, `tensorboard`, `printed`, `file`, or empty.
    `file` is the name of a file with them, and it `is_placed` if it is surely written into a folder that the
    program is told.
    """

    how: str = ""
    names: tuple[str, ...] = ()
    file: str = ""
    is_placed: bool = False

    @property
    def own_file(self) -> str:
        """The name of the file, if it is one that nobody finds by looking."""
        name = self.file.rpartition("/")[2]
        return "" if name in USUAL else name


def metrics_of(source: Source, options: Sequence[str] = ()) -> Metrics:
    """What the source of a program tells of its metrics; `options` are the names of its parameters."""
    texts = [node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)]
    written = [text for text in texts if isinstance(text, str)]
    printed = tuple(_distinct(_printed(source), options))
    file = preferred(text for text in written if _FILE.fullmatch(text.rpartition("/")[2]))
    patterns = (_FILE,) if printed else (_FILE, _PERHAPS)
    placed = preferred(
        name for kind in patterns for name in written_into_folders(source) if kind.fullmatch(name)
    )
    is_placed = bool(placed)
    file = placed or file
    if any("CVSWEEP_OUT" in text for text in written):
        return Metrics("out", tuple(_distinct(_keys_of_dumps(source), options)), file, is_placed)
    if source.imports_from("transformers") and _makes(source, "Trainer"):
        return Metrics("trainer")
    if source.imports_from("lightning", "pytorch_lightning") and _makes(source, "Trainer", "LightningCLI"):
        return Metrics("lightning")
    if _makes(source, "SummaryWriter"):
        return Metrics("tensorboard")
    if file:
        return Metrics("file", tuple(_distinct(_keys_of_dumps(source), options)), file, is_placed)
    return Metrics("printed", printed) if printed else Metrics()


def printed_by_shell(text: str, options: Sequence[str] = ()) -> Metrics:
    """The same of a shell script, which may print by `echo`."""
    if "CVSWEEP_OUT" in text:
        files = _IN_SHELL.findall(text)
        file = preferred(name for kind in (_FILE, _PERHAPS) for name in files if kind.fullmatch(name))
        return Metrics("out", (), file, bool(file))
    lines = "\n".join(line for line in text.splitlines() if re.search(r"\b(echo|printf)\b", line))
    names = tuple(_distinct(_IN_FORMAT.findall(lines), options))
    return Metrics("printed", names) if names else Metrics()


def _distinct(names: Iterator[str] | Sequence[str], options: Sequence[str]) -> Iterator[str]:
    known = {name.replace("-", "_").lower() for name in options}
    for name in dict.fromkeys(names):
        if name.replace("-", "_").lower() not in known and not _COUNTERS.fullmatch(name):
            yield name


def _makes(source: Source, *names: str) -> bool:
    return any(source.name(call.func).rpartition(".")[2].endswith(names) for call in source.calls())


def _printed(source: Source) -> Iterator[str]:
    for call in source.calls():
        if attribute(call) in _PRINTS:
            for at, word in enumerate(call.args):
                yield from _in_word(source, word, is_last=at + 1 == len(call.args))


def _in_word(source: Source, word: ast.expr, *, is_last: bool) -> Iterator[str]:
    """The names in one argument of a call that prints."""
    if isinstance(word, ast.JoinedStr):
        for part, after in zip(word.values, word.values[1:], strict=False):
            if isinstance(part, ast.Constant) and isinstance(after, ast.FormattedValue):
                yield from _BEFORE_VALUE.findall(str(part.value))
    elif isinstance(word, ast.Dict):
        yield from _keys(word)
    elif isinstance(word, ast.Call) and attribute(word) == "dumps":
        yield from (name for inner in word.args for name in _in_word(source, inner, is_last=True))
    elif isinstance(word, ast.Constant | ast.BinOp | ast.Call):
        text = source.text(_format(word))
        yield from _IN_FORMAT.findall(text)
        if not is_last:
            yield from _BEFORE_VALUE.findall(text)


def _format(word: ast.expr) -> ast.expr:
    """The text before `%` or `.format(…)`."""
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


def _keys_of_dumps(source: Source) -> Iterator[str]:
    for call in source.calls():
        if attribute(call) in ("dump", "dumps") and call.args and isinstance(call.args[0], ast.Dict):
            yield from _keys(call.args[0])
