"""The commands and their options: parses, builds, runs."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mockserver.cli.dashes import ADVICE, CommandAfterDashes
from mockserver.cli.output import tell_error
from mockserver.cli.steady import SteadyGroup
from mockserver.records.errors import ScenarioError
from mockserver.records.settings import PACES, PROFILES, TOOL_USES, UNMATCHED, VALIDATION, Settings
from mockserver.records.version import __version__
from mockserver.reference.prebuilt import locate_data

F = TypeVar("F", bound=Callable[..., Any])


def _option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option that may also be given as ``MOCKSERVER_<NAME>`` in the environment."""
    name = next(name for name in names if name.startswith("--")).removeprefix("--").partition("/")[0]
    attributes.setdefault("envvar", "MOCKSERVER_" + name.replace("-", "_").upper())
    attributes.setdefault("show_default", True)
    attributes.setdefault("show_envvar", True)
    return click.option(*names, **attributes)


SETTINGS: tuple[Callable[[Any], Any], ...] = (
    _option("--profile", type=click.Choice(PROFILES), default="relay", help="How strict about headers and models."),
    _option("--unmatched", type=click.Choice(UNMATCHED), default="generate", help="What answers if no scenario fits."),
    _option(
        "--validation",
        type=click.Choice(VALIDATION),
        default="strict",
        help="Refuse what the API refuses, only record it, or do not look.",
    ),
    _option("--seed", type=int, default=0, help="Chooses ids, generated texts, chunk sizes."),
    _option("--pace", type=click.Choice(PACES), default="none", help="How fast answers leave."),
    _option(
        "--tool-use",
        type=click.Choice(TOOL_USES),
        default="asked",
        help="Tools that generated answers call: of the API's own those asked for; one or all once for a text; none.",
    ),
    _option(
        "--lifecycle",
        default="",
        metavar="WHEN",
        show_default="release",
        help="The day that decides which models are retired: release (that of the catalogue), today, or a day.",
    ),
    _option("--api-key", "api_keys", multiple=True, help="A key to accept; repeat for more. None given: any key."),
    _option(
        "--accept-beta",
        "accepted_betas",
        multiple=True,
        metavar="NAME",
        help="A value of anthropic-beta to accept besides the known ones; repeat for more.",
    ),
    _option(
        "--prefix",
        "prefixes",
        multiple=True,
        metavar="PATH",
        show_default="with profile relay any, with anthropic none",
        help="A path such as /anthropic below which the API is found too, and below no other; repeat for more.",
    ),
    _option(
        "--allowed-host", "allowed_hosts", multiple=True, help="A host name besides loopback that may reach /_mock/."
    ),
    _option(
        "--allowed-origin",
        "allowed_origins",
        multiple=True,
        help="An origin whose pages may use /_mock/; repeat for more.",
    ),
)
TOKENS: tuple[Callable[[Any], Any], ...] = (
    _option(
        "--control-token",
        default="",
        metavar="TOKEN",
        show_default="none on loopback, else one made up",
        help="What /_mock/ asks for.",
    ),
    _option("--no-control-token", is_flag=True, help="/_mock/ asks for no token, whoever can reach it."),
)


def settings_options(command: F) -> F:
    """The options that describe a server, shared by ``serve`` and ``run``."""
    return _with_options(command, SETTINGS)


def token_options(command: F) -> F:
    """The options that say who may use the control interface of ``serve``."""
    return _with_options(command, TOKENS)


