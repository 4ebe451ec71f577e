"""What the Python of the trials finds in a project it finds in the copy, whatever a build tool has left.

tests/layouts has the same with real build tools.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from sweeper.core.model import Attempt, Trial
from sweeper.snapshot.code import freeze
from sweeper.snapshot.imports import Imports, find_imports, remarks
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder, SweepWriter

SAY = "import sys; from pkg.text import TEXT; print(TEXT)\n"
FINDER = """\
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
MAPPING = %r
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        place = MAPPING.get(fullname)
        if place:
            return spec_from_file_location(
                fullname, place + "/__init__.py", submodule_search_locations=[place]
            )
def install():
    sys.meta_path.%s
"""
"""What setuptools writes for an editable install without a src layout, in short."""


@dataclass(frozen=True)
class Bench:
    """A project, and an interpreter in which it is installed somehow."""

    project: Path
    environment: Path
    folder: Callable[..., SweepFolder]

    def put(self, name: str, text: str) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def install(self, name: str, text: str) -> None:
        (site,) = (self.environment / "lib").glob("python*/site-packages")
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text)

    def finder(self, mapping: dict[str, str], how: str = "append(_EditableFinder)") -> None:
        places = {name: os.fspath(self.project / place) for name, place in mapping.items()}
        self.install("__editable___pkg_1_finder.py", FINDER % (places, how))
        self.install("__editable__.pkg-1.pth", "import __editable___pkg_1_finder as f; f.install()\n")

    def find(self, *words: str, **variables: str) -> Imports:
        return find_imports(
            words or ("python", "train.py"), self.variables(**variables), os.fspath(self.project)
        )

    def variables(self, **more: str) -> dict[str, str]:
        return {"PATH": f"{self.environment}/bin{os.pathsep}{os.environ['PATH']}", **more}

    def freeze(self, command: str, imports: Imports | None = None, **variables: str) -> Frozen:
        """A sweep of one trial with a copy of the project; its command.sh is there."""
        found = imports or self.find(**variables)
        keep = partial(freeze, self.project, max_bytes=10**8, imports=found)
        folder = self.folder(Trial(0, "k", {}, f"exec {command}"), found, keep)
        return Frozen(self, folder, found)


@dataclass(frozen=True)
class Frozen:
    """A sweep with a copy of the project."""

    bench: Bench
    folder: SweepFolder
    imports: Imports

    def run(self, **variables: str) -> str:
        """What the trial prints, run by hand."""
        script = self.folder.paths.trial(Trial(0, "k", {}, "")).command
        done = subprocess.run(
            ["sh", script], env=self.bench.variables(**variables), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def remarks(self, **variables: str) -> list[str]:
        return list(
            remarks(
                self.imports,
                self.folder.paths,
                self.bench.variables(**variables),
                os.fspath(self.bench.project),
            )
        )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    return place


@pytest.fixture
def bench(tmp_path: Path, folder: SweepFolder, environment: Path) -> Bench:
    """An empty project, and an environment without any package."""
    project = tmp_path / "project"
    project.mkdir()
    (site,) = (environment / "lib").glob("python*/site-packages")
    shutil.rmtree(site)
    site.mkdir()

    def make(trial: Trial, imports: Imports, keep: Callable[[Path], object]) -> SweepFolder:
        root = tmp_path / "sweeps"
        start = os.fspath(root / "x" / "code")
        manifest = replace(folder.manifest, name="x", start=start, imports=imports.folders)
        made = create(root, manifest, [trial], keep)
        writer = SweepWriter.take(made)
        writer.prepare(trial, Attempt(0, 1))
        writer.release()
        return made

    return Bench(project, environment, make)


def package(bench: Bench, folder: str = "pkg", text: str = "old") -> None:
    bench.put(f"{folder}/__init__.py", "")
    bench.put(f"{folder}/text.py", f"TEXT = {text!r}\n")


def test_nothing_goes_in_front_where_nothing_is_installed(bench: Bench) -> None:
    """A script beside its package needs no PYTHONPATH, and gets none."""
    package(bench)
    bench.put("train.py", SAY)
    frozen = bench.freeze("python train.py")
    package(bench, text="new")
    assert frozen.imports.folders == []
    assert "PYTHONPATH" not in Path(frozen.folder.paths.trial(Trial(0, "k", {}, "")).command).read_text()
    assert frozen.run() == "old"
    assert frozen.remarks() == []


@pytest.mark.parametrize("place", ["", "src", "a/deep one"])
def test_a_path_file_leads_to_the_copy(bench: Bench, place: str) -> None:
    """`*.pth` of hatchling, flit, poetry, uv and others, also from another folder and by hand."""
    package(bench, f"{place}/pkg".lstrip("/"))
    bench.put("scripts/train.py", SAY)
    bench.install("_pkg.pth", f"{bench.project}/{place}\n")
    frozen = bench.freeze("python scripts/train.py")
    package(bench, f"{place}/pkg".lstrip("/"), text="new")
    assert frozen.imports.folders == [place or "."]
    assert frozen.run() == "old"
    assert frozen.run(PYTHONPATH="/elsewhere") == "old"
    assert frozen.remarks() == []


def test_a_finder_of_setuptools_leads_to_the_copy(bench: Bench) -> None:
    """Its modules are not on sys.path; the copy's folder is put in front all the same."""
    package(bench)
    bench.put("scripts/train.py", SAY)
    bench.finder({"pkg": "pkg"})
    frozen = bench.freeze("python scripts/train.py")
    package(bench, text="new")
    assert frozen.imports.folders == ["."]
    assert frozen.run() == "old"
    assert frozen.remarks() == []


