"""A shared volume that lies: what others made shows late, absence is remembered, disks fill up.

The files are real and lie in memory. Only the calls by which the product's store reaches them pass
here, each as one step: that is where a process can die, and where a host's caches answer instead.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar

from tests.sim.effects import Effect
from tests.sim.hub import START, Hub, Process

T = TypeVar("T")

REMEMBERED = 60.0
"""For so many seconds a host remembers that a name was not there."""


class Volume:
    """One folder, seen from several hosts; `remembers` is for how long each believes its caches.

    `full`: nothing more can be written. `stale`: so many next opens fail with ESTALE. `away`: everything
    fails with this error. `sick` is asked at every call, with its kind (`look` or `change`), for the error
    with which it fails, 0 for none; a change may come to be all the same, if `unheard`.
    """

    def __init__(self, hub: Hub, effect: Effect) -> None:
        self.full = False
        self.stale = 0
        self.away = 0
        self.unheard = False
        self.sick: Callable[[str], int] = well
        self.remembers = 0.0
        self._hub, self._effect = hub, effect
        self._absent: dict[str, dict[str, float]] = defaultdict(dict)
        self._late: dict[str, float] = {}
        self._handles: dict[int, tuple[str, Process | None]] = {}
        self._synced: dict[str, int] = {}

    # What programs in pods do: other hosts, other caches ------------------------------------------

    def leave(self, path: str, data: bytes, lag: float = 0.0) -> None:
        """Another host's finished file; it shows here after `lag` seconds."""
        with open(f"{path}.part", "wb") as file:
            file.write(data)
        now = int((START + self._hub.now) * 1e9)
        os.utime(f"{path}.part", ns=(now, now))
        os.replace(f"{path}.part", path)
        self._late[path] = self._hub.now + lag

    # What a controller does ------------------------------------------------------------------------

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        if not flags & os.O_CREAT:
            self._look_up(path)
            if flags & os.O_APPEND and os.path.exists(path):
                self._synced.setdefault(path, os.path.getsize(path))  # it was published whole
            return self._opened(path, os.open(path, flags, mode))
        made = self._changing("create", path, lambda: os.open(path, flags, mode))
        return self._opened(path, made)

    def stat(self, path: str | int) -> os.stat_result:
        if isinstance(path, str):
            self._look_up(path)
        return os.stat(path)

    def lstat(self, path: str) -> os.stat_result:
        self._look_up(path)
        return os.lstat(path)

    def listdir(self, path: str) -> list[str]:
        self._may_fail("look", path)
        names = os.listdir(path)
        return [name for name in names if self._late.get(f"{path}/{name}", 0.0) <= self._hub.now]

    @contextmanager
    def scandir(self, path: str) -> Iterator[list[os.DirEntry[str]]]:
        shown = set(self.listdir(path))
        with os.scandir(path) as entries:
            yield [entry for entry in entries if entry.name in shown]

    def write(self, handle: int, data: Any) -> int:
        def do() -> int:
            self._refuse_when_full()
            return os.write(handle, data)

        def tear() -> None:
            os.write(handle, bytes(data)[: len(data) // 2])

        return int(self._change(self._named("write", handle), do, tear=tear))

    def fsync(self, handle: int) -> None:
        self._change(self._named("sync", handle), self._refuse_when_full)
        path, _ = self._handles.get(handle, ("", None))
        if path:
            self._synced[path] = os.fstat(handle).st_size

    def unsynced(self, path: str) -> bytes:
        """The end of a journal's term that a loss of power may take."""
        with open(path, "rb") as file:
            data = file.read()
        return data[self._synced.get(path, len(data)) :]

    def close(self, handle: int) -> None:
        # What belongs to a dead process was closed when it died, and its number may be another's now.
        if self.let_go(handle):
            os.close(handle)

    def let_go(self, handle: int) -> bool:
        """Follow it no more; whether the running process has it."""
        if handle not in self._handles or self._handles[handle][1] is not self._hub.process:
            return False
        del self._handles[handle]
        return True

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        self._changing("mkdir", path, lambda: os.mkdir(path, mode))

    def makedirs(self, path: str, mode: int = 0o777, exist_ok: bool = False) -> None:
        if not os.path.isdir(path):
            self._changing("mkdir", path, lambda: os.makedirs(path, mode, exist_ok))

    def link(self, old: str, new: str) -> None:
        if not os.path.isfile(old):  # as the store has a host ask again for a name; nothing comes of it
            self._absent[self._host()].pop(new, None)
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        self._changing("link", new, lambda: os.link(old, new))

    def replace(self, old: str, new: str) -> None:
        self._changing("rename", new, lambda: os.replace(old, new))

    def unlink(self, path: str) -> None:
        self._change(f"unlink {_short(path)}", lambda: os.unlink(path))

    def ftruncate(self, handle: int, size: int) -> None:
        self._change(self._named("truncate", handle), lambda: os.ftruncate(handle, size))

    def pwrite(self, handle: int, data: bytes, at: int) -> int:
        return int(self._change(self._named("write", handle), lambda: os.pwrite(handle, data, at)))

    def exists(self, path: str) -> bool:
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    # What becomes of the files of a process that dies ----------------------------------------------

    def drop(self, process: Process, *, power: Callable[[int], int] | None = None) -> None:
        """Close them. With `power`, the host lost power: of what was not synced only a part is left."""
        for handle, (path, owner) in list(self._handles.items()):
            if owner is process:
                if power and path.endswith(".jsonl"):
                    synced = self._synced.get(path, 0)
                    size = os.fstat(handle).st_size
                    os.truncate(path, synced + power(max(0, size - synced)))
                del self._handles[handle]
                os.close(handle)

    def _opened(self, path: str, handle: int) -> int:
        self._handles[handle] = path, self._hub.process
        return handle

    def _changing(self, name: str, path: str, do: Callable[[], T]) -> T:
        def on_the_server() -> T:
            self._refuse_when_full()
            return do()

        try:
            return self._change(f"{name} {_short(path)}", on_the_server)  # type: ignore[no-any-return]
        finally:
            # Whether it was made now or was there already: the server has said that it is there.
            self._absent[self._host()].pop(path, None)
            self._late.pop(path, None)

    def _change(self, name: str, do: Callable[[], Any], tear: Callable[[], None] | None = None) -> Any:
        """An effect, unless the volume is in trouble: then it fails, and has come to be or not."""

        def on_the_server() -> Any:
            if not self.unheard:
                self._may_fail("change", name)
            found = do()
            if self.unheard:
                self._may_fail("change", name)
            return found

        return self._effect(name, on_the_server, tear=tear)

    def _may_fail(self, kind: str, what: str) -> None:
        number = self.away or self.sick(kind)
        if self._hub.process and number:
            raise OSError(number, os.strerror(number), what)

    def _look_up(self, path: str) -> None:
        if self._hub.process is None:
            return  # whoever judges sees the truth
        self._may_fail("look", path)
        if self.stale:
            self.stale -= 1
            raise OSError(errno.ESTALE, "Stale file handle", path)
        now, absent = self._hub.now, self._absent[self._host()]
        remembered = absent.get(path, -1.0) > now
        if remembered or self._late.get(path, 0.0) > now or not os.path.lexists(path):
            if not remembered:
                absent[path] = now + self.remembers
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)

    def _named(self, what: str, handle: int) -> str:
        return f"{what} {_short(self._handles[handle][0])}"

    def _refuse_when_full(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")

    def _host(self) -> str:
        return self._hub.process.host if self._hub.process else ""


def well(kind: str) -> int:
    """Nothing fails."""
    return 0


def _short(path: str) -> str:
    """A file's name, without what makes a temporary one unique."""
    name = path.rsplit("/", 1)[1]
    return name if not name.endswith(".tmp") else name.rsplit(".", 2)[0]


class File:
    """A file object that writes straight through."""

    def __init__(self, volume: Volume, handle: int) -> None:
        self._volume, self._handle = volume, handle

    def write(self, data: Any) -> int:
        raw = data.encode() if isinstance(data, str) else data
        return self._volume.write(self._handle, raw) if raw else 0

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        return self._handle

    def __enter__(self) -> File:
        return self

    def __exit__(self, *_: object) -> None:
        self._volume.close(self._handle)


_FLAGS = {"x": os.O_WRONLY | os.O_CREAT | os.O_EXCL, "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND}


def stand_ins(volume: Volume, chance: Random) -> dict[str, Any]:
    """`os` and `open`, for the modules of the product's store, with names by `chance`."""

    def opened(
        file: str | int,
        mode: str = "r",
        buffering: int = -1,
        opener: Callable[[str, int], int] | None = None,
        closefd: bool = True,
    ) -> Any:
        if not closefd:
            return open(file, mode, buffering, closefd=False)
        if "r" in mode:
            handle = volume.open(file, os.O_RDONLY) if isinstance(file, str) else file
            volume.let_go(handle)
            return open(handle, mode, buffering)
        return File(volume, file if isinstance(file, int) else volume.open(file, _FLAGS[mode[0]]))

    class Os(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

    path = Os(exists=volume.exists)
    path.__class__ = type("Path", (SimpleNamespace,), {"__getattr__": lambda _, name: getattr(os.path, name)})
    names = [
        "open",
        "stat",
        "lstat",
        "listdir",
        "scandir",
        "write",
        "close",
        "mkdir",
        "makedirs",
        "link",
        "replace",
        "unlink",
        "ftruncate",
        "pwrite",
        "fsync",
    ]
    found = Os(**{name: getattr(volume, name) for name in names})
    found.rename, found.fdatasync, found.path = volume.replace, volume.fsync, path
    found.urandom = chance.randbytes
    return {"os": found, "open": opened}
