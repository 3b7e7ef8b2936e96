"""The options of the commands, made of the table in ``records/options.py``, and where each value comes from.

The config file is handed to click as the map of defaults, so that an option and a variable win over it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.core import ParameterSource
from msgspec.structs import replace

from mockserver.cli.output import tell_error
from mockserver.records.config_names import CONFIG as CONFIG_FILE
from mockserver.records.config_names import PYPROJECT, TABLE
from mockserver.records.errors import ScenarioError
from mockserver.records.option import PREFIX, Option
from mockserver.records.options import RIVALS, options_of
from mockserver.records.settings import Settings, SettingWords
from mockserver.records.specs import EnumOf, Flag, Number, Whole
from mockserver.reference.prebuilt import locate_data

if TYPE_CHECKING:
    from mockserver.config.reading import Config

F = TypeVar("F", bound=Callable[..., Any])
# Where the context of a command keeps its config file.
CONFIG, NO_CONFIG = "mockserver.config", "mockserver.no_config"
_ONE_OF_THEM = "--config and --no-config: give one of them."
NO_FLAGS: Mapping[str, str] = {}
# Commands that run another program.
_RUNNERS = ("run", "record")
_NEARNESS = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


def take_options(user: str, *keys: str, flags: Mapping[str, str] = NO_FLAGS) -> Callable[[F], F]:
    """Give a command the options of a user in the table, or the named ones of them, and those of the config file.

    ``flags`` are names of options on the command line, by key, where they are others than in the table.
    """

    def decorate(command: F) -> F:
        for key, option in reversed(options_of(user).items()):
            if not keys or key in keys:
                named = replace(option, flag=flags[key]) if key in flags else option
                command = _make_parameter(named, user, option.variable)(command)
        # Without a place on the command line, the one that is given last here is looked at first.
        for parameter in _make_config_parameters(user):
            command = parameter(command)
        return command

    return decorate


def make_settings(values: Mapping[str, Any]) -> Settings:
    """The settings among the values of a command.

    Raises:
        click.UsageError: the settings do not take a value that the options let pass.
    """
    fixtures = tuple(map(str, values["fixtures"]))
    if values.get("examples"):
        fixtures = (*fixtures, str(locate_data("fixtures")))
    try:
        settings = Settings(
            fixtures=fixtures, **{key: value for key, value in values.items() if key in SettingWords.__annotations__}
        )
        if settings.gateway:
            _check_gateway(settings.gateway)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return settings


def _check_gateway(name: str) -> None:
    """Tell the mistakes in the file of a gateway, and exit where there are some; they stand in no fixture."""
    from mockserver.gateways.reading import load

    try:
        load(name)
    except ScenarioError as error:
        exit_on_mistakes(error, "the file of the gateway")


def name_config(ctx: click.Context) -> str:
    """The config file of a command; "" when there is none."""
    config: Config | None = ctx.meta.get(CONFIG)
    return config.file if config else ""


def settle(ctx: click.Context) -> None:
    """Drop what does not hold: of two options that contradict each other the one that is further away, and the token
    for a server of ``run`` (``record``) on this machine alone, unless it is an option: a variable of that name is meant
    for others.
    """
    given = [(key, _NEARNESS.index(source)) for key in RIVALS if (source := _find_source(ctx, key)) in _NEARNESS]
    nearest = min((rank for _, rank in given), default=0)
    is_own = ctx.command.name in _RUNNERS and _is_loopback(ctx.params["host"])
    for key, rank in given:
        if rank > nearest or (is_own and rank > 0):
            ctx.params[key] = options_of("serve")[key].default
            ctx.set_parameter_source(key, ParameterSource.DEFAULT)


def _find_source(ctx: click.Context, key: str) -> ParameterSource | None:
    """Where the value of an option comes from, if it says anything."""
    return ctx.get_parameter_source(key) if ctx.params.get(key) else None


def _is_loopback(host: str) -> bool:
    from mockserver.serving.reach import is_loopback

    return is_loopback(host)


def exit_on_mistakes(error: ScenarioError, where: str) -> NoReturn:
    """Tell mistakes, a line each, and exit."""
    from mockserver.records.masks import show_line

    for problem in error.problems:
        tell_error(show_line(str(problem)))
    count = len(error.problems)
    tell_error(f"mockserver: {count} mistake{'s' * (count != 1)} in {where}, not started")
    sys.exit(2)


def _make_parameter(option: Option, user: str, variable: str) -> Callable[[Any], Any]:
    default = option.default_for(user)
    if option.argument:
        return click.argument(option.key, nargs=-1, type=click.Path(exists=user != "check"), envvar=variable)
    flag = f"--{option.name}"
    if isinstance(option.spec, Flag) and option.off:
        flag += f"/--no-{option.name}"
    names = [flag, option.key, *([f"-{option.short}"] if option.short else [])]
    return click.option(
        *names,
        type=_choose_type(option),
        is_flag=isinstance(option.spec, Flag),
        default=default,
        multiple=option.is_several,
        envvar=variable,
        help=option.help,
        metavar=option.metavar or None,
        show_default=option.shown if option.shown and default == option.default else True,
        show_envvar=True,
    )


def _choose_type(option: Option) -> Any:
    if isinstance(option.spec, Flag):
        return None
    if isinstance(option.spec, EnumOf):
        return click.Choice(option.spec.names)
    if isinstance(option.spec, Number):
        return click.FloatRange(option.spec.above, min_open=True)
    if isinstance(option.spec, Whole):
        bounds = option.spec.low, option.spec.high
        return int if bounds == (None, None) else click.IntRange(*bounds)
    if option.path == "out":
        return click.Path(dir_okay=False, path_type=Path)
    return click.Path(dir_okay=False) if option.path == "file" else str


def _make_config_parameters(user: str) -> tuple[Callable[[Any], Any], ...]:
    """The options that name the config file. Click looks first at the one that stands first, and they check that."""

    def refuse(ctx: click.Context, parameter: click.Parameter, is_off: bool) -> None:
        if is_off and _is_named(ctx, parameter) and CONFIG in ctx.meta:
            raise click.UsageError(_ONE_OF_THEM, ctx)
        ctx.meta[NO_CONFIG] = is_off

    def read(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> None:
        is_off, is_named = ctx.meta.get(NO_CONFIG), _is_named(ctx, parameter)
        if is_off and is_named:
            raise click.UsageError(_ONE_OF_THEM, ctx)
        if not ctx.resilient_parsing and not is_off:
            _read_config(ctx, user, path)

    shared: dict[str, Any] = {"is_eager": True, "expose_value": False, "show_envvar": True}
    return (
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="FILE",
            callback=read,
            envvar=f"{PREFIX}CONFIG",
            show_default=f"{CONFIG_FILE}, or [{TABLE}] in {PYPROJECT}, here or above",
            help="The file with options.",
            **shared,
        ),
        click.option(
            "--no-config",
            is_flag=True,
            callback=refuse,
            envvar=f"{PREFIX}NO_CONFIG",
            help="Read no such file.",
            **shared,
        ),
    )


def _is_named(ctx: click.Context, parameter: click.Parameter) -> bool:
    return ctx.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE


def _read_config(ctx: click.Context, user: str, path: Path | None) -> None:
    """Take the values of the config file, if there is one, for defaults."""
    from mockserver.config.finding import find_here
    from mockserver.config.reading import load

    path = path or find_here()
    if path is None:
        return
    try:
        config: Config = load(Path(_shorten(str(path))))
    except ScenarioError as error:
        exit_on_mistakes(error, "the config file")
    ctx.meta[CONFIG], values = config, config.options(user)
    if "fixtures" in values:
        values["fixtures"] = tuple(map(_shorten, values["fixtures"]))
    ctx.default_map = {**(ctx.default_map or {}), **values}


def _shorten(path: str) -> str:
    """A path as it would be written here: messages and the journal repeat it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return path