def _with_options(command: F, options: tuple[Callable[[Any], Any], ...]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


FIXTURES = click.argument("fixtures", nargs=-1, type=click.Path(exists=True), envvar="MOCKSERVER_FIXTURES")
EXAMPLES = _option("--examples", is_flag=True, help="The example fixtures too.")
REPORT = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=SteadyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mockserver", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """A mock server for the Anthropic Messages API."""
    # `mockserver.__main__` turns the collector off; ``serve`` turns it on again when it listens.
    if ctx.invoked_subcommand != "serve":
        gc.enable()


@main.command()
@FIXTURES
@EXAMPLES
@_option("--host", default="127.0.0.1", help="The address to listen on.")
@_option("--port", type=click.IntRange(0, 65535), default=8000, help="The port; 0 picks a free one.")
@settings_options
@token_options
@_option("--reload/--no-reload", default=False, help="Load fixtures anew when one is saved.")
@_option("--workers", type=click.IntRange(1), default=1, help="Processes; each has sessions of its own.")
@_option("--quiet", "-q", is_flag=True, help="No banner, no access log.")
def serve(
    fixtures: tuple[str, ...],
    examples: bool,
    host: str,
    port: int,
    reload: bool,
    workers: int,
    quiet: bool,
    **options: Any,
) -> None:
    """Serve the FIXTURES (scenario files or folders) until interrupted."""
    from mockserver.cli.serving import serve as serve_until_stopped

    _tell_unknown_variables()
    fixtures = (*fixtures, str(locate_data("fixtures"))) if examples else fixtures
    settings = _make_settings(fixtures=fixtures, reload=reload, **options)
    _exit_on_mistakes(lambda: serve_until_stopped(settings, host=host, port=port, workers=workers, quiet=quiet))


@main.command(cls=CommandAfterDashes)
@FIXTURES
@settings_options
@click.option("--report", type=REPORT, help="Write what happened to this file, as JSON.")
@click.option("--junit", type=REPORT, help="Write what happened to this file, as JUnit XML.")
@click.pass_obj
def run(
    command: tuple[str, ...], /, fixtures: tuple[str, ...], report: Path | None, junit: Path | None, **options: Any
) -> None:
    """Serve the FIXTURES on a free port, run COMMAND against it, stop, and exit with the command's status.

    A report that cannot be written is told on stderr; the status of a command that succeeded is then 74.
    """
    from mockserver.cli.running import run as run_command

    if not command:
        raise click.UsageError(f"No command to run. {ADVICE}")
    _tell_unknown_variables()
    settings = _make_settings(fixtures=fixtures, **options)
    sys.exit(_exit_on_mistakes(lambda: run_command(settings, command, report=report, junit=junit)))


@main.command()
@click.argument("fixtures", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How to print.")
def check(fixtures: tuple[str, ...], form: str) -> None:
    """Look for mistakes in FIXTURES; exit 1 when there is one."""
    from mockserver.cli.checking import check as check_fixtures

    sys.exit(check_fixtures(fixtures, form))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--typescript",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The TypeScript SDK; by default the one in node_modules here or above.",
)
def drift(as_json: bool, typescript: Path | None) -> None:
    """Say where the server differs from the SDKs installed here, and what that means; exit 1 when it does."""
    from mockserver.cli.drifting import drift as show_drift

    sys.exit(show_drift(typescript, as_json=as_json))


def _tell_unknown_variables() -> None:
    """Tell of variables in the environment that were meant for an option and are none. They stop nothing."""
    from mockserver.cli.variables import find_unknown, list_variables

    for line in find_unknown(os.environ, list_variables(main)):
        tell_error(line)


T = TypeVar("T")


def _make_settings(**values: Any) -> Settings:
    """The settings; a value that the options let pass and the settings do not is a mistake in the command line."""
    try:
        return Settings(**values)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _exit_on_mistakes(work: Callable[[], T]) -> T:
    """Do the work; exit with a message instead of a trace when there are mistakes in fixtures."""
    try:
        return work()
    except ScenarioError as error:
        from mockserver.records.masks import show_line

        for problem in error.problems:
            tell_error(show_line(str(problem)))
        count = len(error.problems)
        tell_error(f"mockserver: {count} mistake{'s' * (count != 1)} in the fixtures, not started")
        sys.exit(2)
