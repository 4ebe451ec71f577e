"""Two functions have one identity only if they do the same."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweeper.app.function_identity import identity


def _flags(*flags: bool) -> Callable[..., Any]:
    one, two, three = flags

    def train(x: int) -> Any:
        return (one, two, three, x)

    return train


class _Model:
    def __init__(self, width: int) -> None:
        self.width = width

    def run(self, x: int) -> int:
        return self.width * x


def _first() -> Callable[..., Any]:
    def train(lr: int, wd: int) -> int:
        return lr

    return train


def _second() -> Callable[..., Any]:
    def train(wd: int, lr: int) -> int:
        return wd

    return train


def _wrapped(factor: int) -> Callable[..., Any]:
    @functools.wraps(textwrap.dedent)
    def train(x: int) -> int:
        return factor * x

    return train


def _with_attribute(value: int) -> Callable[..., Any]:
    def train(x: int) -> Any:
        return train.scale * x  # type: ignore[attr-defined]

    train.scale = value  # type: ignore[attr-defined]
    return train


def _late() -> Callable[..., Any]:
    def train(x: int) -> int:
        try:
            x = x + 1
            x = 1 // x
        except ZeroDivisionError:
            x = 7
        return x

    return train


def _early() -> Callable[..., Any]:
    def train(x: int) -> int:
        try:
            x = x + 1
        except ZeroDivisionError:
            x = 7
        else:
            x = 1 // x
        return x

    return train


_handled_late, _handled_early = _late(), _early()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_flags(True, False, False), _flags(True, True, False)),
        (_first(), _second()),
        (_Model(1).run, _Model(2).run),
        (_wrapped(1), _wrapped(2)),
        (_with_attribute(1), _with_attribute(2)),
        (functools.partial(_flags, True), functools.partial(_flags, False)),
        (lambda x: x in {1, 2}, lambda x: x in {1, 3}),
        (lambda x, k=1: x, lambda x, k=2: x),
        (lambda x: print, lambda x: repr),
        (lambda x: 1, lambda x: True),
        (_handled_late, _handled_early),
    ],
    ids=[
        "values",
        "names",
        "methods",
        "wraps",
        "attributes",
        "partials",
        "sets",
        "defaults",
        "globals",
        "types",
        "handlers",
    ],
)
def test_functions_that_differ_have_other_identities(one: Any, other: Any) -> None:
    assert identity(one) == identity(one)
    assert identity(one) != identity(other)


PROGRAM = """
    import abc, dataclasses, functools, typing
    from sweeper.app.function_identity import identity

    @dataclasses.dataclass
    class Config:
        names: frozenset = frozenset({"a", "b", "c", "d"})
        width: int = WIDTH

    T = typing.TypeVar("T")

    class Base(abc.ABC, typing.Generic[T]):
        @abc.abstractmethod
        def build(self): ...

    class Built(Base[int]):
        def build(self):
            return self

    @functools.cache
    def cached(x):
        return x * WIDTH

    def helper(x):
        return x in {"one", "two", "three"} and Config().width and Built().build() and cached(x)

    def train(x, config=Config()):
        return helper(x), config, lambda y: train(y)

    print(identity(train), identity(functools.partial(train, config=Config(width=7))))
"""


def _identities(folder: Path, width: int, seed: str) -> str:
    (folder / "own.py").write_text(textwrap.dedent(PROGRAM).replace("WIDTH", str(width)))
    found = subprocess.run(
        [sys.executable, "own.py"], cwd=folder, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_it_is_the_same_in_every_process_and_follows_what_the_function_refers_to(tmp_path: Path) -> None:
    first = _identities(tmp_path, 3, "1")
    assert first == _identities(tmp_path, 3, "2")
    assert len({*first.split(), *_identities(tmp_path, 4, "1").split()}) == 4


def test_functions_that_all_refer_to_each_other_take_no_longer() -> None:
    known: dict[str, Any] = {}
    names = [f"f{number}" for number in range(12)]
    exec("\n".join(f"def {name}(x): return {', '.join(names)}, x" for name in names), known)
    for name in names:
        known[name].__module__ = "__main__"
    assert identity(known["f0"]) == identity(known["f0"])
    assert identity(known["f0"]) != identity(known["f1"])


def test_a_function_of_a_module_is_known_by_its_name() -> None:
    assert identity(textwrap.dedent) == "textwrap:dedent"


def test_what_cannot_be_looked_into_is_never_the_same() -> None:
    import threading

    lock = threading.Lock()

    def train(x: int) -> Any:
        return lock, x

    assert identity(train) != identity(train)


SUBCLASSES = """
import enum, json, sys
from collections import defaultdict
from typing import NamedTuple

from sweeper.app.function_identity import identity


class Config(NamedTuple):
    lr: float = LR

    def scaled(self):
        return self.lr * FACTOR


class Params(dict):
    def loss(self):
        return self["w"] * FACTOR


class AttrDict(dict):
    __getattr__ = dict.__getitem__


class Names(set):
    def first(self):
        return min(self) * FACTOR


class Tag(str):
    def shout(self):
        return self * FACTOR


class Meta(type):
    def __call__(cls, *words):
        return FACTOR


class Made(metaclass=Meta):
    pass


cfg, params, attrs, names, tag = Config(), Params(w=5), AttrDict(lr=LR), Names({"a", "b", "c"}), Tag("t")
weights = defaultdict(lambda: FACTOR)
functions = [
    lambda x: x * cfg.scaled(), lambda x: x * params.loss(), lambda x: x * attrs.lr, lambda x: names.first(),
    lambda x: tag.shout(), lambda x: x * weights[1], lambda x: Made(),
]
print(json.dumps([identity(one) for one in functions]))
"""


def _of_subclasses(**values: int) -> list[str]:
    text = SUBCLASSES
    for name, value in values.items():
        text = text.replace(name, str(value))
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def test_what_a_class_adds_to_a_built_in_one_is_part_of_a_function() -> None:
    """Its methods, attributes and defaults of missing keys; equal ones are equal in every process."""
    first, again, other = (_of_subclasses(LR=1, FACTOR=factor) for factor in (2, 2, 3))
    assert first == again
    changed = [one != two for one, two in zip(first, other, strict=True)]
    assert changed == [True, True, False, True, True, True, True]  # the third one uses no factor
    assert _of_subclasses(LR=9, FACTOR=2)[2] != first[2]


def test_a_module_of_the_same_name_elsewhere_is_another_one(tmp_path: Path) -> None:
    """As a script of the same name is; in the project, and among Python's packages, the name is enough."""
    text = (
        "import json, textwrap\nimport twin\nfrom sweeper.app.function_identity import identity\n"
        "names = [twin.score, lambda x: twin.score(x), textwrap.dedent]\n"
        "print(json.dumps([identity(one) for one in names]))"
    )
    found = []
    (tmp_path / "runs").mkdir()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "twin.py").write_text("def score(x):\n    return x\n")
        for cwd in (tmp_path / name, tmp_path / "runs"):
            done = subprocess.run(
                [sys.executable, "-c", text], cwd=cwd, capture_output=True, text=True, check=True,
                env={**os.environ, "PYTHONPATH": str(tmp_path / name)},
            )  # fmt: skip
            found.append(json.loads(done.stdout))
    inside_a, outside_a, inside_b, outside_b = found
    assert inside_a == inside_b
    assert inside_a[0] == "twin:score"
    assert [one != two for one, two in zip(outside_a, outside_b, strict=True)] == [True, True, False]
    assert outside_a[2] == "textwrap:dedent"
