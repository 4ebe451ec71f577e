"""click: a flag, a flag with its opposite, and options that are given several times."""

import json

import click


@click.command()
@click.option("--amp", is_flag=True)
@click.option("--ema/--no-ema", default=True)
@click.option("--epochs", type=int, default=1)
@click.option("--lr", type=float, default=1.0)
@click.option("--batch-size", type=int, default=1)
@click.option("--name", default="default")
@click.option("--note", default=None)
@click.option("--dims", type=int, multiple=True)
@click.option("--tags", multiple=True)
@click.option("--pair", type=int, nargs=2, default=(0, 0))
def main(**given):
    print(json.dumps(given))


main()
