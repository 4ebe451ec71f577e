"""Outputs of any encoding, closed ones, and readers that go away."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys

import pytest

from sweeper.app import start
from sweeper.cli import streams
from sweeper.cli.common import say
from sweeper.cli.main import main

ODD = "é日本… " + "x" * 80


class Output(io.TextIOWrapper):
    """An output of one encoding."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding)

    @property
    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def printed(monkeypatch):
    """Runs the command with outputs of an encoding: its exit code, and what came out."""

    def run(encoding, *words):
        out, err = Output(encoding), Output(encoding)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            try:
                code = main(words)
            except SystemExit as end:  # argparse's own --help
                code = end.code
        return code, out.text, err.text

    return run


@pytest.fixture
def odd(sweep):
    """A sweep whose parameters, errors and notes hold characters of every kind, and cells that are cut."""
    made = sweep(params=[{"lr": 0.1, "name": ODD}, {"lr": 0.2, "name": "b\udcff"}, {"lr": 0.3, "name": "c"}])
    return made.complete(0, acc=0.5).fail(1, f"ValueError: {ODD}", log=f"{ODD}\n".encode()).start(2)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "koi8-r", "utf-16", "utf-8"])
def test_no_verb_fails_for_an_encoding(odd, printed, encoding):
    """Whatever the outputs can write, people read as much as that allows."""
    for line, shown in [
        ("results", "acc"),
        ("results --all", "acc"),
        ("results --over lr", "acc"),
        ("results -o csv", "acc"),
        ("results -o json", "acc"),
        ("status", "1 failed"),
        ("status -o json", "failed"),
        ("ls", "digits-x"),
        ("--help", "usage"),
        ("results --help", "usage"),
    ]:
        code, out, _ = printed(encoding, *line.split())
        assert (line, code) == (line, 0)
        assert shown in out
    code, _, err = printed(encoding, "状态")
    assert code == 2
    assert "is neither a verb nor an override" in err


def test_a_table_drawn_in_a_terminal_that_is_not_unicode_fits(odd, printed, monkeypatch):
    """Its rule is of hyphens, what has no room is cut, and no line is longer than the terminal."""
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(Output, "isatty", lambda self: True)
    _, out, _ = printed("ascii", "results", "--columns", "trial,name,lr")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()
    assert any(set(line.strip()) == {"-"} for line in lines)
    assert any("\\xe9\\u65e5\\u672c... xxx" in line for line in lines)
    assert max(map(len, lines)) <= 50


def test_a_file_for_programs_that_is_not_whole_says_so(odd, printed):
    """`results -o csv` into a file: whoever reads it must know that characters were replaced."""
    assert "ascii cannot write every character of this table" in printed("ascii", "results", "-o", "csv")[2]
    assert "cannot write" not in printed("utf-8", "results", "-o", "csv")[2]


def test_our_own_signs_have_stand_ins(odd, printed):
    """A cut cell ends with three dots, and columns stay aligned; other characters are escaped."""
    _, out, _ = printed("ascii", "results", "--columns", "name,lr", "--sort", "lr")
    head, first, *rest = out.splitlines()
    assert first.startswith("\\xe9\\u65e5\\u672c... x")
    assert first.endswith("x...  0.1")
    assert rest[0].startswith("b\\udcff ")
    assert {row.index("0.") + 1 for row in rest} == {head.index("lr")}  # numbers are on the right


def test_a_stream_that_is_no_file_is_left_as_it_is(project, monkeypatch, capsys):
    """A notebook's output has neither an encoding nor a descriptor."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["--help"]) == 0
    assert out.getvalue()
    streams.hush(out)
    assert streams.as_written("…", out) == "…"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["results", "--help"], ["results"], ["status"]])
def test_a_reader_that_has_gone_is_no_error(odd, monkeypatch, capfd, words):
    """`cvsweep results --help | head -1` prints no traceback, and is exit code 0."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        try:
            code = main(words)
        except SystemExit as end:  # argparse's own --help
            code = end.code
        monkeypatch.undo()
    assert (code, capfd.readouterr().err) == (0, "")


def test_closed_outputs_are_not_given_to_files():
    """A descriptor that was closed is occupied: a library that writes to it damages no file of ours."""
    code = "import os; from sweeper.cli import streams; streams.set_up(); print(os.open('/', os.O_RDONLY))"
    line = f'"$0" -c "{code}" 2>&- <&-; "$0" -c "{code}; os.write(2, b\'4\')" >&-'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"3\n", b"4")


def test_files_are_utf_8_in_every_locale(tiny, printed):
    """The table and the summary in a sweep's folder hold every character."""
    assert printed("latin-1", "+name='é日本…'", "+other=1", "sweep.name=x")[0] == 0
    for name in ("results.csv", "sweep.json"):
        assert "é日本…" in (tiny.sweeps / "x" / name).read_text(encoding="utf-8")


def test_the_log_of_a_controller_in_the_background_is_utf_8():
    """It is a file of ours, whatever the locale of the shell that started it."""
    assert "sweeper.cli.background" in start.RESUME
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    command = [*start.RESUME, "é日本"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert "'é日本'" in done.stderr.decode("utf-8")


class Sick(io.FileIO):
    """A log on a volume whose next write fails."""

    number = 0

    def write(self, data, /):
        number, self.number = self.number, 0
        if number:
            raise OSError(number, os.strerror(number))
        return super().write(data)


@pytest.mark.parametrize(("number", "left"), [(errno.EIO, ["one", "two", "three"]), (errno.EPIPE, ["one"])])
def test_a_log_on_a_volume_in_trouble_goes_on_when_that_works_again(tmp_path, monkeypatch, number, left):
    """Not even the line that failed is lost. Of an output that is gone for good nothing more is asked."""
    raw = Sick(tmp_path / "controller.log", "w")
    with io.TextIOWrapper(io.BufferedWriter(raw)) as log:
        monkeypatch.setattr(sys, "stderr", log)
        say("one")
        raw.number = number
        say("two")
        say("three")
    assert (tmp_path / "controller.log").read_text().splitlines() == left
