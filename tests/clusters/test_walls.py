"""Nobody outside of clusters/ knows a cluster by its name, or looks at the class of its settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_TOP = Path(__file__).parents[2] / "sweeper"
_INSIDE = _TOP / "clusters"
_MEMBERS = tuple(
    f"sweeper.clusters.{one.name}" for one in _INSIDE.iterdir() if (one / "__init__.py").exists()
)
_CLASSES = ("Settings", "LocalCluster", "KubernetesCluster")


@cache
def _modules() -> dict[str, ast.Module]:
    paths = [path for path in sorted(_TOP.rglob("*.py")) if not path.is_relative_to(_INSIDE)]
    return {str(path.relative_to(_TOP.parent)): ast.parse(path.read_text()) for path in paths}


def outside() -> Iterator[tuple[str, ast.AST]]:
    """Every part of every module outside of clusters/."""
    for name, module in _modules().items():
        yield from ((f"{name}:{getattr(node, 'lineno', 0)}", node) for node in ast.walk(module))


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    return []


def test_no_module_outside_imports_a_member() -> None:
    """Neither at its top nor in a function."""
    assert set(_MEMBERS) == {"sweeper.clusters.kubernetes", "sweeper.clusters.local"}
    found = [
        place
        for place, node in outside()
        if any(name == one or name.startswith(f"{one}.") for name in imported(node) for one in _MEMBERS)
    ]
    assert found == []


def test_no_module_outside_looks_at_the_class_of_settings() -> None:
    """It asks the cluster."""
    found = [
        place
        for place, node in outside()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        and any(
            name in ast.unparse(node.args[1]) for name in ("Settings", "LocalCluster", "KubernetesCluster")
        )
    ]
    assert found == []
