"""Frozen is frozen: an edit of the project in mid-sweep reaches no trial, whatever its layout is."""

from __future__ import annotations

import pytest

from tests.layouts.conftest import GATE, Layout

OLD, NEW = 'TEXT = "old"\n', 'TEXT = "new"\n'
TRAIN = f"{GATE}from pkg.text import TEXT\nprint(TEXT)\n"
SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=64"]
build-backend = "setuptools.build_meta"
[project]
name = "pkg"
version = "1"
"""
HATCHLING = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "pkg"
version = "1"
"""
HATCH_VCS = """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[project]
name = "pkg"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
[tool.hatch.build.hooks.vcs]
version-file = "src/pkg/_version.py"
"""
UV_BUILD = """\
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
[project]
name = "pkg"
version = "1"
"""
POETRY = """\
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
[project]
name = "pkg"
version = "1"
"""
FLIT = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "pkg"
version = "1"
description = "x"
"""
SETUP_EXTENSION = """\
from setuptools import Extension, setup
setup(ext_modules=[Extension("pkg._text", ["src/pkg/_text.c"])])
"""
EXTENSION = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_text", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__text(void) {
    PyObject *made = PyModule_Create(&module);
    PyModule_AddStringConstant(made, "TEXT", "%s");
    return made;
}
"""


def assert_frozen(layout: Layout, source: str, *command: str) -> str:
    """Every trial prints the text that was there when the sweep was made, by hand too; what was said."""
    printed, shown = layout.sweep(lambda: layout.put(source, NEW), command)
    assert printed == ["old"] * 3, shown
    assert layout.by_hand() == "old"
    assert "later edits change nothing" in shown
    return shown


def test_flat(layout: Layout) -> None:
    """A script beside its package, nothing installed."""
    layout.put("train.py", TRAIN)
    layout.put("pkg/__init__.py", "")
    layout.put("pkg/text.py", OLD)
    layout.commit()
    assert_frozen(layout, "pkg/text.py", "python", "train.py")


@pytest.mark.parametrize("folder", ["", "src/"], ids=["flat", "src"])
@pytest.mark.parametrize(
    "build", [SETUPTOOLS, HATCHLING, POETRY, FLIT], ids=["setuptools", "hatchling", "poetry", "flit"]
)
def test_editable(layout: Layout, build: str, folder: str) -> None:
    """An editable install, and a script in a folder from which the package is not found otherwise."""
    layout.put("pyproject.toml", build)
    layout.put(".gitignore", "*.egg-info\n")
    layout.put("scripts/train.py", TRAIN)
    layout.put(f"{folder}pkg/__init__.py", '"""x"""\n')
    layout.put(f"{folder}pkg/text.py", OLD)
    layout.commit()
    if "setuptools" in build and not folder:
        layout.put("pyproject.toml", f'{build}[tool.setuptools]\npackages = ["pkg"]\n')
    layout.pip("-e", ".")
    assert_frozen(layout, f"{folder}pkg/text.py", "python", "scripts/train.py")


def test_src_run_as_a_module(layout: Layout) -> None:
    """`python -m pkg.train` of an editable install in the src layout, as uv builds it."""
    layout.put("pyproject.toml", UV_BUILD)
    layout.put("src/pkg/__init__.py", "")
    layout.put("src/pkg/text.py", OLD)
    layout.put("src/pkg/train.py", TRAIN)
    layout.commit()
    layout.pip("-e", ".")
    assert_frozen(layout, "src/pkg/text.py", "python", "-m", "pkg.train")


def test_a_console_script(layout: Layout) -> None:
    """A program that the editable install has put on PATH."""
    layout.put("pyproject.toml", f'{SETUPTOOLS}[project.scripts]\nlearn = "pkg.train:main"\n')
    layout.put("src/pkg/__init__.py", "")
    layout.put("src/pkg/text.py", OLD)
    layout.put("src/pkg/train.py", f"{TRAIN}def main(): pass\n")
    layout.commit()
    layout.pip("-e", ".")
    assert_frozen(layout, "src/pkg/text.py", "learn")


def test_uv_sync(layout: Layout) -> None:
    """An environment in the project that `uv sync` has made."""
    layout.pip("uv")
    layout.put("pyproject.toml", HATCHLING)
    layout.put(".gitignore", ".venv\n")
    layout.put("src/pkg/__init__.py", "")
    layout.put("src/pkg/text.py", OLD)
    layout.put("src/pkg/train.py", TRAIN)
    layout.commit()
    layout.do([str(layout.environment / "bin" / "uv"), "sync", "-q"], VIRTUAL_ENV="")
    project = Layout(layout.folder, layout.folder / ".venv")
    assert_frozen(project, "src/pkg/text.py", "python", "-m", "pkg.train")


