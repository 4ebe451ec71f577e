"""Reads a file of a known kind under the name that results.file gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.reader import Reader, Remark
from sweeper.results.readers.tree import Outputs


class FileReader(Reader, Protocol):
    """A reader of one kind of file that accepts another file name."""

    def metrics(self, tree: Outputs, remark: Remark, name: str = ...) -> dict[str, Value] | None: ...

    def curve(self, tree: Outputs, remark: Remark, name: str = ...) -> Curve | None: ...


@dataclass(frozen=True, slots=True)
class NamedReader:
    """Reads files called `name` as `kind` reads its usual files."""

    kind: FileReader
    name: str

    def metrics(self, tree: Outputs, remark: Remark) -> dict[str, Value] | None:
        return self.kind.metrics(tree, remark, self.name)

    def curve(self, tree: Outputs, remark: Remark) -> Curve | None:
        return self.kind.curve(tree, remark, self.name)
