"""Writes recorded exchanges as a cassette: a scenario file, and the side file with the exchanges as they were."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mockserver.cassettes.drafts import Draft
from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import RecordedExchange


def write_cassette(
    path: Path,
    exchanges: Iterable[RecordedExchange],
    parts: Parts,
    *,
    upstream: str = "",
    match: Match | None = None,
    secrets: Iterable[str] = (),
    earlier: bytes | None = None,
) -> Path:
    """Write exchanges as a cassette, in place of the one that is there. Returns the scenario file.

    Args:
        path: the scenario file, ``NAME.yaml``; the side file is ``NAME.exchanges.jsonl`` beside it.
        exchanges: what was recorded, in its order; secrets are taken out, and ids given, here.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that was recorded; "" where it is not known.
        match: how requests are held against those.
        secrets: what is known to be secret, such as the headers that were sent to the upstream.
        earlier: the content of the scenario file that new turns are added to, as it is; None: there is none.

    Raises:
        OSError: a file cannot be written.
        ValueError: an expression of ``match.redact`` is none; the side file of ``earlier`` cannot be read.
    """
    match, known = match or Match(), tuple(secrets)
    draft, rules = Draft(Path(path), parts, upstream=upstream, match=match), make_rules(match.redact)
    if earlier is not None:
        draft.keep_earlier(earlier)
    for exchange in exchanges:
        draft.add(redact(exchange, rules, known))
    draft.write()
    return draft.path


def add_exchanges(
    path: Path,
    exchanges: Iterable[RecordedExchange],
    parts: Parts,
    *,
    upstream: str = "",
    match: Match | None = None,
    secrets: Iterable[str] = (),
) -> Path:
    """Add turns to a cassette, or begin one. What is there stays as it is, but for the time of the newest exchange.

    Where turns cannot be added to the file, they go into one beside it, ``NAME-2.yaml``. Returns the
    scenario file.

    Args and Raises: as ``write_cassette``.
    """
    path = Path(path)
    earlier = path.read_bytes() if path.exists() else None
    return write_cassette(path, exchanges, parts, upstream=upstream, match=match, secrets=secrets, earlier=earlier)
