"""Only the command line prints, handles signals and reads the command line's words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "sweeper"
FRONT_END = ("cli", "experiments", "configs")
OWN = {
    "__main__.py": "starts the command",
    "arguments.py": "the parser of a run's words",
    "cvsweep_trial.py": "a program of its own, which runs inside of trials",
    "hydra_launcher/command_line.py": "reads how the program that uses Hydra was started",
    "snapshot/interpreter_probe.py": "a program of its own, which answers on stdout",
    "compose/handover.py": "hands the whole command over to Hydra, which prints",
}
FORBIDDEN = ("print", "signal.signal", "sys.stdout", "sys.stderr", "sys.argv", "argparse", "os.chdir",
             "os.umask")  # fmt: skip


def _sources() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT)
        if name.parts[0] not in FRONT_END and name.as_posix() not in OWN:
            yield path


def _used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Functions and modules by the names under which they are used, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)


def test_below_the_command_line_nothing_belongs_to_the_whole_process() -> None:
    """A program that uses cvsweep keeps its outputs, its signals, its folder and its words to itself."""
    found = {
        f"{path.relative_to(ROOT)}:{line}": name
        for path in _sources()
        for line, name in _used(ast.parse(path.read_text()))
        if name in FORBIDDEN
    }
    assert found == {}
