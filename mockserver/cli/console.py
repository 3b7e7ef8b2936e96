"""Console output of a server: its address, a banner, access lines, and the reason when it cannot listen."""

from __future__ import annotations

import errno
import gc
import sys

import click

from mockserver.records.masks import mask
from mockserver.records.settings import Settings
from mockserver.records.terminal import escape_line


def announce(url: str, settings: Settings, scenarios: int, *, quiet: bool) -> None:
    """Says where the server listens: to programs on the first line of stdout, to people on stderr."""
    tune_collector()
    print(f"mockserver listening on {url}", flush=True)
    if not quiet:
        click.echo(_make_banner(url, settings, scenarios), err=True)


def tune_collector() -> None:
    """Turns the garbage collector on, for a server that is ready.

    The objects made so far live as long as the server, and a call leaves hardly any garbage in cycles: the default
    thresholds would collect far too often.
    """
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


def explain_failure(error: OSError, host: str, port: int) -> str:
    """Why an address could not be bound, and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        return f"mockserver: port {port} on {host} is taken. Choose another with --port; 0 finds a free one."
    return f"mockserver: cannot listen on {host}:{port}: {error.strerror}."


def write_access_line(line: str) -> None:
    """Writes an access line."""
    sys.stderr.write(line + "\n")


def _make_banner(url: str, settings: Settings, scenarios: int) -> str:
    unmatched = {"generate": "a generated reply", "error": "an error"}[settings.unmatched]
    rows = (
        ("scenarios", f"{scenarios} from {', '.join(settings.fixtures) or 'no fixture'}; none fits: {unmatched}"),
        ("profile", settings.profile),
        ("clients need", f"ANTHROPIC_BASE_URL={url}"),
        ("", "ANTHROPIC_API_KEY=" + (_mask_first_key(settings.api_keys) or "any-key")),
        ("look inside", f"{url}/_mock/requests"),
    )
    return "\n".join(f"  {click.style(f'{name:<13}', dim=True)} {escape_line(value)}" for name, value in rows)


def _mask_first_key(keys: tuple[str, ...]) -> str:
    """The first key, recognisable but not usable."""
    return mask(keys[0]) if keys else ""
