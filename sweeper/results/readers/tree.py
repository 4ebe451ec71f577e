"""The folders in an attempt folder, as deep as common tools nest them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sweeper.core.paths import EXIT, OWNER
from sweeper.core.patterns import lazy
from sweeper.results.readers.listing import Listing

_DEEPEST = 4
"""Levels below the attempt folder that are searched, enough for trainer_output/runs/<a date>/<a name>."""
_MOST_FOLDERS = 256
_MOST_NAMES = 20_000
_NUMBERED = lazy(r"(checkpoint-)([0-9]{1,18})")


@dataclass(frozen=True)
class Outputs:
    """An attempt folder and the folders below it; each is listed at most once, and only when it is needed.

    Attributes:
        root: the attempt folder.
        nested: whether the folders below it are included.
        wanted: metrics that are kept even if there are too many.
    """

    root: Listing
    nested: bool = True
    wanted: frozenset[str] = frozenset()

    @cached_property
    def folders(self) -> Sequence[Listing]:
        """The root, then the folders below it level by level, sorted by name.

        At most 256 folders on 4 levels with about 20,000 names in all are listed. Of numbered checkpoints
        only the newest is included: checkpoint-40, not checkpoint-5. Symbolic links are not followed.
        """
        found, level = [self.root], [self.root]
        for _ in range(_DEEPEST if self.nested else 0):
            names = _MOST_NAMES - sum(len(one.entries) for one in found[1:])
            level = list(_below(level, _MOST_FOLDERS - len(found), names))
            found += level
        return found

    @classmethod
    def filtered(cls, root: Listing, keep: Callable[[Listing], Listing], wanted: frozenset[str]) -> Outputs:
        """List all folders immediately, and apply `keep` to each."""
        tree = cls(keep(root), wanted=wanted)
        tree.__dict__["folders"] = [tree.root, *map(keep, cls(root).folders[1:])]
        return tree

    @cached_property
    def alone(self) -> Outputs:
        """The attempt folder without the folders below it."""
        return Outputs(self.root, nested=False, wanted=self.wanted)

    def seen(self, most: int = 20) -> tuple[str, ...]:
        """Return the names of up to `most` files in these folders, without the claim and the exit record."""
        found = (
            folder.shown(name)
            for folder in self.folders
            for name in sorted(folder.files())
            if folder.place or name not in (OWNER, EXIT)
        )
        return tuple(islice(found, most))

    def holding(self, name: str) -> Iterator[Listing]:
        """Return the folders that contain an entry of this name."""
        return (folder for folder in self.folders if name in folder)

    def outermost(self, name: str) -> Iterator[Listing]:
        """Return the folders of `holding` not inside another one: an outer file describes the whole run."""
        return outermost(self.holding(name))


def outermost(folders: Iterable[Listing]) -> Iterator[Listing]:
    """Yield the folders that are not inside another one; `folders` must have outer folders first."""
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
    """Return the names sorted; of numbered names (checkpoint-N) only the one with the largest number."""
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
