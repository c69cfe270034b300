"""Reads passwords and passphrases from the terminal or a pipe, never from the command line that all users can read."""

import sys

import typer

from app.errors import FieldError, InvalidConfig


def typed_secret(prompt: str, field: str, *, twice: bool) -> str:
    """What is typed at the terminal (`twice`: asked for again, to be sure), or the first line of a pipe.

    Raises InvalidConfig where it is no text: what is kept of it must be the same on every machine.
    """
    try:
        if sys.stdin.isatty():
            secret: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
        else:
            secret = sys.stdin.readline().rstrip("\n")
        secret.encode()  # in the C locale Python lets bytes through that are no text
    except UnicodeError as error:
        raise InvalidConfig(FieldError(field, "it is not text (UTF-8)")) from error
    return secret