def test_a_package_under_another_name_is_linked(bench: Bench) -> None:
    """Where the folder is not called as the package, a link is; modules and nested names too."""
    package(bench, "lib")
    package(bench, "inner")
    bench.put("scripts/train.py", f"import space.inside.text as t; assert t.TEXT == 'old'\n{SAY}")
    bench.finder({"pkg": "lib", "space.inside": "inner"})
    bench.install("space/README", "a namespace package\n")
    frozen = bench.freeze("python scripts/train.py")
    package(bench, "lib", text="new")
    package(bench, "inner", text="new")
    assert frozen.imports.folders == ["../imports/0"]
    assert frozen.run() == "old"


@pytest.mark.parametrize("finder", [True, False])
def test_what_would_hide_another_module_stays_out(bench: Bench, finder: bool) -> None:
    """Beside the package lie a `random.py` and a package that is also installed: those are not in front."""
    package(bench)
    bench.put("random.py", "raise ImportError('not this one')\n")
    bench.put("other/__init__.py", "raise ImportError('nor this')\n")
    bench.install("other/__init__.py", "")
    bench.put("scripts/train.py", f"import random, other\n{SAY}")
    if finder:
        bench.finder({"pkg": "pkg"})
    else:
        bench.install("_pkg.pth", f"{bench.project}\n")
    frozen = bench.freeze("python scripts/train.py")
    package(bench, text="new")
    assert frozen.imports.folders == ["../imports/0"]
    assert frozen.run() == "old"
    assert frozen.remarks() == []


def test_a_python_path_of_the_user_leads_to_the_copy(bench: Bench) -> None:
    """An absolute PYTHONPATH into the project is an import root like any other."""
    package(bench, "lib/pkg")
    bench.put("scripts/train.py", SAY)
    variables = {"PYTHONPATH": f"{bench.project}/lib"}
    frozen = bench.freeze("python scripts/train.py", **variables)
    package(bench, "lib/pkg", text="new")
    assert frozen.run(**variables) == "old"
    assert frozen.remarks(**variables) == []


def test_an_environment_in_the_project_is_no_root(bench: Bench) -> None:
    """What is installed in `.venv` of the project is not the project's code."""
    venv.create(bench.project / ".venv", with_pip=False, symlinks=True)
    package(bench)
    assert find_imports((".venv/bin/python",), {"PATH": ""}, os.fspath(bench.project)).folders == []
    found = bench.find("uv", "run", "train.py")
    assert found.path == f"{bench.project}/.venv/bin/python"


