"""``record``: the cassettes of a folder are served, and what no scenario answers is recorded there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import Match
from mockserver.recordings.errors import RecordingError
from mockserver.recordings.modes import ALL, AUTO, NONE, can_record, resolve_mode
from mockserver.recordings.recorder import Recorder, Upstream
from mockserver.recordings.tally import Tally
from mockserver.records.config_names import is_passed_over
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.serving.reach import is_loopback

SUFFIXES = (".yaml", ".yml")


class Folder(Struct, frozen=True):
    """The folder of the cassettes of a server, those in it, and the mode in which it is used.

    ``by_ci`` says that the mode is ``none`` since ``CI`` is set. ``upstream`` is what is recorded; None: nothing.
    """

    path: Path
    mode: str
    by_ci: bool
    cassettes: tuple[Path, ...]
    upstream: Upstream | None = None


def open_folder(settings: Settings, environ: Mapping[str, str] = os.environ) -> Folder | None:
    """The folder of the setting ``record``; None when there is none. It is made where something is to be recorded.

    Raises:
        RecordingError: it cannot be read or written, the upstream cannot be used, or nothing may be recorded and there
            is no cassette to replay.
    """
    if not settings.record:
        return None
    path, mode = Path(settings.record), resolve_mode(settings.record_mode, environ)
    found, by_ci = list_cassettes(path), settings.record_mode == AUTO and mode == NONE
    if can_record(mode, has_cassette=bool(found)):
        check_writable(path)
        return Folder(path, mode, by_ci, found, find_upstream(settings, environ))
    if not found:
        why = "CI is set, so nothing is recorded" if by_ci else "with record_mode none nothing is recorded"
        raise RecordingError(f"record: there is no cassette in {_show(path)}, and {why}: use record_mode once")
    return Folder(path, mode, by_ci, found)


def add_cassettes(settings: Settings, folder: Folder) -> Settings:
    """The settings of a server that serves the cassettes of a folder, too, unless all is recorded anew."""
    if folder.mode == ALL or not folder.cassettes:
        return settings
    return replace(settings, fixtures=(*settings.fixtures, str(folder.path)))


def start(mock: Parts, folder: Folder) -> None:
    """Have a server record in a folder, if that has an upstream: a file for each conversation."""
    if folder.upstream is None:
        return
    from mockserver.cassettes.folder import CassetteFolder  # only for those who record

    settings = mock.settings
    match = Match(redact=settings.redact)
    files = CassetteFolder(
        folder.path,
        mock,
        upstream=folder.upstream.url,
        match=match,
        secrets=folder.upstream.secrets,
        replaces=folder.mode == ALL,
    )
    mock.recorders.set(make_recorder(folder.upstream, files.keep, keeps_errors=settings.record_errors))


_REACHED = (
    "record: others than programs of this machine reach {}, and could use your key of the upstream: say --api-key for "
    "those who may, or --forward-auth to send the keys of the clients"
)


def check_address(mock: Parts, host: str, port: int) -> None:
    """Refuse a server that would record itself, and one that would lend the key of its upstream to whoever asks.

    Raises:
        RecordingError: its upstream leads to this address, where it listens; or others reach it, and need no key.
    """
    recorder = mock.recorders.find("")
    if recorder is None:
        return
    if not (recorder.upstream.forwards_auth or mock.settings.api_keys or is_loopback(host)):
        raise RecordingError(_REACHED.format(show_line(host)))
    from mockserver.recordings.upstreams import check_loop

    try:
        check_loop(recorder.upstream, host, port)
    except ValueError as error:
        raise RecordingError(str(error)) from None


def make_recorder(upstream: Upstream, keep: Callable[[RecordedExchange], object], *, keeps_errors: bool) -> Recorder:
    """A recorder that counts what it keeps."""
    tally = Tally()

    def keep_and_count(exchange: RecordedExchange) -> None:
        try:
            keep(exchange)
        except Exception as error:
            tally.skip((isinstance(error, OSError) and error.strerror) or type(error).__name__)
            raise
        tally.keep()

    return Recorder(upstream, keep_and_count, keeps_errors, tally)


def list_cassettes(folder: Path) -> tuple[Path, ...]:
    """The scenario files of a folder, in name order; none of one that is missing.

    Raises:
        RecordingError: it cannot be read.
    """
    try:
        found = [path for path in folder.iterdir() if path.suffix in SUFFIXES and not is_passed_over(path.name)]
        return tuple(sorted(found))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RecordingError(f"record: {_show(folder)} cannot be read: {error.strerror}") from error


def find_upstream(settings: Settings, environ: Mapping[str, str]) -> Upstream:
    """The server to record, and its key.

    Raises:
        RecordingError: the URL is none, there is no key, or the HTTP client is not installed.
    """
    from mockserver.recordings.upstreams import MissingKeyError, check_client, make_upstream

    try:
        check_client()
        return make_upstream(settings.upstream, environ, settings.forward_auth)
    except MissingKeyError as error:
        raise RecordingError(
            f"{error}, or use --forward-auth (forward_auth in the config file) to send the clients' own keys."
        ) from None
    except ValueError as error:
        raise RecordingError(str(error)) from None


def check_writable(folder: Path) -> None:
    """Make a folder where there is none, so that a wrong path fails at once and not when something was paid for.

    Raises:
        RecordingError: nothing can be written there.
    """
    probe = folder / f".mockserver-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RecordingError(f"record: nothing can be written in {_show(folder)}: {error.strerror}") from error


def _show(path: Path) -> str:
    return show_line(str(path))
