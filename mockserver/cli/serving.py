"""``mockserver serve``: listens until interrupted."""

from __future__ import annotations

from functools import partial

from mockserver.cli import console
from mockserver.cli.access_log import log_request
from mockserver.cli.output import steady_output
from mockserver.cli.recording import tell_recording
from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.serving.reach import protect
from mockserver.serving.recording import check_address
from mockserver.serving.server import UvicornServer, url_of


def serve(settings: Settings, *, host: str, port: int, workers: int, quiet: bool, config: str = "") -> None:
    """Serves until SIGINT or SIGTERM. ``config`` names the config file, if there is one.

    Raises:
        ScenarioError: the fixtures hold mistakes.
        RecordingError: nothing can be recorded, or there is nothing to replay.
    """
    given, settings = settings.control_token, protect(settings, host)
    token = "" if given else settings.control_token
    if workers > 1:
        from mockserver.cli.workers import serve as serve_many

        serve_many(settings, host=host, port=port, workers=workers, token=token, quiet=quiet, config=config)
        return
    tls = console.read_certificate(settings)
    app = MockApp(settings, log=None if quiet else log_request)
    check_address(app.mock, host, port)
    listener = console.listen(host, port)
    announce = partial(
        console.announce,
        url_of(listener, tls),
        settings,
        app.mock.fixtures,
        host=host,
        token=token,
        quiet=quiet,
        config=config,
        records=app.mock.recorders.find("") is not None,
        gateway=app.mock.gateway,
    )
    with steady_output(), tell_recording(app.mock, quiet=quiet):
        UvicornServer(app, announce, tls).serve_on(listener)
