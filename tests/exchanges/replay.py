"""``python -m tests.exchanges.replay CHECKOUT FILE``: sends all exchanges to the servers of a checkout.

Writes the answers into the file. The clock for the time of day stands still.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .exchange import IMPATIENT, Answer, Exchange, Group, Outcome, Past
from .listing import SERVERS, groups
from .wire import Connection, mask

NOW = 1_790_000_000.0
# Longer than any pause that an answer is meant to have.
LEAST = 3.0
# The outcomes, by the names of group and exchange.
Outcomes = dict[str, Outcome]


def freeze() -> None:
    """Stops the time of day; durations go on."""
    time.time = lambda: NOW
    time.time_ns = lambda: int(NOW) * 10**9


def replay(checkout: Path) -> Outcomes:
    """Send all exchanges to the servers of a checkout, and return their outcomes."""
    freeze()
    sys.path.insert(0, str(checkout))
    import mockserver

    if checkout not in Path(mockserver.__file__).parents:
        raise RuntimeError(f"this is not the mock server of {checkout}: {mockserver.__file__}")
    servers = {name: server for name in SERVERS if (server := _build(mockserver.MockServer, name))}
    client = Client()
    try:
        asked = (group for group in groups() if group.server in servers)
        return dict(found for group in asked for found in client.run(group, servers[group.server].start().url))
    finally:
        for server in servers.values():
            server.stop()


def _build(kind: Any, name: str) -> Any:
    """A server; None where a checkout does not know one of its settings."""
    fixtures, settings = SERVERS[name]
    try:
        return kind(*fixtures, **settings)
    except TypeError:
        return None


class Client:
    """Runs exchanges; loses its patience with servers that are silent where they should not be."""

    def __init__(self) -> None:
        self.silences = 0

    def run(self, group: Group, url: str) -> Iterator[tuple[str, Outcome]]:
        """Run the exchanges of a group; yield the name and the outcome of each."""
        place = urlsplit(url)
        connection = Connection(str(place.hostname), int(place.port or 80))
        past: list[tuple[bytes, Outcome]] = []
        for exchange in group.exchanges:
            sent, seen = self._send_one(exchange, connection, past)
            past.append((sent, seen))
            yield f"{group.name}: {exchange.name}", seen
        connection.close()

    def _send_one(self, exchange: Exchange, connection: Connection, past: Past) -> tuple[bytes, Outcome]:
        """Send one exchange; return the request as it was sent, and the outcome."""
        patience = min(exchange.patience, max(LEAST, exchange.patience / (1 + self.silences)))
        try:
            sent = exchange.request if isinstance(exchange.request, bytes) else exchange.request(past)
            seen = connection.exchange(replace(exchange, patience=patience), sent)
        except (ValueError, LookupError, TypeError) as error:
            connection.close()
            return b"", Outcome(trouble=repr(error))
        if exchange.patience > IMPATIENT:
            self.silences += any(answer.end == "silence" for answer in seen.answers)
        of_control = b"/_mock/" in sent.partition(b"\r\n")[0]
        return sent, Outcome(tuple(mask(answer, of_control=of_control) for answer in seen.answers))


def dump(found: Outcomes) -> str:
    """The outcomes as JSON; bodies as latin-1, which has a character for every byte."""
    rows = {
        name: {
            "trouble": seen.trouble,
            "answers": [
                [answer.status, answer.headers, answer.body.decode("latin-1"), answer.end] for answer in seen.answers
            ],
        }
        for name, seen in found.items()
    }
    return json.dumps(rows)


def read(text: str) -> Outcomes:
    """Read the text of ``dump``."""
    return {name: _read_outcome(row) for name, row in json.loads(text).items()}


def _read_outcome(row: Mapping[str, Any]) -> Outcome:
    answers = [
        Answer(status, tuple((name, value) for name, value in headers), body.encode("latin-1"), end)
        for status, headers, body, end in row["answers"]
    ]
    return Outcome(tuple(answers), row["trouble"])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(dump(replay(Path(sys.argv[1]).resolve())), "utf-8")
