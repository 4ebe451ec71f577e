"""Reads the options and arguments of each verb from its parser."""

from __future__ import annotations

import argparse

from sweeper.core.completion.command import Command, OptionSpec, Positional


def command_of(verb: str) -> Command:
    """Return the options and arguments of a verb, or those of a run if `verb` is empty."""
    if verb:
        from sweeper.cli.parsers import parser_of

        return described(parser_of(verb))
    from sweeper.arguments import make_parser

    return described(make_parser())


def described(parser: argparse.ArgumentParser) -> Command:
    """Return the visible options and arguments of a parser."""
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    return Command(
        tuple(_option(action) for action in actions if action.option_strings),
        tuple(_positional(action) for action in actions if not action.option_strings),
        rest="-- COMMAND" in (parser.usage or ""),
    )


def _option(action: argparse.Action) -> OptionSpec:
    takes = action.nargs if isinstance(action.nargs, int) else 1
    return OptionSpec(
        names=tuple(action.option_strings),
        help=action.help or "",
        kinds=_kinds(action)[:takes],
        choices=_choices(action),
        optional=action.nargs == "?",
        repeats=isinstance(action, argparse._AppendAction),
    )


def _positional(action: argparse.Action) -> Positional:
    return Positional(_kinds(action)[0], _choices(action), many=action.nargs in ("*", "+"))


def _kinds(action: argparse.Action) -> tuple[str, ...]:
    if isinstance(action.metavar, tuple):
        return action.metavar
    return (action.metavar or action.dest.upper(),)


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices or ()))
