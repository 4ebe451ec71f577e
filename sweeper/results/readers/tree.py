"""The folders that an attempt left, as deep as the tools we know nest them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sweeper.core.paths import EXIT, OWNER
from sweeper.core.patterns import lazy
from sweeper.results.readers.listing import Listing

_DEEPEST = 4
"""Levels below the attempt's folder: trainer_output/runs/<a date>/<a name>, and one to spare."""
_MOST_FOLDERS = 256
_MOST_NAMES = 20_000
_NUMBERED = lazy(r"(checkpoint-)([0-9]{1,18})")


@dataclass(frozen=True)
class Outputs:
    """An attempt's folder `root`, and those below it where `nested` is set.

    `wanted` are the metrics that are kept, however many there are.

    Nothing is listed twice, whoever looks; folders below are not listed before somebody asks.
    """

    root: Listing
    nested: bool = True
    wanted: frozenset[str] = frozenset()

    @cached_property
    def folders(self) -> Sequence[Listing]:
        """The root first, then what is nearer before what is deeper, each level by name.

        At most 256 folders, 4 levels deep, with some 20,000 names in all below the root. Of numbered
        checkpoints only the newest is entered: checkpoint-40, not checkpoint-5. Symbolic links are not
        followed.
        """
        found, level = [self.root], [self.root]
        for _ in range(_DEEPEST if self.nested else 0):
            names = _MOST_NAMES - sum(len(one.entries) for one in found[1:])
            level = list(_below(level, _MOST_FOLDERS - len(found), names))
            found += level
        return found

    @classmethod
    def filtered(cls, root: Listing, keep: Callable[[Listing], Listing], wanted: frozenset[str]) -> Outputs:
        """All of these folders at once, each as `keep` leaves it."""
        tree = cls(keep(root), wanted=wanted)
        tree.__dict__["folders"] = [tree.root, *map(keep, cls(root).folders[1:])]
        return tree

    @cached_property
    def alone(self) -> Outputs:
        """The attempt's folder without those below it."""
        return Outputs(self.root, nested=False, wanted=self.wanted)

    def seen(self, most: int = 20) -> tuple[str, ...]:
        """The names of some files in these folders, those that we or the shim put there left out."""
        found = (
            folder.shown(name)
            for folder in self.folders
            for name in sorted(folder.files())
            if folder.place or name not in (OWNER, EXIT)
        )
        return tuple(islice(found, most))

    def holding(self, name: str) -> Iterator[Listing]:
        """The folders in which something of that name lies."""
        return (folder for folder in self.folders if name in folder)

    def outermost(self, name: str) -> Iterator[Listing]:
        """Those of `holding` that lie in no other: what is nearer is of the whole."""
        return outermost(self.holding(name))


def outermost(folders: Iterable[Listing]) -> Iterator[Listing]:
    """Those of the folders, the nearest first, that lie in no other of them."""
    found: list[str] = []
    for folder in folders:
        if not folder.place.startswith(tuple(found)):
            found.append(folder.place)
            yield folder


def _below(level: Sequence[Listing], folders: int, names: int) -> Iterator[Listing]:
    for folder in level:
        for name in newest(folder.folders()):
            if folders <= 0 or names <= 0:
                return
            found = folder.below(name)
            folders, names = folders - 1, names - len(found.entries)
            yield found


def newest(names: Sequence[str]) -> list[str]:
    """The names in order; of those that are counted up (checkpoint-N) the last alone."""
    last: dict[str, tuple[int, str]] = {}
    others = []
    for name in names:
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            kind, number = numbered[1], int(numbered[2])
            last[kind] = max(last.get(kind, (-1, "")), (number, name))
        else:
            others.append(name)
    return sorted([*others, *(name for _, name in last.values())])
