"""A recorded sweep whose files are damaged one at a time, and the verbs that must survive it."""

from __future__ import annotations

import copy
import io
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from sweeper.cli.main import main
from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Collected, Edited, Granted, Offered, Paused, Resumed
from sweeper.core.snapshot import snapshot
from sweeper.store.requests import new_request, post
from tests.cli.conftest import Sweep

VERBS = (
    ("ls",),
    ("status",),
    ("status", "-o", "json"),
    ("results", "-o", "csv"),
    ("results", "--over", "lr"),
    ("results", "--metric", "acc:max"),
    ("logs", "x", "0"),
)
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 2**70, 10**400, 1e308, float("nan"), float("inf"), 1e-320, "", "x\ud800\x1b[31m", "١",
    [], {}, [1], {"a": 1},
)  # fmt: skip
DELETED = object()


@dataclass(frozen=True)
class Answer:
    """What a verb answered to a damaged sweep."""

    code: object
    err: str


def recorded(project: Path) -> Sweep:
    """A sweep with every kind of record and file, in ./sweeps/x."""
    sweep = Sweep(project / "sweeps", "x", [{"lr": 10.0**-i, "model": "mlp"} for i in range(4)], "acc")
    sweep.complete(0, acc=0.5, n=1).fail(1, "ValueError: no", log=b"boom\n").start(2)
    now = time.time()
    sweep.write(
        Offered(4, now),
        Edited("abc", ("a.py",), now),
        Paused("p"),
        Resumed(),
        Granted("w9", "retry", (1,)),
        Collected(Attempt(0, 1), Cause.COMPLETED, {"acc": 0.6}),
    )
    paths = sweep.paths
    Path(paths.status).write_text(json.dumps(snapshot(sweep.state, now, 4, ["a note"]).to_json()))
    os.utime(paths.status, (now + 5, now + 5))
    post(paths, new_request("cancel", (3,)))
    Path(paths.code_sums).write_text("abc  a.py\n")
    Path(paths.lock).write_text(json.dumps({"host": "h", "pid": 1, "since": 1.0}))
    sweep.log(0).with_name("metrics.jsonl").write_text('{"step":1,"acc":0.1}\n{"step":2,"acc":0.5}\n')
    return sweep


def files(sweep: Sweep) -> dict[str, Path]:
    """What is damaged, by a short name."""
    paths = sweep.paths
    terms = sorted(Path(paths.journal).glob("*.jsonl"))
    return {
        "sweep.json": Path(paths.manifest),
        "status.json": Path(paths.status),
        "lock": Path(paths.lock),
        "request": next(Path(paths.requests).glob("*.json")),
        "first term": terms[0],
        "a term": terms[2],
        "last term": terms[-1],
    }


def mutants(name: str, raw: bytes, chance: random.Random, most: int) -> Iterator[tuple[str, bytes]]:
    """Ways to damage a file: each with a word for it, and what is there then."""
    values = [*(_lines(raw, chance) if "term" in name else _values(json.loads(raw)))]
    chance.shuffle(values)
    yield from values[: most // 2]
    for _ in range(most - most // 2):
        yield _bytes(raw, chance)


def _bytes(raw: bytes, chance: random.Random) -> tuple[str, bytes]:
    at, lines = chance.randrange(len(raw)), raw.splitlines(keepends=True)
    line = chance.randrange(len(lines))
    kind = chance.choice(["cut", "flip", "double", "drop", "insert", "zero"])
    changed = {
        "cut": raw[:at],
        "flip": raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :],
        "double": b"".join([*lines[: line + 1], *lines[line:]]),
        "drop": b"".join([*lines[:line], *lines[line + 1 :]]),
        "insert": raw[:at] + chance.randbytes(3) + raw[at:],
        "zero": raw[:at] + bytes(min(50, len(raw) - at)) + raw[at + 50 :],
    }
    return f"{kind} at {at}", changed[kind]


def _values(data: Any) -> Iterator[tuple[str, bytes]]:
    """Another value at each place of a JSON text, keys that are gone or there twice, and nesting."""
    for place in _places(data):
        for value in (*ODD_VALUES, DELETED) if place else ODD_VALUES:
            word = "deleted" if value is DELETED else f"{value!r:.30}"
            yield f"{place} = {word}", json.dumps(_changed(data, place, value)).encode()
    yield "nested too deep", b'{"a":' * 100_000
    yield "a key twice", json.dumps(data).replace("{", '{"kind":1,"name":1,"name":2,', 1).encode()


def _lines(raw: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """The same in lines of a journal, with the right checksums."""
    lines = raw.splitlines()
    for at, line in enumerate(lines):
        for word, text in chance.sample(list(_values(json.loads(line)[1])), 8):
            framed = b'["%08x",%b]' % (crc32(text), text)
            yield f"line {at + 1}: {word}", b"\n".join([*lines[:at], framed, *lines[at + 1 :], b""])


def _places(data: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _places(value, (*before, key))


def _changed(data: Any, place: Sequence[Any], value: Any) -> Any:
    if not place:
        return value
    changed = inner = copy.deepcopy(data)
    for key in place[:-1]:
        inner = inner[key]
    if value is DELETED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return changed


def ask(verb: Sequence[str]) -> Answer:
    """The command in this process; what it raises, it raises here."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code: object = main(verb)
        except SystemExit as end:
            code = end.code
    return Answer(code, err.getvalue())
