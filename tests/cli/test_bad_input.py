"""Bad input, end to end: one clear line, exit code 2 or the trial's own visible state, nothing half made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import Status
from tests.cli.tiny import COMMAND, QUICK


def refused(tiny, *words):
    """The one line that refuses a command which exits with 2 and changes nothing."""
    before = tiny.tree()
    result = tiny.run(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("cvsweep: ")
    assert result.err.count("\n") == 1
    assert tiny.tree() == before
    return result.err.removeprefix("cvsweep: ").rstrip("\n")


WRONG = [
    (["z=1"], ["z: there is no such parameter", "+z="]),
    (["sweep.nam=a"], ["sweep.nam: there is no such setting (did you mean name?)"]),
    (["cluster.max_parallel=many"], ["cluster.max_parallel must be a whole number, not 'many'"]),
    (["cluster.max_parallel=0"], ["cluster.max_parallel", "at least 1"]),
    (["cluster.gpus=-1"], ["cluster.gpus must be at least 0, or null, not -1"]),
    (["cluster.gpus=65"], ["cluster.gpus=65: a trial needs more GPUs than are visible here"]),
    (["cluster.gpus=65", "--dry-run"], ["cluster.gpus=65: a trial needs more GPUs than are visible here"]),
    (["cluster.gpus=2", "cluster.trials_per_gpu=2"], ["cluster.trials_per_gpu=2", "cluster.gpus=2"]),
    (["cluster.gpu_locks=here"], ["cluster.gpu_locks must be the full path of a folder"]),
    (["task.time_limit=-1"], ["task.time_limit", "more than 0"]),
    (["+retry.budgets.eror=1"], ["retry.budgets.eror: there is no such cause (did you mean error?)"]),
    (["experiment=tini"], ["Could not find 'experiment/tini'", "tiny"]),
    (["cluster=mars"], ["Could not find 'cluster/mars'", "local"]),
    (["sweep=5"], ["'sweep' is cvsweep's own section"]),
    (["results.reader=wandb"], ["results.reader must be json, ", "or null, not 'wandb'"]),
    (["+results.colour=red"], ["results.colour: there is no such setting", "own section"]),
    (["sweep.name=../up"], ["sweep.name must be"]),
    (["sweep.name='a b'"], ["sweep.name must be"]),
    (["x=[1,2"], ["cannot read 'x=[1,2': '[' is not closed: write 'x=[1,2]'"]),
    (["x=1,2"], ["x=1,2 gives more than one value: add -m"]),
    ([""], ["an argument is empty"]),
    (["-m", "x=1,2", ""], ["an argument is empty"]),
    (["--dry"], ["unrecognized arguments: --dry"]),
    (["--config-name", "nope"], ["no nope.yaml in ", "there is config"]),
    (["--config-dir", "nope"], ["--config-dir: there is no folder "]),
    (["-m", "sweep.name=a,b"], ["'sweep' holds for the whole sweep and cannot vary"]),
    (["-m", "x=choice()"], ["x=choice()"]),
    (["-m", "x=range(0)"], ["the grid has no points: x has no values"]),
    (["-m", "experiment=glob(nothing*)"], ["the grid has no points: experiment has no values"]),
    (["-m", "x=1,2", "sweep.exclude=[{x: 1},{x: 2}]"], ["sweep.exclude drops all 2 points"]),
    (["-m", "x=range(1000)", "y=range(1000)"], ["1,000,000 points", "sweep.max_trials=1000000"]),
    (["-m", "x=range(1000000000)"], ["1,000,000,000 points", "sweep.max_trials=1000000000"]),
    (["-m", "x=range(0,1e12,0.001)"], ["points", "sweep.max_trials"]),
    (["task.command=[]"], ["no command: set task.command"]),
    (["task.command=[no-such-program]"], ["the program 'no-such-program' is not on PATH"]),
    (["task.command=[./program.sh]"], ["program.sh is not an executable file"]),
    (["task.command=[./nope.sh]"], ["nope.sh does not exist"]),
    (["task.command=[./program.sh]", "task.cwd=out"], ["write {code}/program.sh"]),
    (["-m", "task.command=[sh,program.sh],[nope]"], ["the program 'nope' is not on PATH"]),
    (["task.args_style=carrier-pigeon"], ["task.args_style", "argparse"]),
    (["+PATH_INFO=1", "+a-b=1"], ["parameter 'a-b' cannot be an environment variable"]),
]


@pytest.mark.parametrize(("words", "parts"), WRONG)
def test_what_is_wrong_is_one_line_and_nothing_is_made(tiny, words, parts):
    """Each mistake is one line that names it, exit code 2, at once, and leaves no trace."""
    began = time.monotonic()
    line = refused(tiny, *words)
    assert time.monotonic() - began < 10
    assert [part for part in parts if part not in line] == []


def test_without_a_project_it_says_how_to_get_one(tiny):
    """In a folder without configs the way to a project is named."""
    shutil.rmtree("configs")
    assert "`cvsweep init` writes a project that runs at once" in refused(tiny, "-m", "x=1,2")


@pytest.mark.parametrize("text", ["x: [1", "- 1\n- 2\n", "x: ${nowhere}\n", "\t\x00"])
def test_a_broken_configuration_is_one_line(tiny, text):
    """A configuration that cannot be read, or read on, is one line."""
    config = Path("configs", "config.yaml")
    config.write_text(text)
    refused(tiny, "-n")


def test_a_duplicate_name_with_other_contents_is_refused(tiny):
    """A name that stands for another experiment is not written into."""
    text = Path("configs", "experiment", "tiny.yaml").read_text()
    Path("configs", "experiment", "other.yaml").write_text(text)
    tiny.run("sweep.name=x")
    line = refused(tiny, "sweep.name=x", "experiment=other")
    assert line == "sweep x holds tiny, not other; choose another sweep.name"


def test_a_folder_that_is_no_sweep_is_refused(tiny):
    """A folder or a file of that name is left alone."""
    Path("sweeps", "mine").mkdir(parents=True)
    Path("sweeps", "notes").write_text("mine")
    assert refused(tiny, "sweep.name=mine").endswith("/sweeps/mine is not a sweep: it has no sweep.json")
    assert refused(tiny, "sweep.name=notes").endswith("/sweeps/notes is not a sweep: it has no sweep.json")


@pytest.mark.parametrize("root", ["program.sh", "program.sh/below", "/proc/nowhere", "/dev/null/x"])
def test_a_root_that_cannot_be_is_one_line(tiny, root):
    """A root that cannot be made is one line that names the setting."""
    line = refused(tiny, "x=1", f"sweep.root={root}")
    assert line.startswith("sweep.root: cannot make ")
    assert line.endswith("; name a folder there that can be written")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; see the read-only disk below")
def test_a_root_without_the_right_to_write_is_one_line(tiny):
    """A root that we may not write into is one line."""
    tiny.sweeps.mkdir(mode=0o555)
    assert "Permission denied" in refused(tiny, "x=1")


@pytest.fixture
def namespace(tiny):
    """Runs a script of sh where it may mount file systems of its own; "$@" is the command."""
    probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    if probe.returncode:
        pytest.skip("no file system can be mounted here")

    def run(script):
        os.makedirs("sweeps", exist_ok=True)
        words = ["unshare", "-rm", "sh", "-c", script, "sh", *COMMAND]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    return run


def test_a_read_only_disk_is_one_line(namespace):
    """A root on a read-only disk is one line and exit code 2."""
    done = namespace('mount -t tmpfs -o ro none sweeps; "$@" x=1 sweep.name=x')
    assert done.returncode == 2
    assert done.stderr.endswith("Read-only file system; name a folder there that can be written\n")
    assert done.stderr.count("\n") == 1


def test_a_disk_that_is_full_from_the_start_is_one_line(namespace):
    """A full disk where the sweep would be made is one line, exit code 2, and nothing is left there."""
    done = namespace(
        "mount -t tmpfs -o size=64k none sweeps; cat /dev/zero > sweeps/fill 2> /dev/null\n"
        '"$@" x=1 sweep.name=x; echo "code $?"; ls -A sweeps\n'
    )
    assert done.stdout == "code 2\nfill\n"
    assert done.stderr.endswith("No space left on device; name a folder there that can be written\n")
    assert done.stderr.count("\n") == 1


def test_a_disk_that_fills_up_on_the_way_loses_nothing(tiny, namespace):
    """A disk that fills up in the middle is one line and exit code 3; with room again resume ends it well."""
    tiny.program(
        'if [ "$x" = 1 ] && mkdir "$CVSWEEP_CODE/once"; then cat /dev/zero > "$CVSWEEP_OUT/fill"; fi\n'
        f"{QUICK}"
    )
    done = namespace(
        "mount -t tmpfs -o size=400k none sweeps\n"
        '"$@" -m "x=range(4)" sweep.name=x cluster.max_parallel=1 2> first; echo "code $?"\n'
        "rm sweeps/x/trials/*/attempts/*/fill\n"
        '"$@" resume x > /dev/null 2>&1; echo "code $?"\n'
        '"$@" results x -o json > table; "$@" logs x 0\n'
    )
    assert done.stdout == "code 3\ncode 0\nx is 0\n"
    first = Path("first").read_text().splitlines()
    assert first[-1].startswith("cvsweep: ")
    assert first[-1].endswith(": the disk or its quota is full; free some space, then resume")
    assert sum(line.startswith("cvsweep: ") for line in first) == 1
    assert [
        row["v"] for row in sorted(json.loads(Path("table").read_text()), key=lambda row: row["trial"])
    ] == [
        0,
        1,
        2,
        3,
    ]


METRICS = {
    "garbage": ("echo lr=3 > $m", "metrics.json is not JSON: "),
    "empty": (": > $m", "metrics.json is empty"),
    "list": ("echo '[1, 2]' > $m", "metrics.json holds a list, not an object"),
    "huge": ("truncate -s 1G $m", "metrics.json has 1073741824 bytes, more than "),
    "fifo": ("mkfifo $m", "metrics.json is a pipe or a device, not a regular file"),
    "link": ("ln -s /etc/passwd $m", "metrics.json is a symbolic link, not a regular file"),
    "inner": ("echo '{}' > other; ln -s other $m", "metrics.json is a symbolic link, not a regular file"),
    "folder": ("mkdir $m", "metrics.json is a folder, not a regular file"),
    "lines": ("truncate -s 1G $m; mv $m ${m}l", "metrics.jsonl ends with a line of more than 64 KiB"),
}


@pytest.mark.parametrize("required", [False, True])
def test_metrics_that_cannot_be_used_fail_a_trial_only_if_required(tiny, required):
    """Whatever lies where metrics should is read at once or not at all, and its trial says what is wrong."""
    cases = "\n".join(f"{kind}) {script};;" for kind, (script, _) in METRICS.items())
    tiny.program(f'cd "$CVSWEEP_OUT"; m=metrics.json; case $x in\n{cases}\nesac\n')
    result = tiny.run(
        "-m",
        f"x={','.join(METRICS)}",
        "sweep.name=x",
        "sweep.pause_after=0",
        f"results.required={required}",
    )
    assert result.code == int(required)
    assert "Traceback" not in result.err
    rows = {row["x"]: row for row in tiny.rows()}
    for kind, (_, problem) in METRICS.items():
        row, ended = rows[kind], ("failed", "bad_result") if required else ("completed", "completed")
        assert (row["state"], row["cause"]) == ended, kind
        assert row["error" if required else "warning"].startswith(problem), kind
    assert METRICS["garbage"][1] in result.err
    assert "root:" not in result.err


def test_metrics_that_are_not_finite_are_kept_and_rank_last(tiny):
    """NaN and infinities are metrics; NaN is never the best, and the JSON table stays valid JSON."""
    tiny.program('echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/metrics.json"\n')
    result = tiny.run("-m", "x='NaN','1','-Infinity','2'", "sweep.name=x")
    assert result.code == 0
    assert [line.split()[2] for line in result.out.splitlines()] == ["v", "2", "1", "-inf", "nan"]

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    json.loads(tiny.run("results", "x", "-o", "json").out, parse_constant=refuse)


def test_a_program_that_is_gone_when_its_turn_comes_is_its_trials_failure(tiny):
    """A command that vanishes after the check is the trial's visible state."""
    tiny.program('exec "$CVSWEEP_CODE/gone"\n')
    result = tiny.run("sweep.name=x")
    assert result.code == 1
    assert "trial 0 failed (error): program.sh: " in result.err
    assert "gone: not found" in result.err


