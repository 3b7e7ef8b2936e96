"""``mockserver run``: a server around another program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mockserver.server import MockServer
from mockserver.settings import Settings

KEY = "mock-key"


def run(settings: Settings, command: Sequence[str], *, report: Path | None, junit: Path | None) -> int:
    """Runs the command against a server of its own and returns the command's exit status.

    127 stands for a command that was not found, 126 for one that could not be started, 128 + N for one ended by
    signal N: what a shell would say.
    """
    key = settings.api_keys[0] if settings.api_keys else KEY
    with MockServer(**asdict(settings)) as server:
        status = _execute(command, {**os.environ, **variables(server.url, key)})
        if report or junit:
            from mockserver.cli.reporting import write

            write(server.mock.state, status, report=report, junit=junit)
    return status


def variables(url: str, key: str) -> dict[str, str]:
    """The environment variables by which the official SDKs find the server."""
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": key}


def _execute(command: Sequence[str], environment: Mapping[str, Any]) -> int:
    try:
        status = subprocess.call(command, env=environment)  # noqa: S603  # running it is what the user asked for
    except FileNotFoundError:
        click.echo(f"mockserver: {command[0]}: command not found", err=True)
        return 127
    except OSError as error:
        click.echo(f"mockserver: {command[0]}: {error.strerror}", err=True)
        return 126
    return status if status >= 0 else 128 - status
