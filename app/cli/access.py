"""`multihome user` and `multihome token`: users of the panel and API tokens, managed from a root shell."""

from typing import Annotated

import typer

from app.cli.console import author, workspace_of
from app.cli.secret import typed_secret
from app.errors import FieldError, InvalidConfig
from app.service.setup_token import SetupToken
from app.service.tokens import ApiTokens
from app.service.users import Users

users = typer.Typer(no_args_is_help=True, help="Users of the panel.")
tokens = typer.Typer(no_args_is_help=True, help="Programs that may use the API.")


@users.command("list")
def list_users(context: typer.Context) -> None:
    """List the users."""
    for name in Users(workspace_of(context).home).names():
        print(name)


@users.command("setup-token")
def setup_token(context: typer.Context) -> None:
    """Create and show the token for the panel's setup page. It replaces an older one."""
    home = workspace_of(context).home
    if Users(home).exist():
        raise InvalidConfig(
            FieldError("", "the panel is already set up; for a lost password use `user reset-password`")
        )
    token = SetupToken(home)
    print(token.current() or token.issue())


@users.command("reset-password")
def reset_password(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Set a user's password (typed twice, or read from a pipe) and end all sessions of that user."""
    from app.service.passwords import hashed, require_good  # noqa: PLC0415 - no other command needs Argon2

    home = workspace_of(context).home
    known = Users(home)
    names = known.names()
    if name not in names:
        raise InvalidConfig(FieldError("", f"there is no user {name} (known: {', '.join(names) or 'none'})"))
    password = typed_secret("New password", "password", twice=True)
    require_good(password, name)
    known.set_password(name, hashed(password), author())
    print(f"the password of {name} changed; all sessions of {name} ended")


@tokens.command("create")
def create_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program's name.")],
    *,
    read_only: Annotated[bool, typer.Option("--read-only", help="Read access only.")] = False,
) -> None:
    """Create a token for a program. It is shown only once; only its hash is stored."""
    print(ApiTokens(workspace_of(context).home).create(name, author(), read_only=read_only))


@tokens.command("list")
def list_tokens(context: typer.Context) -> None:
    """List the tokens, without their secrets."""
    for one in ApiTokens(workspace_of(context).home).all():
        used = "never used" if one.last_used_at is None else f"last used {one.last_used_at:%Y-%m-%d %H:%M} UTC"
        made = f"created {one.created_at:%Y-%m-%d} by {one.created_by}"
        print(f"{one.name}: {'read only, ' if one.read_only else ''}{made}, {used}")


@tokens.command("revoke")
def revoke_token(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Revoke a token: the program that uses it loses access."""
    known = ApiTokens(workspace_of(context).home)
    found = next((one for one in known.all() if one.name == name), None)
    if found is None:
        raise InvalidConfig(FieldError("", f"there is no token {name}"))
    known.revoke(found.id, author())
