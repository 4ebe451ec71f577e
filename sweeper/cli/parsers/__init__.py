"""The options of each verb, apart from what it does: completion must know them and import nothing more."""

from __future__ import annotations

import argparse
from importlib import import_module


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The parser of a verb."""
    parser: argparse.ArgumentParser = import_module(f"sweeper.cli.parsers.{verb}").make_parser()
    return parser
