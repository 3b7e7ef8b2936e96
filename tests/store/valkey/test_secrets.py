"""No key, token or ``Authorization`` can be read on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import valkey

from mockserver.records.settings import Settings
from mockserver.store.valkey import open_store
from tests.store.sqlite.test_secrets import CONTROL, KEY, OWN, SECRETS, fill


def read_all(url: str) -> Iterator[bytes]:
    """Everything that an engine holds: its keys, and their values."""
    client: Any = valkey.Valkey.from_url(url)
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }
    try:
        for key in client.scan_iter():
            yield key
            yield from _flatten(readers[client.type(key)](key))
    finally:
        client.close()


def _flatten(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _flatten(each)
    elif isinstance(value, bytes):
        yield value


def test_nothing_on_the_engine_tells_a_secret(engine: str, tmp_path: Path) -> None:
    settings = Settings(api_keys=(OWN,), control_token=CONTROL)
    store = open_store(f"{engine}?name=secrets&files={tmp_path}", settings)
    try:
        fill(store)
        assert len(store.journal.entries()) > 10
        held = [*read_all(engine), *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())]
        assert any(b"my-test" in each for each in held)
        assert {secret for secret in SECRETS for each in held if secret.encode() in each} == set()
    finally:
        store.close()


def test_sessions_named_by_keys_have_stand_ins_on_other_replicas(engine: str, tmp_path: Path) -> None:
    first, second = (open_store(f"{engine}?name=stand-ins&files={tmp_path}", Settings()) for _ in range(2))
    try:
        fill(first)
        names = second.sessions.names()
        assert KEY not in names
        assert "my-test" in names
        labels = [first.sessions.label(name) for name in first.sessions.names()]
        assert [second.sessions.label(name) for name in names] == labels
        # Every operation takes the stand-in for the session, as well as the name.
        stand_in = next(name for name in names if second.sessions.label(name) == first.sessions.label(KEY))
        calls = first.sessions.begin_call(KEY)
        assert second.sessions.begin_call(stand_in) == calls + 1
        assert second.counters.take(stand_in, "a", None) == first.counters.counts(KEY)["a"] - 1
        assert second.journal.entries(stand_in) == first.journal.entries(KEY) != ()
        second.forget(stand_in)
        assert first.journal.entries(KEY) == ()
    finally:
        first.close()
        second.close()
