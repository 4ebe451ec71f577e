"""What pip installs: both packages with their types, and the files that cvsweep brings."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from sweeper.core.completion.shells import SHELLS
from tests.layouts.conftest import Layout

ROOT = Path(__file__).parents[2]
PARTS = ("__init__.py", "__main__.py", "py.typed")
USER = """\
import cvsweep
from sweeper import load_curves

reveal_type(cvsweep.load_results("x"))
reveal_type(load_curves("x"))
cvsweep.load_result("x")
"""


def test_the_wheel_and_the_sdist_have_both_packages(layout: Layout) -> None:
    layout.pip("hatchling")
    build = [str(layout.python), "-m", "hatchling", "build", "-d", str(layout.folder)]
    subprocess.run(build, cwd=ROOT, check=True)
    (wheel,), (sdist,) = layout.folder.glob("*.whl"), layout.folder.glob("*.tar.gz")
    packed = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as file:
        source = {name.partition("/")[2] for name in file.getnames()}
    wanted = {f"{package}/{part}" for package in ("sweeper", "cvsweep") for part in PARTS}
    assert wanted <= packed
    assert wanted <= source
    assert "sweeper/configs/config.yaml" in packed
    assert {f"sweeper/cli/completion/completion.{shell}" for shell in SHELLS} <= packed
    layout.pip("--no-deps", str(wheel))
    shown = layout.do([str(layout.python), "-m", "cvsweep", "--version"])
    assert shown.startswith("cvsweep ")


def test_a_strict_type_checker_sees_types_and_misspellings(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    check = [sys.executable, "-m", "mypy", "--strict", "user.py"]
    out = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert out.count('"pandas.core.frame.DataFrame"') == 2
    assert 'user.py:6: error: Module has no attribute "load_result"' in out
