"""The command line of another program behind two dashes: ``mockserver run FIXTURES -- COMMAND``."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from mockserver.cli.steady import SteadyCommand
from mockserver.records.masks import show_line

DASHES = "--"
# What may stand before the dashes, by the name of the command.
_EXAMPLES = {"run": "fixtures/", "record": "--to cassettes/"}


class CommandAfterDashes(SteadyCommand):
    """Takes the arguments after the first ``--`` as the command line of another program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the dashes; without them, say so with whatever mistake that leads to.

        Raises:
            click.UsageError: there is a mistake.
        """
        own, command = args, []
        if DASHES in args:
            at = args.index(DASHES)
            own, command = args[:at], args[at + 1 :]
        ctx.obj = tuple(command)
        given = tuple(own)  # click empties the list
        try:
            return super().parse_args(ctx, own)
        except click.UsageError as error:
            if DASHES in args:
                raise
            raise click.UsageError(f"{error.format_message()} {advise(given, str(ctx.info_name))}", ctx) from error

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The pieces of the usage line."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]


class CommandBeforeDashes(SteadyCommand):
    """Leaves the first ``--`` and what follows alone, and keeps it as the context's ``obj``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the dashes."""
        at = args.index(DASHES) if DASHES in args else len(args)
        ctx.obj = tuple(args[at:])
        return super().parse_args(ctx, args[:at])


def show_dashes(name: str) -> str:
    """Where the command line of another program belongs, in a command of ours of this name."""
    return f"Write it behind two dashes: mockserver {name} {_EXAMPLES[name]} -- pytest"


def advise(args: Sequence[str], name: str = "run") -> str:
    """Where the dashes belong: before the first argument that is a program and no fixture."""
    for at, arg in enumerate(args):
        if not arg.startswith("-") and not Path(arg).exists() and shutil.which(arg):
            # Values of options and the arguments of the command may be secret.
            before = "…" if any(each.startswith("-") for each in args[:at]) else shlex.join(args[:at])
            line = " ".join(filter(None, (before, DASHES, shlex.quote(arg), "…" if args[at + 1 :] else "")))
            return f"The command belongs behind two dashes: mockserver {name} {show_line(line)}"
    return f"Is a command meant? {show_dashes(name)}"