def test_a_finder_that_comes_first_is_named(bench: Bench) -> None:
    """A finder in front of PYTHONPATH goes on leading to the project: that is said, with the place."""
    package(bench)
    bench.put("scripts/train.py", SAY)
    bench.finder({"pkg": "pkg"}, how="insert(0, _EditableFinder)")
    frozen = bench.freeze("python scripts/train.py")
    assert frozen.remarks() == [
        f"pkg is imported from {bench.project}/pkg/__init__.py all the same:"
        " later edits there reach the trials"
    ]


@pytest.mark.parametrize("name", ["library", "my library"])
def test_editable_installs_from_elsewhere_are_named(bench: Bench, tmp_path: Path, name: str) -> None:
    """A library beside the project, installed in editable mode, is not copied."""
    package(bench, f"../{name}/pkg")
    bench.put("train.py", SAY)
    bench.install("_pkg.pth", f"{tmp_path / name}\n")
    record = f'{{"url": "file://{quote(str(tmp_path / name))}", "dir_info": {{"editable": true}}}}'
    bench.install("pkg-1.dist-info/direct_url.json", record)
    bench.install("pkg-1.dist-info/METADATA", "Name: pkg\nVersion: 1\n")
    frozen = bench.freeze("python train.py")
    assert frozen.imports.folders == []
    assert frozen.remarks() == [
        f"pkg may be imported from {tmp_path / name}, which is not copied: later edits there reach the trials"
    ]


def test_a_declared_src_layout_is_in_front_though_nothing_is_installed(bench: Bench) -> None:
    """On a cluster nobody can ask the image: what the project declares counts."""
    package(bench, "src/pkg")
    bench.put("pyproject.toml", "[project]\nname = 'pkg'\n")
    bench.put("scripts/train.py", SAY)
    frozen = bench.freeze("python scripts/train.py")
    assert frozen.imports.folders == ["src"]
    assert frozen.run() == "old"


def test_without_an_interpreter_the_declared_roots_are_assumed(bench: Bench) -> None:
    """Where no python is here, or it does not answer, that is said, and the project's own words count."""
    package(bench, "src/pkg")
    bench.put("pyproject.toml", "[project]\nname = 'pkg'\n")
    found = find_imports(("train",), {"PATH": "/nowhere"}, os.fspath(bench.project))
    assert (found.folders, found.problem) == (["src"], "there is no python here")
    program = bench.put("python", "#!/bin/sh\necho 'no such day' >&2; exit 3\n")
    program.chmod(0o755)
    found = find_imports(("./python",), {"PATH": "/nowhere"}, os.fspath(bench.project))
    assert found.folders == ["src"]
    assert found.problem == f"{program} cannot describe itself: no such day"


@pytest.mark.parametrize(
    ("words", "first_line", "expected"),
    [
        (("python", "x.py"), "", "python"),
        (("env", "A=1", "python3", "x.py"), "", "python3"),
        (("{code}/tool",), "#!{venv}/bin/python3 -u\n", "python3"),
        (("./tool",), "#!/usr/bin/env python\n", "python"),
        (("./tool",), "#!/bin/sh\n", "python"),
        (("no-such-program",), "", "python"),
        ((), "", "python"),
    ],
)
def test_the_interpreter_is_the_one_that_the_command_starts(
    bench: Bench, words: tuple[str, ...], first_line: str, expected: str
) -> None:
    """By its name, by the first line of its program, or the `python` of PATH; links are not followed."""
    bench.put("tool", first_line.format(venv=bench.environment)).chmod(0o755)
    assert bench.find(*words).path == f"{bench.environment}/bin/{expected}"


def test_a_program_that_prints_at_every_start_is_understood(bench: Bench) -> None:
    """A sitecustomize that prints does not spoil the answer."""
    bench.install("sitecustomize.py", "print('hello'); import atexit; atexit.register(print, 'bye')\n")
    bench.install("_pkg.pth", f"{bench.project}\n")
    package(bench)
    assert bench.find().folders == ["."]
