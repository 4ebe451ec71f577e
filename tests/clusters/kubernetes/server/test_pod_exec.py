"""The shell text that is run in a container, tried in the shells of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from sweeper.clusters.kubernetes.server.pod_exec import END, SHELL, entering, fed, piece

SHELLS = [[name] for name in ("dash", "bash") if shutil.which(name)]
SHELLS += [["busybox", "sh"]] if shutil.which("busybox") else []


@pytest.fixture(params=SHELLS, ids=" ".join)
def run(request, tmp_path):
    """Runs what is meant for `sh` by one of the shells; what it calls `sh` itself is that shell too."""
    shell = shutil.which(request.param[0])
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to(shell)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"

    def run(words, **options):
        environment = {"PATH": path, **options.pop("env", {})}
        return subprocess.run(words, capture_output=True, timeout=20, env=environment, check=False, **options)

    return run


def test_the_command_runs_in_the_folder_with_the_variables(run, tmp_path):
    """Words reach the command as they are, whatever is in them."""
    nasty = "a b'c\"$HOME\\ `id`\n*"
    place = tmp_path / nasty.replace("/", "")
    place.mkdir()
    done = run(
        entering(
            str(place),
            {"CVSWEEP_OUT": nasty},
            ["sh", "-c", 'pwd; printf "%s|%s" "$CVSWEEP_OUT" "$1"', "x", nasty],
        )
    )
    assert done.stdout.decode() == f"{place}\n{nasty}|{nasty}"


def test_a_folder_that_is_not_there_is_no_reason_to_stay_out(run):
    """Where the folder cannot be entered the command runs all the same."""
    done = run(entering("/nowhere", {"A": "1"}, ["sh", "-c", 'echo "$A"; exit 4']))
    assert (done.stdout, done.returncode) == (b"1\n", 4)


def test_root_becomes_the_clusters_user(run, tmp_path, request):
    """Root in the lab's image becomes the user by `su`, and hands it the same words."""
    if "busybox" in request.node.name:
        pytest.skip("a busybox prefers its own id and su to any others")
    for name, text in {"id": "echo 0", "su": 'printf "<%s>" "$@"'}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    done = run(entering("/f", {"A": "1"}, ["ls", "a b"]), env={"CLUSTER_USER": "ada"})
    assert done.stdout.startswith(b"<-s></bin/sh><--><ada><-c><cd ")
    assert done.stdout.endswith(b"<sh></f><A=1><ls><a b>")
    assert run(entering("/", {}, ["pwd"]), env={"CLUSTER_USER": "root"}).stdout == b"/\n"


def test_fed_input_arrives_byte_for_byte_and_ends(run):
    """Input in pieces is the input, its end included, and the exit code is the command's."""
    data = bytes(range(256)) * 40 + b"0\n12\n"
    pieces = [data[i : i + 1000] for i in range(0, len(data), 1000)]
    stream = b"".join(map(piece, pieces)) + END
    done = run(fed(["sh", "-c", "cat; exit 7"]), input=stream)
    assert (done.stdout, done.stderr, done.returncode) == (data, b"", 7)


def test_a_command_need_not_wait_for_its_input(run):
    """A command that ends while input may still come ends the whole, without a word."""
    reader, writer = os.pipe()
    try:
        done = run(fed(["sh", "-c", "echo quick; exit 3"]), stdin=reader)
    finally:
        os.close(reader)
        os.close(writer)
    assert (done.stdout, done.stderr, done.returncode) == (b"quick\n", b"", 3)


def test_the_default_is_the_shell_that_is_there(run):
    """The words for the shell run one."""
    assert run([*SHELL], input=b"echo $((6 * 7))\n").stdout == b"42\n"
