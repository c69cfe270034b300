"""`config get`, `config set` and `config unset`: any setting that the model knows, by its path."""

import contextlib
import json
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.console import NEGATIVE, printable, workspace_of
from app.cli.options import typed_value, value_of
from app.cli.planning import Force, Plan
from app.errors import MultihomeError
from app.model.config import Config
from app.paths import state_directory
from app.service.edits import paths


def known_paths(incomplete: str) -> list[str]:
    """The paths of all settings that begin so; a word at a time, as a shell completes file names."""
    from app.store.reader import read_head  # noqa: PLC0415 - only the shell's own call needs it

    found: dict[str, None] = {}
    with contextlib.suppress(MultihomeError):
        for one in paths.settings_at(read_head(state_directory().config_db).config):
            if one.path.startswith(incomplete):
                end = one.path.find(".", len(incomplete))
                found[one.path if end < 0 else one.path[: end + 1]] = None
    return list(found)


Path = Annotated[
    str,
    typer.Argument(metavar="PATH", help="Like isp.1.weight, or the beginning of one.", autocompletion=known_paths),
]


def get(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="All settings without one.",
                                        autocompletion=known_paths)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:  # fmt: skip
    """Show settings as `set` takes them: one by its path, or all below it.

    \b
    Examples:
        config get isp.1.weight
        config get isp.1
        config get failover.timing
        config get rule.Bank --json
    """
    config = workspace_of(context).head().config
    found = paths.place(config, path) if path else None
    if as_json:
        print(json.dumps(_as_json(config, found), indent=2))
    elif found is not None and found.setting is not None and found.is_single:
        print(printable(typed_value(found.setting, found.value)))
    else:
        for one in paths.settings_at(config, path):
            assert one.setting is not None  # noqa: S101 - settings_at gives settings
            print(printable(f"{one.path} {typed_value(one.setting, one.value)}"))


def set_value(
    context: typer.Context,
    path: Path,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="As `config get` shows it; `default` restores the default.")
    ],
    *,
    _plan: Plan = False,
    _force: Force = False,
) -> None:
    """Change any setting by its path. `config get` shows the paths; docs/settings.md says what each means.

    An ISP or a rule is named by number or name; checks are counted from 1.

    \b
    Examples:
        config set isp.1.weight 3
        config set isp.Orange.timing.hold_s 60
        config set failover.all_down refuse
        config set rule.Bank.ports 443,8443
        config set isp.2.checks.1.quorum 2
        config set isp.2.timing.hold_s default
    """

    def edit(config: Config) -> Config:
        setting = paths.place(config, path).setting
        # Text may well be this word.
        if value == "default" and setting is not None and setting.kind is not str and setting.has_default:
            return paths.unset(config, path)
        return paths.changed(config, path, value if setting is None else value_of(setting, value))

    workspace_of(context).change(edit)


def unset(context: typer.Context, path: Path, *, _plan: Plan = False, _force: Force = False) -> None:
    """Give a setting its default again.

    \b
    Example:
        config unset isp.2.timing.interval_s
    """
    workspace_of(context).change(lambda config: paths.unset(config, path))


def _as_json(config: Config, found: "paths.Place | None") -> object:
    if found is None or (found.setting is None and not found.path):
        return TypeAdapter(Config).dump_python(config, mode="json")
    return TypeAdapter(type(found.value)).dump_python(found.value, mode="json")


def add_to(app: typer.Typer) -> None:
    """Add the three commands to the console."""
    app.command()(get)
    app.command("set", context_settings=NEGATIVE)(set_value)
    app.command()(unset)
