"""``mockserver export``: writes what a running server has answered, or what recordings hold, in other forms."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from mockserver.cassettes.exporting import WRITERS
from mockserver.cassettes.files import replace_file
from mockserver.cassettes.formats.form import Content, Reading, UnknownFormatError
from mockserver.cassettes.formats.table import read_content
from mockserver.cassettes.importing import Importer, find_sources, read_source
from mockserver.cli.importing import NOTHING, PARTLY, WHOLE, tell_import
from mockserver.cli.output import count, tell_error
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.serving import assembly

CASSETTE = "cassette"
_PAGE, _SECONDS = 100, 30.0


class ServerError(Exception):
    """The journal of a server cannot be read; the text says why."""


def export(
    files: Sequence[Path],
    url: str,
    form: str,
    session: str,
    to: Path,
    token: str,
    patterns: Sequence[str],
    *,
    replaces: bool = False,
) -> int:
    """Write what files hold, or else a server's journal; returns the exit status.

    Args:
        files: cassettes and other recordings, or folders of these; none: the journal is asked for.
        url: where the server listens.
        form: ``cassette``, or one of ``WRITERS``.
        session: whose requests; "" for all.
        to: a file, ``-`` for stdout; for cassettes a folder.
        token: the control token of the server; "" for none.
        patterns: what is taken out besides secrets, see ``--redact``.
        replaces: whether cassettes that are there already are written anew.
    """
    try:
        sources = [*_read_files(files)] if files else [(Path("journal"), _read_journal(url, session, token))]
    except (ServerError, UnknownFormatError) as error:
        tell_error(show_line(f"mockserver: {error}"))
        return NOTHING
    if form == CASSETTE:
        return _write_cassettes(sources, to, patterns, replaces=replaces)
    return _write_file(sources, form, to, patterns)


def fetch(url: str, form: str, session: str, to: Path, token: str) -> int:
    """Write what a server itself makes of its journal: a page, its data, or scenarios; returns the exit status.

    Args:
        url: where the server listens.
        form: one that ``GET /_mock/export`` takes.
        session: whose requests; "" for all.
        to: a file, ``-`` for stdout.
        token: the control token of the server; "" for none.
    """
    try:
        data = _ask(url, "export", {"format": form, **({"session": session} if session else {})}, token)
    except ServerError as error:
        tell_error(show_line(f"mockserver: {error}"))
        return NOTHING
    return WHOLE if _write(to, data) else NOTHING


def _write_file(sources: Sequence[tuple[Path, Reading]], form: str, to: Path, patterns: Sequence[str]) -> int:
    rules = make_rules(patterns)
    exchanges = [redact(each, rules) for _, reading in sources for each in reading.exchanges]
    for source, reading in sources:
        _tell_missing(source, reading)
    if not exchanges:
        tell_error("exported: nothing")
        return NOTHING
    if not _write(to, WRITERS[form](exchanges)):
        return NOTHING
    tell_error(show_line(f"exported: {count('exchange', len(exchanges))} to {to}"))
    return PARTLY if any(reading.broken for _, reading in sources) else WHOLE


def _write(to: Path, data: bytes) -> bool:
    """Whether the data could be written; else that is told."""
    try:
        if str(to) == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            replace_file(to, data)
    except OSError as error:
        tell_error(show_line(f"mockserver: {to} cannot be written: {error.strerror}"))
        return False
    return True


def _write_cassettes(
    sources: Sequence[tuple[Path, Reading]], to: Path, patterns: Sequence[str], *, replaces: bool
) -> int:
    parts = assembly.build(Settings())
    try:
        importer = Importer(to, parts, Match(redact=tuple(patterns)), replaces=replaces)
        done = [importer.take(source, reading) for source, reading in sources]
    finally:
        parts.store.close()
    for each in done:
        tell_import(each)
    if not any(each.made and not each.error for each in done):
        return NOTHING
    return WHOLE if all(each.is_whole for each in done) else PARTLY


def _tell_missing(source: Path, reading: Reading) -> None:
    for words, number in sorted(reading.left_out.items()):
        tell_error(show_line(f"{source}: left out: {words}{f', {number} times' if number > 1 else ''}"))
    for words in reading.broken:
        tell_error(show_line(f"{source}: {words}"))


def _read_files(files: Sequence[Path]) -> Iterator[tuple[Path, Reading]]:
    for source, is_named in find_sources(files):
        reading = _read_file(source, is_named=is_named)
        if reading is not None:
            yield source, reading


def _read_file(source: Path, *, is_named: bool) -> Reading | None:
    """What a file holds; None of one in a folder that holds something else."""
    try:
        return read_source(source)
    except UnknownFormatError as error:
        if is_named:
            raise UnknownFormatError(f"{source}: {error}") from error
        return None


def _read_journal(url: str, session: str, token: str) -> Reading:
    """The exchanges in the journal of a server.

    Raises:
        ServerError: it cannot be had.
    """
    entries: list[Mapping[str, Any]] = []
    after: int | None = 0
    while after is not None:
        query = {"full": "true", "limit": _PAGE, "after": after, **({"session": session} if session else {})}
        page = _read_page(url, _ask(url, "requests", query, token))
        entries += page["requests"]
        after = page["next"]
    return read_content(Content({"requests": entries})) if entries else Reading("journal")


def _ask(url: str, name: str, query: Mapping[str, Any], token: str) -> bytes:
    """What the control interface of a server answers.

    Raises:
        ServerError: it cannot be had.
    """
    address = f"{url.rstrip('/')}/_mock/{name}?{urlencode(query, quote_via=quote)}"
    headers = {"x-mock-token": token} if token else {}
    # The proxies of the environment do not lead to a server on this machine.
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(address, headers=headers), timeout=_SECONDS) as response:  # noqa: S310  # the user's own
            data: bytes = response.read()
    except HTTPError as error:
        hint = ": give its token as MOCKSERVER_CONTROL_TOKEN" if error.code in (401, 403) else ""
        raise ServerError(f"{url} answered {error.code} to a request for its journal{hint}") from error
    except (URLError, OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise ServerError(f"there is no mock server at {url}: {reason}") from error
    return data


def _read_page(url: str, data: bytes) -> Any:
    try:
        page = orjson.loads(data)
    except ValueError as error:
        raise ServerError(f"there is no mock server at {url}: {error}") from error
    if not isinstance(page, dict) or not isinstance(page.get("requests"), list) or "next" not in page:
        raise ServerError(f"{url} is no mock server: it has no journal")
    return page
