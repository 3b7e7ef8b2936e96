"""``mockserver run``: a server around another program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import asdict, replace

from mockserver.cli.console import explain_failure, read_certificate
from mockserver.cli.output import steady_output, tell_error
from mockserver.cli.recording import list_played, tell_recording
from mockserver.cli.reporting import is_same_file, write_reports
from mockserver.cli.trusting import trust
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.testing.environment import UNWANTED, list_variables
from mockserver.testing.server import MockServer
from mockserver.testing.sources import FOR_PAGE, VARIABLE, ServerSource, Source, find_handovers

KEY = "mock-key"
# What `sysexits.h` calls EX_IOERR.
UNREPORTED = 74
# For a report of every request, only the bytes of all together are bounded.
MANY = 10**9


def run(
    settings: Settings,
    command: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    quiet: bool = False,
    config: str = "",
    report: Path | None = None,
    junit: Path | None = None,
    html: Path | None = None,
) -> int:
    """Runs the command against a server of its own and returns the command's exit status.

    127 stands for a command that was not found, 126 for one that could not be started, 128 + N for one ended by
    signal N: what a shell would say. 74 stands for a command that succeeded, and a report that could not be written.
    ``config`` names the config file, if there is one.
    """
    reports = {"report": _resolve_dash(report), "junit": _resolve_dash(junit), "html": _resolve_dash(html)}
    if is_reported := any(reports.values()):
        _prepare_reports(reports)
        settings = hold_more(settings)
    read_certificate(settings)  # exits when it cannot be used
    server = _make_server(settings, host, port)
    own = ServerSource.begin(server.mock)
    with (
        steady_output(),
        _make_handover(reports) as folder,
        tell_recording(server.mock, quiet=quiet),
        _start(server, host, port),
        trust(server.tls, os.environ) as trusted,
    ):
        environment = _lead_command(server, {**trusted, **({VARIABLE: str(folder)} if folder else {})})
        if not quiet:
            tell_error(_describe(server.url, environment, config))
        status = _run_command(command, environment)
        sources = _list_sources(own, folder) if is_reported else []
        if sources and not write_reports(sources, status, list_played(server.mock), _name_report(command), **reports):
            return status or UNREPORTED
    return status


def _lead_command(server: MockServer, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment by which the command finds the server, with ``extra``."""
    unwanted = () if forwards_auth(server) else UNWANTED
    return make_environment(os.environ, {**client_variables(server), **extra}, host_of(server.url), unwanted)


def forwards_auth(server: MockServer) -> bool:
    """Whether clients send their own keys, which are the upstream's."""
    recorder = server.mock.recorders.find("")
    return recorder is not None and recorder.upstream.forwards_auth


def _make_server(settings: Settings, host: str, port: int) -> MockServer:
    options = asdict(settings)
    return MockServer(*options.pop("fixtures"), host=host, port=port, **options)


def _list_sources(own: Source, folder: Path | None) -> list[Source]:
    return [own, *(find_handovers(folder) if folder else ())]


def hold_more(settings: Settings) -> Settings:
    """The settings of a server whose requests are to be reported: only bytes bound its journal and its sessions."""
    return replace(settings, journal_entries=MANY, max_sessions=MANY)


def client_variables(server: MockServer) -> dict[str, str]:
    """The environment variables by which the official SDKs find the server, and tests its control interface."""
    settings = server.settings
    key = settings.api_keys[0] if settings.api_keys else KEY
    token = {"MOCKSERVER_CONTROL_TOKEN": settings.control_token} if settings.control_token else {}
    return {**list_variables(server.url, None if forwards_auth(server) else key), **token}


def make_environment(
    inherited: Mapping[str, str],
    extra: Mapping[str, str],
    host: str = "127.0.0.1",
    unwanted: Collection[str] = UNWANTED,
) -> dict[str, str]:
    """The environment of the command: the user's own without what is ``unwanted``, with ``extra``, and without a proxy
    for ``host``.
    """
    clean = {name: value for name, value in inherited.items() if name not in unwanted}
    direct = {name: ",".join(filter(None, (host, inherited.get(name)))) for name in ("NO_PROXY", "no_proxy")}
    return {**clean, **direct, **extra}


def host_of(url: str) -> str:
    """The host of a URL as lists of hosts without a proxy have it."""
    return urlsplit(url).hostname or "127.0.0.1"


def _describe(url: str, environment: Mapping[str, str], config: str) -> str:
    """A line with the address and the names of the variables; their values may be secret."""
    source = f" with options from {config}" if config else ""
    changed = sorted(name for name, value in environment.items() if os.environ.get(name) != value)
    gone = [name for name in UNWANTED if name in os.environ and name not in environment]
    unset = f"; takes away {', '.join(gone)}" if gone else ""
    return show_line(f"mockserver: serves {url} for the command{source}; sets {', '.join(changed)}{unset}")


@contextlib.contextmanager
def _start(server: MockServer, host: str, port: int) -> Iterator[None]:
    try:
        server.start()
    except OSError as error:
        raise SystemExit(explain_failure(error, host, port)) from error
    try:
        yield
    finally:
        server.stop()


def _name_report(command: Sequence[str]) -> str:
    """The title of a page: the program alone, since its arguments may be secret."""
    module = command[2:3] if [*command[1:2]] == ["-m"] else ()
    return f"Requests of {show_line(*module or [Path(command[0]).name])}"


def _prepare_reports(reports: Mapping[str, Path | None]) -> None:
    given = [(f"--{name}", path) for name, path in reports.items() if path]
    for (one, path), (other, second) in combinations(given, 2):
        if is_same_file(path, second):
            shown = show_line(str(second))
            raise SystemExit(f"mockserver: {one} and {other} are one file, {shown}: give each a file of its own.")
    for _, path in given:
        _make_folder(path.parent)


def _resolve_dash(path: Path | None) -> Path | None:
    return Path("/dev/stdout") if path == Path("-") else path


def _make_folder(path: Path) -> None:
    """Makes the folder of a report before anything runs, so that a wrong path fails at once and not at the end."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        shown = show_line(str(path))
        raise SystemExit(f"mockserver: cannot make the folder {shown}: {error.strerror}.") from error


@contextlib.contextmanager
def _make_handover(reports: Mapping[str, Path | None]) -> Iterator[Path | None]:
    """A folder for what the command's own servers hand over to the reports; None: nothing is reported, or there is no
    place for it.
    """
    with contextlib.ExitStack() as stack:
        folder = None
        if any(reports.values()):
            with contextlib.suppress(OSError):
                made = tempfile.TemporaryDirectory(prefix="mockserver-", ignore_cleanup_errors=True)
                folder = Path(stack.enter_context(made))
                if reports["html"]:
                    (folder / FOR_PAGE).touch()
        yield folder


def _run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)  # noqa: S603  running it is what the user asked for
    except FileNotFoundError:
        tell_error(f"mockserver: {show_line(command[0])}: command not found")
        return 127
    except OSError as error:
        tell_error(f"mockserver: {show_line(command[0])}: {error.strerror}")
        return 126
    with _forward_signals(process):
        status = process.wait()
    return status if status >= 0 else 128 - status


@contextlib.contextmanager
def _forward_signals(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Lets the command decide how to end: forwards SIGTERM, and ignores SIGINT, which a terminal sends to both."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number)),
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
    }
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
