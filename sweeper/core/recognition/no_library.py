"""Readers for scripts without an argument library: environment variables, or positions in sys.argv."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.recognition.model import Option, Program
from sweeper.core.recognition.syntax import ParsedFile
from sweeper.core.secrets import is_secret_variable

_SYSTEMS = lazy(
    r"(CUDA|NCCL|HF|WANDB|MLFLOW|SLURM|OMP|MKL|TORCH|PYTORCH|TF|XLA|JAX|PYTHON|CVSWEEP|MASTER|PET|LC|XDG|AWS|CONDA"
    r"|VIRTUAL|TOKENIZERS|TRANSFORMERS|NVIDIA|COMET|NEPTUNE|CLEARML|OPENBLAS|NUMEXPR|KMP|GIT|DEBUG)(_|$).*"
    r"|HOME|PATH|USER|USERNAME|LOGNAME|HOSTNAME|HOST|SHELL|PWD|OLDPWD|TMPDIR|TMP|TEMP|LANG|TERM|DISPLAY|EDITOR|RANK"
    r"|LOCAL_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE|NODE_RANK|PORT|IFS|UID|EUID|PPID|RANDOM|LINENO|SECONDS|BASH_.*|BASH"
    r"|OPTARG|OPTIND|REPLY|FUNCNAME|PIPESTATUS|LD_LIBRARY_PATH"
)
_GETTERS = ("os.environ.get", "os.getenv")
_NUMBER = lazy(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")


def read_environment(source: ParsedFile) -> Program | None:
    """Return a script whose parameters are environment variables; None if it reads none."""
    options: dict[str, Option] = {}
    for one in _variables(source):
        if one.name and not is_of_the_system(one.name):
            options.setdefault(one.name, one)
    return Program("environment variables", tuple(options.values()), style="env") if options else None


def is_of_the_system(name: str) -> bool:
    """Whether an environment variable is set by the system, a launcher or the user, not for one trial."""
    return _SYSTEMS.fullmatch(name) is not None or is_secret_variable(name)


def _variables(source: ParsedFile) -> Iterator[Option]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.name(node.func) in _GETTERS and node.args:
            found = source.literal(node.args[1]) if len(node.args) > 1 else None
            value = found.value if found else None
            yield variable(source.text(node.args[0]), value if isinstance(value, str) else None)
        elif _is_read_of(node, source, "os.environ"):
            yield Option(source.text(node.slice), required=True)


def variable(name: str, default: str | None) -> Option:
    """Return an environment variable as an option; a default that `typed` converts becomes a number."""
    return Option(name, default=None if default is None else typed(default), known=default is not None)


def typed(text: str) -> Value:
    """Return the number that is written exactly as `text`; the text itself if there is none."""
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text) if re.search("[.eE]", text) else int(text)
    return number if repr(number) == text else text


def read_positions(source: ParsedFile) -> Program | None:
    """Return a script that reads positional parameters, `lr = float(sys.argv[1])`; None if it reads none."""
    found: dict[int, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found |= dict.fromkeys(_positions(source, node.value), node.targets[0].id)
    found = {at: f"arg{at}" for at in _positions(source, source.tree)} | found
    if not found:
        return None
    names = [found.get(at, f"arg{at}") for at in range(1, max(found) + 1)]
    options = tuple(Option(name, required=True) for name in names)
    return Program("positional words (sys.argv)", options, style="env", by_position=True)


def _positions(source: ParsedFile, tree: ast.AST) -> Iterator[int]:
    """Yield the positions in sys.argv that a part of the source reads."""
    for node in ast.walk(tree):
        if _is_read_of(node, source, "sys.argv"):
            at = source.literal(node.slice)
            if at is not None and isinstance(at.value, int) and at.value > 0:
                yield at.value


def _is_read_of(node: ast.AST, source: ParsedFile, name: str) -> TypeGuard[ast.Subscript]:
    """Whether the node is `name[…]` and reads the value."""
    return (
        isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and source.name(node.value) == name
    )
