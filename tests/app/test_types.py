"""What a user's type checker sees of `import sweeper`.

With another checker: `pyright --pythonpath .venv/bin/python tests/app/user_program.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.types

PROGRAM = Path(__file__).parent / "user_program.py"
MISTAKES = {
    "timeout=3600.0": "timeout='soon'",
    "again.results()": "again.result()",
    "observers=[show]).finished": "observers=[3]).finished",
    "event.cause": "event.reason",
}


def test_a_users_program_passes_mypy_strict(tmp_path: Path) -> None:
    """Every name that it uses has a type of its own: each mistake is an error at its place."""
    api = pytest.importorskip("mypy.api")
    right = PROGRAM.read_text()
    wrong = right
    for good, bad in MISTAKES.items():
        assert right.count(good) == 1
        wrong = wrong.replace(good, bad)
    (tmp_path / "right.py").write_text(right)
    (tmp_path / "wrong.py").write_text(wrong)
    options = ["--strict", "--no-error-summary", "--config-file=", f"--cache-dir={tmp_path}/cache"]
    found, problem, _ = api.run([*options, *map(str, [tmp_path / "right.py", tmp_path / "wrong.py"])])
    assert problem == ""
    lines = sorted({int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line})
    places = [1 + right[: right.index(good)].count("\n") for good in MISTAKES]
    assert "right.py" not in found
    assert lines == sorted(places), found
