"""Commands whose help, version and mistakes may not be printable: then they have a status, and no traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from mockserver.cli.output import tell_error

# What `sysexits.h` calls EX_IOERR.
UNPRINTED = 74


@contextmanager
def _steady_mistakes() -> Iterator[None]:
    """Tell a mistake in the command line as click does, and end with its status also when it cannot be told."""
    try:
        yield
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(error.exit_code)


class SteadyCommand(click.Command):
    """A command that ends with 74 when click cannot print its help, and with click's status when not its mistake."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Parse the arguments. Nothing but help and versions is written meanwhile."""
        try:
            with _steady_mistakes():
                return super().make_context(*arguments, **options)
        except OSError as error:
            tell_error(f"mockserver: cannot write to stdout: {error.strerror}.")
            sys.exit(UNPRINTED)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _steady_mistakes():
            return super().invoke(ctx)


class SteadyGroup(SteadyCommand, click.Group):
    """A group of such commands."""

    command_class = SteadyCommand
