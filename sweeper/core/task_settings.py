"""`task`: the program that every trial runs, and how it gets its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.core.setting import setting
from sweeper.core.setting_rules import list_of_texts, more_than, one_of, optional


@dataclass(frozen=True)
class ArgsSettings:
    """`task.args`: how options spell each kind of value. See core/options.py."""

    bool: str = setting(
        "value",
        "`value` `--amp=true`; `flag` `--amp`, or nothing for false; `no-flag` `--amp`, `--no-amp`;"
        " `python` `--amp=True`",
        one_of("value", "flag", "no-flag", "python"),
    )
    list: str = setting(
        "space",
        "`space` `--dims 8 16`; `repeat` `--dims=8 --dims=16`; `comma` `--dims=8,16`; `json` `--dims=[8,16]`",
        one_of("space", "repeat", "comma", "json"),
    )
    dict: str = setting("dots", '`dots` `--opt.lr=1`; `json` `--opt={"lr":1}`', one_of("dots", "json"))
    text: str = setting(
        "plain",
        '`plain` `--name=a b` (one word); `python` `--name="a b"`, for a program that would take the text `8`'
        " for a number",
        one_of("plain", "python"),
    )
    none: str = setting(
        "omit",
        "`omit`: left out, so the program uses its default; `json` `--wd=null`; `python` `--wd=None`",
        one_of("omit", "json", "python"),
    )
    key: str = setting("as_is", "`as_is` `--batch_size=8`; `dash` `--batch-size=8`", one_of("as_is", "dash"))


@dataclass(frozen=True)
class TaskSettings:
    """`task`: the program that every trial runs. See core/command.py for the argument styles."""

    command: list[str] = setting(
        [],
        "what a trial runs, a list item a word; `{args}`, `{overrides}`, `{out}`, `{code}`, `{checkpoints}`,"
        " `{params}`, `{params.yaml}` are filled in",
        list_of_texts("a list of words"),
    )
    args_style: str = setting(
        "argparse",
        "how `{args}` gives the parameters; `overrides`: as you typed them",
        one_of("argparse", "hydra", "env", "json", "overrides"),
    )
    args: ArgsSettings = setting(ArgsSettings(), "how options spell each kind of value, see below")
    cwd: str = setting(
        "code",
        "where it starts: in the project (`code`) or in the attempt's folder (`out`)",
        one_of("code", "out"),
    )
    time_limit: float | None = setting(
        None,
        "how long an attempt may run; null: as long as it takes",
        optional(more_than(0, "seconds")),
    )
