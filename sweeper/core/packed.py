"""Keeps trials compressed in memory: of a hundred thousand, only the few that are read are unpacked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sweeper.core.model import Trial, Value

FIRST = 16_384
"""Trials with a lower index stay uncompressed: with no more than these, memory does not matter."""

_WINDOW = 15  # zlib's window is two to the power of this many bytes
_PACKED = ("params", "command", "overrides")
_KEPT = tuple(one.name for one in fields(Trial) if one.name not in _PACKED)
"""Fields that stay uncompressed: most trials share their values, so they take no extra memory."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Packer:
    """Packs the trials of one sweep; the first packed trial serves as the compression dictionary."""

    def __init__(self) -> None:
        self._like = b""
        self._last: tuple[bytes, list[Any]] = (b"", [])

    def pack(self, trial: Trial) -> Trial:
        """Return the trial itself, or an equal one that takes less memory."""
        if trial.index < FIRST:
            return trial
        data = _encode([getattr(trial, name) for name in _PACKED]).encode(errors="surrogatepass")
        self._like = self._like or data
        packing = zlib.compressobj(1, zlib.DEFLATED, -_WINDOW, 1, zlib.Z_DEFAULT_STRATEGY, self._like)
        return PackedTrial(trial, packing.compress(data) + packing.flush(), self)

    def unpack(self, packed: bytes) -> list[Any]:
        """Return the packed values in the order of _PACKED."""
        if packed is self._last[0]:  # the fields of one trial are usually read together
            return self._last[1]
        data = zlib.decompressobj(-_WINDOW, self._like).decompress(packed)
        found: list[Any] = json.loads(data.decode(errors="surrogatepass"))
        self._last = packed, found
        return found


class PackedTrial(Trial):
    """A trial that is unpacked when its parameters, command or overrides are read.

    Only the packer caches the result, and only that of the last trial.
    """

    __slots__ = ("_packed", "_packer")
    _packed: bytes
    _packer: Packer

    def __init__(self, trial: Trial, packed: bytes, packer: Packer) -> None:
        for name in _KEPT:
            object.__setattr__(self, name, getattr(trial, name))
        object.__setattr__(self, "_packed", packed)
        object.__setattr__(self, "_packer", packer)

    @property
    def params(self) -> Mapping[str, Value]:
        found: Mapping[str, Value] = self._unpacked()[0]
        return found

    @property
    def command(self) -> str:
        return str(self._unpacked()[1])

    @property
    def overrides(self) -> tuple[str, ...]:
        return tuple(self._unpacked()[2])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trial):
            return NotImplemented
        return all(getattr(self, one.name) == getattr(other, one.name) for one in fields(Trial))

    __hash__ = Trial.__hash__

    def _unpacked(self) -> list[Any]:
        return self._packer.unpack(self._packed)