def test_hatch_vcs(layout: Layout) -> None:
    """A `_version.py` that git ignores and the package imports is in the copy."""
    layout.put("pyproject.toml", HATCH_VCS)
    layout.put(".gitignore", "_version.py\n")
    layout.put("src/pkg/__init__.py", "from pkg._version import __version__\n")
    layout.put("src/pkg/text.py", OLD)
    layout.put("src/pkg/train.py", f"{TRAIN}import pkg; assert pkg.__version__ == '1.2.3', pkg.__version__\n")
    layout.commit()
    layout.pip("-e", ".")
    shown = assert_frozen(layout, "src/pkg/text.py", "python", "-m", "pkg.train")
    assert "copied although git ignores them, since packages need them: src/pkg/_version.py" in shown


def test_compiled_in_place(layout: Layout) -> None:
    """An extension module that was built beside its source, and is built again in mid-sweep."""
    layout.put("pyproject.toml", SETUPTOOLS)
    layout.put("setup.py", SETUP_EXTENSION)
    layout.put(".gitignore", "*.so\nbuild/\n*.egg-info\n")
    layout.put("src/pkg/__init__.py", "")
    layout.put("src/pkg/_text.c", EXTENSION % "old")
    layout.put("src/pkg/text.py", "from pkg._text import TEXT\n")
    layout.put("src/pkg/train.py", TRAIN)
    layout.commit()
    layout.pip("setuptools", "wheel")
    layout.pip("--no-build-isolation", "-e", ".")
    assert list((layout.folder / "src" / "pkg").glob("_text*.so"))

    def build_again() -> None:
        layout.put("src/pkg/_text.c", EXTENSION % "new")
        layout.do([str(layout.python), "setup.py", "-q", "build_ext", "--inplace", "--force"])

    printed, shown = layout.sweep(build_again, ["python", "-m", "pkg.train"])
    assert printed == ["old"] * 3, shown
    assert layout.by_hand() == "old"
    assert "src/pkg/_text." in shown
    assert layout.do([str(layout.python), "-c", "import pkg.text as t; print(t.TEXT)"]).strip() == "new"


def test_a_module_that_hides_another(layout: Layout) -> None:
    """Beside the package lies a `random.py`, which the interpreter has never imported: it still does not."""
    layout.put("pyproject.toml", f'{SETUPTOOLS}[tool.setuptools]\npackages = ["pkg"]\n')
    layout.put("random.py", 'raise ImportError("not this one")\n')
    layout.put("pkg/__init__.py", "import random; random.random()\n")
    layout.put("pkg/text.py", OLD)
    layout.put("scripts/train.py", TRAIN)
    layout.commit()
    layout.pip("-e", ".")
    assert_frozen(layout, "pkg/text.py", "python", "scripts/train.py")


def test_a_package_dir_of_another_name(layout: Layout) -> None:
    """setuptools maps the package to a folder that is called otherwise."""
    mapping = '[tool.setuptools]\npackages = ["pkg"]\npackage-dir = {pkg = "lib"}\n'
    layout.put("pyproject.toml", SETUPTOOLS + mapping)
    layout.put("lib/__init__.py", "")
    layout.put("lib/text.py", OLD)
    layout.put("scripts/train.py", TRAIN)
    layout.commit()
    layout.pip("-e", ".")
    assert_frozen(layout, "lib/text.py", "python", "scripts/train.py")


def test_a_finder_that_comes_first_is_reported(layout: Layout) -> None:
    """meson-python's editable installs ask nobody's PYTHONPATH: that later edits reach the trials is said."""
    build = '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
    layout.put("pyproject.toml", f'{build}[project]\nname = "pkg"\nversion = "1"\n')
    layout.put(
        "meson.build",
        "project('pkg', version: '1')\npy = import('python').find_installation(pure: true)\n"
        "py.install_sources('pkg/__init__.py', 'pkg/text.py', subdir: 'pkg')\n",
    )
    layout.put("pkg/__init__.py", "")
    layout.put("pkg/text.py", OLD)
    layout.put("scripts/train.py", TRAIN)
    layout.commit()
    layout.pip("meson-python", "meson", "ninja")
    layout.pip("--no-build-isolation", "-e", ".")
    printed, shown = layout.sweep(lambda: layout.put("pkg/text.py", NEW), ["python", "scripts/train.py"])
    assert printed == ["new"] * 3
    assert f"pkg is imported from {layout.folder}/pkg/__init__.py all the same" in shown
    assert "not all is frozen" in shown
