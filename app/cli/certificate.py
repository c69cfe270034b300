"""`multihome certificate`: the panel's certificate, managed from a root shell."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import author, printable, workspace_of
from app.errors import FieldError, InvalidConfig
from app.service.certificate import LARGEST, BroughtCertificate
from app.service.certificate_facts import CertificateFacts

certificates = typer.Typer(no_args_is_help=True, help="The panel's certificate: self-signed, or your own.")

_SOON = "new connections use it within seconds, existing ones continue"


@certificates.command("show")
def show(context: typer.Context) -> None:
    """Show the panel's certificate and its fingerprint, to compare with the browser."""
    brought = BroughtCertificate(workspace_of(context).home)
    if brought.is_there():
        try:
            print("\n".join(_lines(brought.facts())))
        except InvalidConfig as error:
            reason = "; ".join(one.message for one in error.errors)
            print(printable(f"the installed certificate cannot be used: {reason}"))
        else:
            return
    print(f"the router's self-signed certificate: browsers warn once\nSHA-256 {brought.own_fingerprint()}")


@certificates.command("install")
def install(
    context: typer.Context,
    chain: Annotated[Path, typer.Argument(metavar="CHAIN", help="PEM: the router's own certificate first")],
    key: Annotated[Path | None, typer.Argument(metavar="[KEY]", help="PEM; default: the key is in CHAIN")] = None,
) -> None:
    """Install your own certificate. It is checked first; one that browsers reject is not installed.

    \b
    Example:
        multihome certificate install fullchain.pem privkey.pem
    """
    texts = (_read(chain, "chain"), "" if key is None else _read(key, "key"))
    found = BroughtCertificate(workspace_of(context).home).install(*texts, author())
    print("\n".join(_lines(found)))
    print(_SOON)


@certificates.command("remove")
def remove(context: typer.Context) -> None:
    """Go back to the router's self-signed certificate."""
    if BroughtCertificate(workspace_of(context).home).remove(author()):
        print(f"the router's self-signed certificate replaces it: {_SOON}")
    else:
        print("no certificate to remove: the panel serves the router's self-signed one")


def _lines(facts: CertificateFacts) -> list[str]:
    trust = "trusted by this machine"
    if not facts.is_trusted:
        trust = f"not trusted by this machine ({facts.distrust})"
    lines = [
        f"for {', '.join(facts.names)}",
        f"by {facts.issuer}, until {facts.until:%Y-%m-%d %H:%M} UTC; {trust}",
        f"SHA-256 {facts.fingerprint}",
    ]
    return [printable(one) for one in lines]


def _read(path: Path, field: str) -> str:
    """A file as text, and no more of it than a certificate can have. Raises InvalidConfig."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1).decode("latin-1")
    except OSError as error:
        raise InvalidConfig(FieldError(field, f"{path} cannot be read: {error.strerror}")) from error
