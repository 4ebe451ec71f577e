"""Recognizes the argument library of a program: tries the reader of each library in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sweeper.core.recognition.absl import read_absl
from sweeper.core.recognition.argparse_calls import read_argparse
from sweeper.core.recognition.callables import (
    JSONARGPARSE,
    read_fire,
    read_jsonargparse,
    read_lightning,
    read_tyro,
)
from sweeper.core.recognition.clicks import read_click
from sweeper.core.recognition.dataclass_parsers import read_simple_parsing, read_transformers
from sweeper.core.recognition.hydra_apps import read_hydra
from sweeper.core.recognition.model import Program
from sweeper.core.recognition.no_library import read_environment, read_positions
from sweeper.core.recognition.syntax import ParsedFile
from sweeper.core.recognition.typers import read_typer

_READERS: tuple[Callable[[ParsedFile], Program | None], ...] = (
    read_hydra,
    read_lightning,
    read_transformers,
    read_simple_parsing,
    read_jsonargparse,
    read_fire,
    read_tyro,
    read_typer,
    read_click,
    read_absl,
    read_argparse,
)


def recognise(source: ParsedFile) -> Program | None:
    """Return how a program reads its options by a library; None if it uses no known library."""
    found = next((program for read in _READERS if (program := read(source))), None)
    if found is not None and found.library == "argparse" and source.imports_from("jsonargparse"):
        return replace(found, library="jsonargparse", args={"list": JSONARGPARSE["list"]})
    return found


def recognise_plain(source: ParsedFile) -> Program | None:
    """Return how a program without an argument library reads its parameters; None if it reads none."""
    return read_environment(source) or read_positions(source)
