"""``mockserver serve``: listens until interrupted."""

from __future__ import annotations

from mockserver.cli import console
from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of


def serve(settings: Settings, *, host: str, port: int, workers: int, quiet: bool) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """
    if workers > 1:
        from mockserver.cli.workers import serve as serve_many

        serve_many(settings, host=host, port=port, workers=workers, quiet=quiet)
        return
    app = MockApp(settings, log=None if quiet else console.write_access_line)
    try:
        listener = bind(host, port)
    except OSError as error:
        raise SystemExit(console.explain_failure(error, host, port)) from error
    url, scenarios = url_of(listener), len(app.mock.fixtures.scenarios)
    UvicornServer(app, on_start=lambda: console.announce(url, settings, scenarios, quiet=quiet)).serve_on(listener)