RECEIVE = 'task.command=[sh,-c,\'printf %s "$1" > "$CVSWEEP_OUT/got"\',sh,"{args}"]'
AWKWARD = [
    "",
    " ",
    "two words",
    "  edges  ",
    "'",
    '"',
    'it\'s "quoted"',
    "line\nend",
    "\n",
    "cr\r\nlf",
    "tab\t",
    "$(touch /tmp/pwned)",
    "`touch /tmp/pwned`",
    "$HOME ${x:-y}"[:5],
    "; touch pwned #",
    "&& rm -rf /",
    "a=b",
    "a,b",
    "[a, b]",
    "{a: 1}",
    "--flag",
    "-x",
    "~",
    "~root",
    "*",
    "\\",
    "\\\\'",
    "\\n",
    "!!",
    "%s",
    "null",
    "true",
    "1e-3",
    "0x10",
    "NaN",
    "é ü 日本語 🎉",
    "\u202e\u200b",
    "e\u0301",
    "\x01\x1b[31m\x7f",
    "x" * 10_000,
    "'\n" * 5_000,
]


def received(tiny, values, name):
    """Check that each value is one trial, whose program got exactly what the table says."""
    result = tiny.run(
        "-m",
        "x=" + ",".join(quoted(value) for value in values),
        f"sweep.name={name}",
        "task.args_style=argparse",
        "~y",
        RECEIVE,
        "sweep.pause_after=0",
    )
    assert result.code == 0, result.err[-500:]
    rows = tiny.rows(name)
    assert [row["x"] for row in rows] == list(dict.fromkeys(values))
    for row in rows:
        (got,) = tiny.sweeps.glob(f"{name}/trials/{row['trial']:05d}-*/attempts/1/got")
        assert got.read_bytes() == f"--x={row['x']}".encode()


