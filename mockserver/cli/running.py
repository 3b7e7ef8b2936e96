"""``mockserver run``: a server around another program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import asdict, replace

from mockserver.cli.output import steady_output, tell_error
from mockserver.cli.reporting import is_same_file, write_reports
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.testing.server import MockServer
from mockserver.testing.sources import VARIABLE, ServerSource, find_handovers

KEY = "mock-key"
# The user's own would be sent along with the key, or in its place.
UNWANTED = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
# What `sysexits.h` calls EX_IOERR.
UNREPORTED = 74
# For a report of every request, only the bytes of all together are bounded.
MANY = 10**9


def run(settings: Settings, command: Sequence[str], *, report: Path | None, junit: Path | None) -> int:
    """Runs the command against a server of its own and returns the command's exit status.

    127 stands for a command that was not found, 126 for one that could not be started, 128 + N for one ended by
    signal N: what a shell would say. 74 stands for a command that succeeded, and a report that could not be written.
    """
    report, junit = map(_resolve_dash, (report, junit))
    reports = [path for path in (report, junit) if path]
    if reports:
        if report and junit and is_same_file(report, junit):
            shown = show_line(str(junit))
            raise SystemExit(f"mockserver: --report and --junit are one file, {shown}: give each a file of its own.")
        for path in reports:
            _make_folder(path.parent)
        settings = hold_more(settings)
    key = settings.api_keys[0] if settings.api_keys else KEY
    options = asdict(settings)
    with steady_output(), _make_handover(reports) as folder, MockServer(*options.pop("fixtures"), **options) as server:
        variables = {**client_variables(server.url, key), **({VARIABLE: str(folder)} if folder else {})}
        status = _run_command(command, make_environment(os.environ, variables))
        sources = [ServerSource(server.mock), *(find_handovers(folder) if folder else ())]
        if reports and not write_reports(sources, status, report=report, junit=junit):
            return status or UNREPORTED
    return status


def hold_more(settings: Settings) -> Settings:
    """The settings of a server whose requests are to be reported: only bytes bound its journal and its sessions."""
    return replace(settings, journal_entries=MANY, max_sessions=MANY)


def client_variables(url: str, key: str) -> dict[str, str]:
    """The environment variables by which the official SDKs find the server."""
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": key}


def make_environment(inherited: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: the user's own, with ``extra``, and without a proxy for 127.0.0.1."""
    clean = {name: value for name, value in inherited.items() if name not in UNWANTED}
    direct = {name: ",".join(filter(None, ("127.0.0.1", inherited.get(name)))) for name in ("NO_PROXY", "no_proxy")}
    return {**clean, **direct, **extra}


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
def _make_handover(reports: Sequence[Path]) -> Iterator[Path | None]:
    """A folder for what the command's own servers hand over to the reports; None: nothing is reported, or there is no
    place for it.
    """
    with contextlib.ExitStack() as stack:
        folder = None
        if reports:
            with contextlib.suppress(OSError):
                made = tempfile.TemporaryDirectory(prefix="mockserver-", ignore_cleanup_errors=True)
                folder = Path(stack.enter_context(made))
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
