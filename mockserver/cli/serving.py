"""``mockserver serve``: listens until interrupted."""

from __future__ import annotations

import errno
import gc
import sys

import click

from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.serving.runner import Runner
from mockserver.serving.server import bind, url_of


def serve(settings: Settings, *, host: str, port: int, workers: int, quiet: bool) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """
    if workers > 1:
        from mockserver.cli.workers import serve as serve_many

        serve_many(settings, host=host, port=port, workers=workers, quiet=quiet)
        return
    app = MockApp(settings, log=None if quiet else log)
    try:
        listener = bind(host, port)
    except OSError as error:
        raise SystemExit(refusal(error, host, port)) from error
    scenarios = len(app.mock.fixtures.scenarios)
    Runner(app, on_start=lambda: announce(url_of(listener), settings, scenarios, quiet=quiet)).run(listener)


def announce(url: str, settings: Settings, scenarios: int, *, quiet: bool) -> None:
    """Says where the server listens: to programs on the first line of stdout, to people on stderr."""
    settle()
    print(f"mockserver listening on {url}", flush=True)
    if not quiet:
        click.echo(banner(url, settings, scenarios), err=True)


def settle() -> None:
    """What was made so far stays, and a call leaves next to nothing that only the garbage collector finds: looking for
    it after every few calls costs more.
    """
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def refusal(error: OSError, host: str, port: int) -> str:
    """What to tell a user whose address could not be bound."""
    if error.errno == errno.EADDRINUSE:
        return f"mockserver: port {port} on {host} is taken. Choose another with --port; 0 finds a free one."
    return f"mockserver: cannot listen on {host}:{port}: {error.strerror}."


def banner(url: str, settings: Settings, scenarios: int) -> str:
    """What a person wants to know at start."""
    unmatched = {"generate": "a generated reply", "error": "an error"}[settings.unmatched]
    rows = (
        ("scenarios", f"{scenarios} from {', '.join(settings.fixtures) or 'no fixture'}; none fits: {unmatched}"),
        ("profile", settings.profile),
        ("clients need", f"ANTHROPIC_BASE_URL={url}"),
        ("", "ANTHROPIC_API_KEY=" + (masked(settings.api_keys) or "any-key")),
        ("look inside", f"{url}/_mock/requests"),
    )
    return "\n".join(f"  {click.style(f'{name:<13}', dim=True)} {value}" for name, value in rows)


def masked(keys: tuple[str, ...]) -> str:
    """The first key, recognisable but not usable."""
    return f"{keys[0][:4]}…" if keys else ""


def log(line: str) -> None:
    """Writes an access line."""
    sys.stderr.write(line + "\n")
