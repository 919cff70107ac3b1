"""How commands answer: data on stdout, words on stderr, exit 0 good, 1 the answer is no, 2 wrong use."""

import json

import typer


class RefusalError(Exception):
    """Wrong use, or a thing that is not there: said in one line, exit status 2."""


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def answer(yes: bool) -> None:
    """End with exit status 1 where the answer is no."""
    if not yes:
        raise typer.Exit(1)
