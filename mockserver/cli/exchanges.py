"""The commands that take exchanges in and give them out: parses, runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from mockserver.records.option import PREFIX

_PATH = click.Path(path_type=Path)


def _check_patterns(_: click.Context, __: click.Parameter, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if patterns:
        from mockserver.recordings.redacting import make_rules

        try:
            make_rules(patterns)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return patterns


_redact = click.option(
    "--redact",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    callback=_check_patterns,
    help="What to take out besides secrets: a regular expression, or a JSONPath ($...); repeat for more.",
)


_replace = click.option("--replace", "replaces", is_flag=True, help="Write cassettes anew that are there already.")


@click.command("import", short_help="Make cassettes of recordings of other tools.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@click.option("--to", required=True, type=_PATH, metavar="DIR", help="The folder of the cassettes.")
@_replace
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be written, and write nothing.")
@_redact
def import_command(
    files: tuple[Path, ...], to: Path, patterns: tuple[str, ...], *, replaces: bool, is_dry: bool
) -> None:
    """Make cassettes of recordings: of vcrpy and its relatives, HAR, aimock, JSON lines, or a journal of this server.

    Folders are searched. Exits with 1 when some traffic of the Messages API could not be read, with 2
    when nothing was imported.
    """
    from mockserver.cli.importing import import_files

    sys.exit(import_files(files, to, patterns, replaces=replaces, is_dry=is_dry))


# What a server makes of its journal itself.
_OF_JOURNALS = ("html", "json", "scenarios")


@click.command("export", short_help="Write a server's journal, or cassettes, in the form of other tools.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[CASSETTES]...")
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The server whose journal it is, without CASSETTES.",
)
@click.option("--session", default="", metavar="NAME", help="Its requests of this session only.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["cassette", "har", "jsonl", *_OF_JOURNALS]),
    default="cassette",
    show_default=True,
    help="The form.",
)
@click.option(
    "-o",
    "--output",
    "to",
    required=True,
    type=_PATH,
    metavar="PATH",
    help="A file, - for stdout; of cassettes the folder.",
)
@_replace
@_redact
def export_command(
    files: tuple[Path, ...], url: str, session: str, form: str, to: Path, patterns: tuple[str, ...], *, replaces: bool
) -> None:
    """Write what a running server received and answered, or what CASSETTES hold, as cassettes, HAR 1.2 or JSON lines.

    A journal also becomes a page for browsers (html), the data of that page (json), or a file of scenarios that
    answer once more as it did (scenarios).

    The token of its control interface is read from MOCKSERVER_CONTROL_TOKEN.
    """
    if files and session:
        raise click.UsageError("--session goes without cassettes: it is one of a server's.")
    if form in _OF_JOURNALS and (files or patterns):
        raise click.UsageError(f"--format {form} is of a server's journal: it goes without cassettes and --redact.")
    if form == "cassette" and str(to) == "-":
        raise click.UsageError("Cassettes are files in a folder: say -o FOLDER, or --format jsonl.")
    from mockserver.cli.exporting import export, fetch

    token = os.environ.get(f"{PREFIX}CONTROL_TOKEN", "")
    if form in _OF_JOURNALS:
        sys.exit(fetch(url, form, session, to, token))
    sys.exit(export(files, url, form, session, to, token, patterns, replaces=replaces))
