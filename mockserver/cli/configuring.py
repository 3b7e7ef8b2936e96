"""``mockserver config``: prints the options of a command, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from msgspec import Struct

from mockserver.cli.options import CONFIG, make_settings, settle
from mockserver.cli.output import tell
from mockserver.cli.steady import UNPRINTED
from mockserver.records.masks import HIDDEN, mask, mask_text, show_line
from mockserver.records.option import Option
from mockserver.records.options import options_of

if TYPE_CHECKING:
    from mockserver.config.reading import Config


class Held(Struct, frozen=True):
    """An option as it holds: ``source`` is one of option, environment, file and default; ``where`` names it."""

    name: str
    value: Any
    source: str
    where: str


def show(ctx: click.Context, *, as_json: bool) -> int:
    """Print the values of a command that was parsed and is not run; returns the exit status.

    Raises:
        click.UsageError: the values do not go together.
    """
    settle(ctx)
    make_settings(ctx.params)
    config: Config | None = ctx.meta.get(CONFIG)
    held = [_explain(ctx, option, config) for option in options_of(str(ctx.command.name)).values()]
    text = _write_json(ctx, config, held) if as_json else "\n".join(_write_lines(ctx, config, held))
    return 0 if tell(text) else UNPRINTED


def _explain(ctx: click.Context, option: Option, config: Config | None) -> Held:
    user, source = str(ctx.command.name), ctx.get_parameter_source(option.key)
    value = _hide(option, ctx.params[option.key])
    if source is ParameterSource.COMMANDLINE:
        flag = f"--no-{option.name}" if value is False else f"--{option.name}"
        return Held(option.key, value, "option", "argument" if option.argument else f"option {flag}")
    if source is ParameterSource.ENVIRONMENT:
        return Held(option.key, value, "environment", f"environment {option.variable}")
    if source is ParameterSource.DEFAULT_MAP and config is not None:
        return Held(option.key, value, "file", str(config.place(user, option.key)))
    return Held(option.key, value, "default", "default")


def _hide(option: Option, value: Any) -> Any:
    """The value as it may be shown, as JSON has it."""
    if isinstance(value, list | tuple):
        return [_hide(option, each) for each in value]
    if option.secret and value:
        # A key may be known by its ends, a token or a password by nothing.
        return mask(value) if option.is_several else HIDDEN
    return value if isinstance(value, bool | int | None) else mask_text(str(value))


def _write_json(ctx: click.Context, config: Config | None, held: list[Held]) -> str:
    rows = {
        each.name: {
            "value": each.value,
            "source": each.source,
            "where": each.where if each.source != "default" else None,
        }
        for each in held
    }
    file = str(Path(config.file).absolute()) if config else None
    shown = {"command": ctx.command.name, "file": file, "options": rows}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _write_lines(ctx: click.Context, config: Config | None, held: list[Held]) -> Iterator[str]:
    found = f"config file {config.file}" if config else "no config file"
    yield show_line(f"# {ctx.command.name}, with {found}")
    names = max(len(each.name) for each in held)
    values = {each.name: _write_value(each.value) for each in held}
    width = min(max(map(len, values.values())), 40)
    for each in held:
        yield show_line(f"{each.name:<{names}}  {values[each.name]:<{width}}  {each.where}")


def _write_value(value: Any) -> str:
    if value in (None, "", []):
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
