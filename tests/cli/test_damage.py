"""Every file of a sweep folder damaged in many ways: a verb answers or says what is wrong, in a line."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

import pytest

from tests.cli.damage import VERBS, ask, files, mutants, recorded

EXAMPLES = int(os.environ.get("CVSWEEP_EXAMPLES", "6"))
"""Mutants of each file."""


@pytest.mark.parametrize(
    "name", ["sweep.json", "status.json", "lock", "request", "first term", "a term", "last term"]
)
def test_a_damaged_file_is_never_a_traceback(project: Path, name: str) -> None:
    """Cut, flipped, doubled, of another type at any place: an answer, or one printable line and 3 (or 2)."""
    file = files(recorded(project))[name]
    raw, status = file.read_bytes(), file.stat()
    for word, damaged in mutants(name, raw, random.Random(name), EXAMPLES):
        file.write_bytes(damaged)
        os.utime(file, (status.st_atime, status.st_mtime))
        for verb in VERBS:
            try:
                answer = ask(verb)
            except Exception as error:
                raise AssertionError(f"{name}, {word}: {verb}") from error
            assert answer.code in (0, 2, 3), (name, word, verb)
            assert all(map(str.isprintable, answer.err.splitlines())), (name, word, verb)
            assert not answer.code or str(file.parent) in answer.err, (name, word, verb, answer.err)


@pytest.mark.parametrize(
    "name", ["sweep.json", "status.json", "lock", "heartbeat", "journal/000001.jsonl", "code.json"]
)
def test_what_is_no_file_never_hangs(project: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A FIFO, a folder, a socket and a link to nowhere in its place, in `ls` and in `status`."""
    folder = Path(recorded(project).paths.folder)
    monkeypatch.chdir(folder)  # the name of a socket must be short
    place = Path(name)
    place.unlink(missing_ok=True)
    for make in (os.mkfifo, os.mkdir, _bind, lambda path: os.symlink("nowhere", path)):
        make(place)
        for verb in ("ls", "status"):
            answer = ask((verb, "--root", os.fspath(folder.parent)))
            assert answer.code in (0, 3), (make, verb, answer.err)
            assert not answer.code or name in answer.err
        place.rmdir() if place.is_dir() else place.unlink()


def _bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.fspath(path))
