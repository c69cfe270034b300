"""The console's options for settings, derived from their descriptions (app/model/about.py)."""

import inspect
import re
import shlex
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import wraps
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, Final, TypeVar

import typer

from app.cli.completion import gateway_numbers, interface_names
from app.model.about import Setting

_COMPLETIONS: Final[Mapping[str, Callable[[str], Any]]] = {"interface": interface_names, "gateway": gateway_numbers}
_UNITS: Final = {"s": "SECONDS", "probes": "COUNT"}
_METAVARS: Final[Mapping[type, str]] = {
    IPv4Address: "ADDRESS",
    IPv4Network: "NETWORK",
    float: "NUMBER",
    int: "NUMBER",
    tuple: "LIST",
}

Command = TypeVar("Command", bound=Callable[..., None])
Typed = dict[str, Any]
"""The settings that were typed, by name; None and () take a value back."""


def with_options(*settings: Setting, literal: Container[str] = ()) -> Callable[[Command], Command]:
    """Give a command an option for each setting; it gets those that were typed as its argument `typed`.

    `literal`: the settings that have no word for no value, because a name may be typed there.
    """

    def decorated(command: Command) -> Command:
        @wraps(command)
        def called(*positional: Any, **named: Any) -> None:
            given = {one.name: named.pop(one.name) for one in settings}
            typed = {
                one.name: given[one.name] if one.name in literal else value_of(one, given[one.name])
                for one in settings
                if given[one.name] is not None
            }
            command(*positional, **named, typed=typed)

        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.name != "typed"]
        options = [_parameter(one) for one in settings]
        called.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in (*own, *options)}
        return called  # type: ignore[return-value]

    return decorated


def value_of(setting: Setting, text: Any) -> Any:
    """What was typed, for the model to judge. The word for no value is None; `none` is an empty list."""
    if setting.kind is tuple and text in {"none", setting.nothing}:
        return None if setting.optional and text == setting.nothing else ()
    return None if setting.optional and text == setting.nothing else text


def typed_value(setting: Setting, value: Any) -> str:
    """A value as one word that `value_of` takes for the same."""
    if value is None:
        return setting.nothing
    return "none" if value == () else shlex.quote(setting.text(value))


def options_text(settings: Iterable[Setting], values: object) -> Iterator[str]:
    """The options that make these values, without those that have their default."""
    for setting in settings:
        value = getattr(values, setting.name)
        if value == setting.default:
            continue
        if setting.kind is bool:
            yield setting.option.split("/")[0 if value else 1]
        else:
            yield f"{setting.option} {shlex.quote(setting.text(value))}"


def metavar(setting: Setting) -> str:
    """What stands for the value in the help: its values, its bounds, or the kind of thing that it is."""
    if setting.values:
        plain = "|".join(map(str, setting.values))
    elif setting.kind is int and setting.low is not None and setting.high is not None and not setting.about.unit:
        plain = f"{setting.low:g}..{setting.high:g}"
    else:
        plain = _UNITS.get(setting.about.unit) or _METAVARS.get(setting.kind, "TEXT")
    return f"{plain}|{setting.nothing}" if setting.nothing else plain


def _parameter(setting: Setting) -> inspect.Parameter:
    typed: Any
    if setting.kind is bool:
        typed = Annotated[bool | None, typer.Option(setting.option, help=_help(setting), show_default=False)]
    else:
        option = typer.Option(
            setting.option, metavar=metavar(setting), help=_help(setting), autocompletion=_completion(setting)
        )
        typed = Annotated[str | None, option]
    return inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=typed)


def _help(setting: Setting) -> str:
    """The description without what an empty field of a form means: the console says that with a word."""
    return re.sub(r" ?Empty: [^.]*\.", "", f"{setting.about.title}. {setting.about.help}").rstrip()


def _completion(setting: Setting) -> Callable[[str], Any] | None:
    if setting.values:
        return lambda incomplete: [str(one) for one in setting.values if str(one).startswith(incomplete)]
    return _COMPLETIONS.get(setting.name)
