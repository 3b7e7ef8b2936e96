"""The commands and their options: parses, builds, runs."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mockserver.cli.dashes import CommandAfterDashes, CommandBeforeDashes, show_dashes
from mockserver.cli.exchanges import export_command, import_command
from mockserver.cli.options import exit_on_mistakes, make_settings, name_config, settle, take_options
from mockserver.cli.output import tell_error
from mockserver.cli.steady import SteadyGroup
from mockserver.records.errors import ScenarioError
from mockserver.records.version import __version__


@click.group(cls=SteadyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mockserver", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """A mock server for the Anthropic Messages API."""
    # `mockserver.__main__` turns the collector off; ``serve`` turns it on again when it listens.
    if ctx.invoked_subcommand != "serve":
        gc.enable()


@main.command(short_help="Serve scenario files and folders until interrupted.")
@take_options("serve")
@click.pass_context
def serve(ctx: click.Context, /, **_: Any) -> None:
    """Serve the FIXTURES (scenario files or folders) until interrupted."""
    from mockserver.cli.serving import serve as serve_until_stopped

    _tell_unknown_variables()
    settle(ctx)
    settings, given = make_settings(ctx.params), ctx.params
    where = {name: given[name] for name in ("host", "port", "workers", "quiet")}
    _exit_on_mistakes(lambda: serve_until_stopped(settings, **where, config=name_config(ctx)))


@main.command(cls=CommandAfterDashes, short_help="Serve scenario files while a command runs.")
@take_options("run")
@click.pass_context
def run(ctx: click.Context, /, **_: Any) -> None:
    """Serve the FIXTURES, run COMMAND against it, stop, and exit with the command's status.

    A report that cannot be written is told on stderr; the status of a command that succeeded is then 74.
    """
    _run(ctx)


@main.command(cls=CommandAfterDashes, short_help="Record what the real API answers to a command.")
@take_options("run", flags={"record": "to"})
@click.pass_context
def record(ctx: click.Context, /, **_: Any) -> None:
    """Run COMMAND, forward what no scenario answers to the upstream, and record it in the folder of --to.

    The cassettes there, and the FIXTURES, answer what they know. As "mockserver run --record DIR", which needs no --to.
    """
    if not ctx.params["record"]:
        raise click.UsageError("Missing option '--to': the folder for what is recorded, such as --to cassettes/")
    _run(ctx)


def _run(ctx: click.Context) -> None:
    """Run the command behind the dashes, and exit with its status."""
    from mockserver.cli.running import run as run_command

    if not ctx.obj:
        raise click.UsageError(f"No command to run. {show_dashes(str(ctx.info_name))}")
    _tell_unknown_variables()
    settle(ctx)
    settings, given = make_settings(ctx.params), ctx.params
    where = {name: given[name] for name in ("host", "port", "report", "junit", "html", "quiet")}
    sys.exit(_exit_on_mistakes(lambda: run_command(settings, ctx.obj, **where, config=name_config(ctx))))


@main.command(short_help="Look for mistakes in scenario files.")
@take_options("check")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How to print.")
def check(fixtures: tuple[str, ...], gateway: str, form: str) -> None:
    """Look for mistakes in FIXTURES and in the file of a gateway, or in those of the config file; exit 1 when there is
    one.
    """
    from mockserver.cli.checking import check as check_fixtures

    _tell_unknown_variables()
    if not fixtures and not gateway:
        raise click.UsageError("Missing argument 'FIXTURES...': there are none in a config file either.")
    try:
        sys.exit(check_fixtures(fixtures, form, gateway))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@main.command(
    cls=CommandBeforeDashes,
    context_settings={"ignore_unknown_options": True},
    short_help="Print which options hold, and who says so.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[serve|run] [OPTIONS]")
@click.pass_context
def config(ctx: click.Context, command: tuple[str, ...], as_json: bool) -> None:
    """Print what holds for serve (or run), called with OPTIONS here and now, and where each value comes from."""
    from mockserver.cli.configuring import show

    _tell_unknown_variables()
    name = command[0] if command and command[0] in ("serve", "run") else ""
    chosen = main.commands[name or "serve"]
    with chosen.make_context(name or "serve", [*command[bool(name) :], *ctx.obj], parent=ctx.parent) as inner:
        sys.exit(show(inner, as_json=as_json))


def _read_age(_ctx: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """The seconds of --max-age."""
    from mockserver.records.moments import read_duration

    try:
        age = None if value is None else read_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if age is not None and age <= 0:
        raise click.BadParameter("expected a duration above zero, such as 90d")
    return age


@main.command(short_help="Compare with the SDKs installed here, or cassettes with the API.")
@click.argument("cassettes", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[CASSETTES]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--typescript",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The TypeScript SDK; by default the one in node_modules here or above.",
)
@click.option(
    "--upstream",
    default="",
    metavar="URL",
    envvar="MOCKSERVER_UPSTREAM",
    show_envvar=True,
    show_default="$ANTHROPIC_BASE_URL, else https://api.anthropic.com",
    help="Whom to ask again.",
)
@click.option("--max-age", callback=_read_age, metavar="AGE", help="Cassettes older than this have drifted: 90d.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write JUnit XML there.")
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="An earlier report of --json: what it tells is known, and told no more.",
)
@click.pass_context
def drift(
    ctx: click.Context, /, cassettes: tuple[Path, ...], as_json: bool, typescript: Path | None, **given: Any
) -> None:
    """Say where the server differs from the SDKs installed here, and what that means; exit 1 when it does.

    With CASSETTES (files or folders) make their requests again, at --upstream with the key in ANTHROPIC_API_KEY, and
    say where the answers have another shape; exit 1 when one has, 2 when something could not be checked.
    """
    from mockserver.cli.drifting import drift as show_drift

    if not cassettes:
        if any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in given):
            raise click.UsageError("--upstream, --max-age, --junit and --baseline go with cassettes: name some.")
        sys.exit(show_drift(typescript, as_json=as_json))
    if typescript:
        raise click.UsageError("--typescript goes without cassettes.")
    from mockserver.cli.cassette_drift import Options, drift_cassettes

    sys.exit(drift_cassettes(cassettes, Options(**given, as_json=as_json)))


main.add_command(import_command)
main.add_command(export_command)


@main.group(cls=SteadyGroup, short_help="Look at what a store of --store holds, or clear it.")
def store() -> None:
    """Look at what a folder that a server was given with --store holds, or a mock on an engine; or clear it."""


_STORE = click.argument("where", metavar="DIR|URL")


@store.command("info", short_help="Say what a store holds.")
@_STORE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def store_info(where: str, as_json: bool) -> None:
    """Say what a store holds, of which version it is, and whether a server uses it."""
    from mockserver.cli.storing import show_info

    sys.exit(show_info(where, as_json=as_json))


@store.command("clear", short_help="Remove all that a store holds.")
@_STORE
def store_clear(where: str) -> None:
    """Remove all that a store holds, and say what that was. Refuses one that a server uses; asks nothing."""
    from mockserver.cli.storing import clear_store

    sys.exit(clear_store(where))


def _tell_unknown_variables() -> None:
    """Tell of variables in the environment that were meant for an option and are none. They stop nothing."""
    from mockserver.cli.variables import find_unknown, list_variables

    for line in find_unknown(os.environ, list_variables(main)):
        tell_error(line)


T = TypeVar("T")


def _exit_on_mistakes(work: Callable[[], T]) -> T:
    """Do the work; exit with a message instead of a trace when there are mistakes in fixtures, the folder of the store
    cannot be used, or nothing can be recorded.
    """
    from mockserver.recordings.errors import RecordingError
    from mockserver.store.errors import StoreError

    try:
        return work()
    except ScenarioError as error:
        exit_on_mistakes(error, "the fixtures")
    except (StoreError, RecordingError) as error:
        from mockserver.records.masks import show_line

        tell_error(show_line(f"mockserver: {error}"))
        sys.exit(2)
