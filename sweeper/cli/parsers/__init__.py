"""The options of each verb, kept apart from its code so that completion need not import that."""

from __future__ import annotations

import argparse
from importlib import import_module


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of a verb."""
    parser: argparse.ArgumentParser = import_module(f"sweeper.cli.parsers.{verb}").make_parser()
    return parser
