"""A program or a script that is not there is named before the start; what cannot be known is left alone."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from sweeper import clusters
from sweeper.app.program_checks import check_programs, scripts_below
from sweeper.app.spec import SweepSpec
from sweeper.cli import controller
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.settings import CodeSettings, Settings

LOCAL = Settings()
COPIED = Settings(code=CodeSettings(mode="snapshot"))
PODS = Settings(cluster=clusters.plain(KubernetesSettings()))


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A project, and a few programs on PATH that do nothing."""
    for name in ("train.py", "src/fit.py", "run.sh", "pkg/__init__.py", "pkg/train.py", "pkg/sub/a.py"):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).touch()
    (tmp_path / "outside.py").touch()
    (tmp_path / "bin").mkdir()
    for name in ("python", "bash", "sh", "torchrun", "accelerate", "uv", "mytool"):
        (tmp_path / "bin" / name).touch(0o755)
    (tmp_path / "bin" / "tool.sh").touch()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    return tmp_path / "project"


def composed(command, settings=LOCAL, cwd="code"):
    words = tuple(shlex.split(command))
    return SweepSpec(
        trials=(),
        settings=settings,
        project=Path("/project"),
        config={},
        programs=frozenset({(words[0], cwd)}),
        commands=frozenset({(words, cwd)}),
    )


def refused(command, code, settings=LOCAL, cwd="code"):
    with pytest.raises(UsageError) as error:
        check_programs(composed(command, settings, cwd), code)
    return str(error.value).replace(str(code), "CODE")


@pytest.mark.parametrize("settings", [LOCAL, COPIED, PODS], ids=["local", "copied", "pods"])
@pytest.mark.parametrize(
    ("command", "want"),
    [
        ("python trian.py {args}", "there is no trian.py in CODE (did you mean train.py?)"),
        ("python fit.py", "there is no fit.py in CODE (did you mean src/fit.py?)"),
        ("python {code}/nope.py", "there is no nope.py in CODE; there is train.py, pkg/__init__.py, "),
        ("bash ./rum.sh", "there is no ./rum.sh in CODE (did you mean ./run.sh?)"),
        ("torchrun --nproc_per_node 2 trian.py", "there is no trian.py in CODE (did you"),
        ("accelerate launch trian.py", "there is no trian.py in CODE (did you"),
        ("uv run trian.py", "there is no trian.py in CODE (did you"),
        ("python $HOME/train.py", "there is no file $HOME/train.py: no shell reads these words; "),
        ("python ~/train.py", "there is no file ~/train.py: no shell"),
        ("python -m pkg.trian", "there is no module trian in CODE/pkg (did you mean train?)"),
        ("python -m pkg.nope.train", "there is no module pkg.nope.train: CODE/pkg/nope is no package"),
    ],
)
def test_a_script_that_is_not_there_is_named(code, settings, command, want):
    """Wherever the trials run: what lies in the project is the same there."""
    assert refused(command, code, settings).startswith(f"task.command: {want}")


@pytest.mark.parametrize("settings", [LOCAL, COPIED, PODS], ids=["local", "copied", "pods"])
@pytest.mark.parametrize(
    "command",
    [
        "python train.py",
        "python {code}/src/fit.py",
        "python pkg",
        "bash run.sh",
        "python -m pkg.train",
        "python -m pkg.sub.a",
        "python -m pkg.sub",
        "python -m nope",
        "python -m nope.train",
        "python -P -m pkg.nope",
        "python -c pass nope.py",
        "python {out}/nope.py",
        "mytool nope.py",
        "torchrun -m nope",
    ],
)
def test_what_is_there_or_cannot_be_known_is_left_alone(code, settings, command):
    check_programs(composed(command, settings), code)


def test_a_path_that_does_not_lie_in_the_project_is_looked_for_only_where_that_tells_something(code):
    """In a pod other files are there; and where a copy will lie, `..` is another folder."""
    here, missing = f"python {code.parent}/outside.py", f"python {code.parent}/nope.py"
    assert refused(missing, code).startswith(f"task.command: there is no {code.parent}/nope.py; there is ")
    assert "nope.py" in refused("python ../nope.py", code)
    for command, settings in [(here, LOCAL), ("python ../outside.py", LOCAL), (missing, PODS)]:
        check_programs(composed(command, settings), code)
    check_programs(composed("python ../nope.py", COPIED), code)
    check_programs(composed("python ../nope.py", PODS), code)


def test_a_shell_also_looks_on_path(code):
    """`bash tool.sh` runs the tool.sh of PATH; with a `/` it does not."""
    check_programs(composed("bash tool.sh"), code)
    assert "no ./tool.sh in CODE" in refused("bash ./tool.sh", code)


def test_a_package_that_says_where_its_modules_are_is_left_alone(code):
    (code / "pkg/__init__.py").write_text("__path__ = ['/opt/pkg']\n")
    check_programs(composed("python -m pkg.nope"), code)