def quoted(text):
    """A text in Hydra's grammar, in quotes always: null would be no text."""
    word = hydra_word("x", text).removeprefix("x=")
    return word if word.startswith("'") else f"'{word}'"


def test_awkward_values_arrive_byte_for_byte(tiny):
    """Spaces, quotes, line ends, $(), backticks, unicode, 10,000 characters: no shell reads them again."""
    received(tiny, AWKWARD, "x")
    assert not os.path.exists("/tmp/pwned")
    assert not list(tiny.folder.rglob("pwned"))


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS.filter(lambda text: "${" not in text and text != "???"), min_size=20, max_size=40))
def test_any_text_arrives_byte_for_byte(tiny, values):
    """What the program receives is what `results -o json` says, for any text at all."""
    received(tiny, values, f"x{time.monotonic_ns()}")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\0b", "cannot be passed to a program"),
        ("\udcff", "cannot be passed to a program"),
        ("x" * 200_000, "more than one argument can hold"),
    ],
)
def test_a_value_that_no_program_can_receive_is_refused(tiny, value, words):
    """NUL, bytes that are no text, and what no argument can hold are refused before anything starts."""
    assert words in refused(tiny, f"x='{value}'")


def test_nothing_of_a_refused_grid_is_run(tiny):
    """One bad point among good ones stops the run before the first trial starts."""
    tiny.program('touch "$CVSWEEP_CODE/ran"\n')
    refused(tiny, "-m", f"x=1,'{'y' * 200_000}'")
    assert not os.path.exists("ran")
    assert tiny.count(Status.COMPLETED) == 0
