"""typer: everything by the types of a function."""

import json

import typer


def main(
    amp: bool = False,
    ema: bool = True,
    epochs: int = 1,
    lr: float = 1.0,
    batch_size: int = 1,
    name: str = "default",
    note: str | None = None,
    dims: list[int] = [1],  # noqa: B006
    tags: list[str] = ["default"],  # noqa: B006
):
    print(json.dumps(locals()))


typer.run(main)