def test_in_the_attempts_own_folder_there_is_no_script(code):
    """With task.cwd=out a relative path is a mistake, whether the project has the file or not."""
    want = "task.command: with task.cwd=out, 'train.py' would be looked for in the attempt's own folder; "
    assert refused("python train.py", code, cwd="out") == f"{want}write {{code}}/train.py"
    check_programs(composed("python {code}/train.py", cwd="out"), code)
    check_programs(composed("python -m pkg.nope", cwd="out"), code)
    assert "no trian.py in CODE" in refused("python {code}/trian.py", code, cwd="out")


def test_in_the_attempts_own_folder_there_is_no_module_of_the_project(code, monkeypatch):
    """Unless its Python finds it wherever it starts, or the command says where it is."""
    python = sys.executable
    want = (
        "task.command: with task.cwd=out, the module pkg.train would be looked for in the attempt's own"
        f' folder; write [env, "PYTHONPATH={{code}}", {python}, -u, -m, pkg.train, ...]'
    )
    assert refused(f"{python} -u -m pkg.train", code, cwd="out") == want
    assert "PYTHONPATH={code}" in refused(f"{python} -m train", code, cwd="out")
    check_programs(composed(f"{python} -m json.tool", cwd="out"), code)
    check_programs(composed(f"{python} -m pkg.train", PODS, cwd="out"), code)
    check_programs(composed(f"/usr/bin/env PYTHONPATH={{code}} {python} -m pkg.train", cwd="out"), code)
    monkeypatch.setenv("PYTHONPATH", str(code))
    check_programs(composed(f"{python} -m pkg.train", cwd="out"), code)


@pytest.mark.parametrize(
    ("command", "settings", "want"),
    [
        ("./run.sh", LOCAL, "CODE/./run.sh is not an executable file: chmod +x it, or name the program that"),
        ("./run.sh", PODS, "CODE/run.sh is not executable: chmod +x ./run.sh"),
        ("train.py", LOCAL, "the program 'train.py' is not on PATH; the project's file of that name is ./tr"),
        ("./nope.sh", PODS, "there is no ./nope.sh in CODE"),
    ],
)
def test_a_program_that_cannot_be_started_is_named_with_the_way_out(code, command, settings, want):
    assert refused(command, code, settings).startswith(f"task.command: {want}")


def test_scripts_that_a_copy_must_have_are_known(code):
    """Those whose path is below the project; what a shell may find on PATH is not one."""
    for command, want in [
        ("python train.py", {"train.py"}),
        ("./run.sh", {"./run.sh"}),
        ("python {code}/src/fit.py", {"src/fit.py"}),
        ("python /opt/x.py", set()),
        ("bash run.sh", set()),
        ("python -m pkg.train", set()),
    ]:
        assert scripts_below(composed(command)) == want


COMMAND = "task.command=[python,nope.py,'{args}']"


@pytest.mark.parametrize("words", [["--dry-run"], ["-m", "x=1,2"], ["code.mode=snapshot"]])
def test_a_run_and_a_dry_run_name_a_missing_script(tiny, words):
    """Nothing is made."""
    before = tiny.tree()
    result = tiny.run(COMMAND, *words)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"cvsweep: task.command: there is no nope.py in {tiny.folder}\n"
    assert tiny.tree() == before


def test_doctor_names_a_missing_script(tiny):
    result = tiny.run("doctor", COMMAND)
    assert result.code == 3
    assert f"failure  program      task.command: there is no nope.py in {tiny.folder}\n" in result.out


def test_a_script_that_is_left_out_of_the_copy_is_named(tiny):
    """It is there, but not for the trials: said before the sweep is made."""
    (tiny.folder / "venv").mkdir()
    (tiny.folder / "venv/pyvenv.cfg").touch()
    (tiny.folder / "venv/train.py").touch()
    result = tiny.run("task.command=[python,venv/train.py]", "code.mode=snapshot", "sweep.name=x")
    assert result.code == 2
    assert "venv/train.py is not in the copy of the project that trials run" in result.err
    assert not tiny.sweeps.exists()


def test_a_sweep_with_a_copy_has_its_own_script(tiny, monkeypatch):
    """A script that is gone from the project since is still there for more points of the sweep."""
    monkeypatch.setattr(controller, "control", lambda folder: 0)
    tiny.run("x=1", "sweep.name=x", "code.mode=snapshot")
    (tiny.folder / "program.sh").unlink()
    result = tiny.run("x=2", "sweep.name=x", "code.mode=snapshot", "--dry-run")
    assert (result.code, result.out.splitlines()[0][:7]) == (0, "1 trial")
    assert "there is no program.sh" in tiny.run("x=2", "code.mode=snapshot", "--dry-run").err
