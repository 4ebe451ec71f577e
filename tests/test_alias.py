"""cvsweep can be imported and run by its own name, whatever modules the current folder has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cvsweep
import sweeper

ROOT = Path(__file__).parents[1]
HOSTILE = 'raise SystemExit("the module in the current folder was imported")\n'


def test_the_alias_exports_what_the_package_exports() -> None:
    assert cvsweep.__all__ == sweeper.__all__
    assert all(getattr(cvsweep, name) == getattr(sweeper, name) for name in sweeper.__all__)


@pytest.mark.parametrize("module", [sweeper, cvsweep])
def test_dir_shows_what_is_exported(module) -> None:
    assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize("module", [sweeper, cvsweep])
def test_an_unknown_name_is_an_attribute_error_that_names_the_module(module) -> None:
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'nonsense'"):
        module.nonsense  # noqa: B018
    assert (Path(module.__file__).parent / "py.typed").is_file()


def python(*words: str, cwd: Path) -> tuple[int, str, str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=variables | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_importing_either_package_stays_cheap(tmp_path: Path) -> None:
    """Neither the import nor dir() loads pandas, argparse or the metadata of packages."""
    asked = "import sys, cvsweep, sweeper; dir(cvsweep), dir(sweeper); print(*sys.modules)"
    code, out, _ = python("-c", asked, cwd=tmp_path)
    assert code == 0
    assert {"cvsweep", "sweeper"} < set(out.split())
    assert not {"pandas", "hydra", "argparse", "importlib.metadata"} & set(out.split())


@pytest.mark.parametrize("module", ["sweeper", "cvsweep"])
def test_python_m_is_the_command_and_imports_nothing_from_the_current_folder(
    tmp_path: Path, module: str
) -> None:
    """A folder called cvsweep that is no package, and modules that cvsweep's own imports are called like."""
    (tmp_path / "cvsweep").mkdir()
    for name in ("argparse", "difflib", "yaml", *({"sweeper"} - {module})):
        (tmp_path / f"{name}.py").write_text(HOSTILE)
    assert python("-m", module, "stattus", cwd=tmp_path) == (
        2,
        "",
        "cvsweep: 'stattus' is neither a verb nor an override (KEY=VALUE); did you mean: cvsweep status?\n",
    )


def test_a_project_s_own_module_called_cvsweep_is_left_alone(tmp_path: Path) -> None:
    """`import cvsweep` there means the project's module, and the command works beside it."""
    (tmp_path / "cvsweep.py").write_text("MINE = 1\n")
    assert python("-c", "import cvsweep; print(cvsweep.MINE)", cwd=tmp_path)[:2] == (0, "1\n")
    code, out, err = python("-m", "sweeper", "ls", cwd=tmp_path)
    assert (code, out) == (0, "")
    assert err.startswith("no sweeps in sweeps; ")


@pytest.mark.parametrize("module", ["sweeper", "cvsweep"])
def test_python_m_works_in_a_folder_that_has_been_removed(tmp_path: Path, module: str) -> None:
    line = (
        f"mkdir gone && cd gone && rmdir ../gone && PYTHONPATH={ROOT} {sys.executable} -m {module} --version"
    )
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("cvsweep ")
