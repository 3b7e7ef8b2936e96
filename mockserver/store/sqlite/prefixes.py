"""The prefixes of prompts and the fingerprints of requests, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.kept.encoding import to_bytes
from mockserver.store.memory.fingerprints import LIFETIME
from mockserver.store.memory.fingerprints import MOST as MOST_FINGERPRINTS
from mockserver.store.memory.prompt_cache import MOST as MOST_PREFIXES
from mockserver.store.sqlite.data import Data

# The oldest of a session beyond a number.
_CUT = """DELETE FROM {0} WHERE owner = :owner AND place <=
    (SELECT place FROM {0} WHERE owner = :owner ORDER BY place DESC LIMIT 1 OFFSET :most)"""
_CUT_PREFIXES, _CUT_FINGERPRINTS = _CUT.format("prefixes"), _CUT.format("fingerprints")
_ALIVE = "SELECT 1 FROM prefixes WHERE owner = ? AND digest = ? AND expires > ?"
_RENEW = "UPDATE prefixes SET expires = ? + lifetime WHERE owner = ? AND digest = ?"
_WRITE = """INSERT INTO prefixes VALUES (?, ?, ?, ?, ?) ON CONFLICT(owner, digest)
    DO UPDATE SET expires = excluded.expires, lifetime = excluded.lifetime, place = excluded.place"""


class SqlitePromptCache:
    """See `mockserver.store.protocols.PromptCacheStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def consult(
        self, session: str, wanted: Sequence[bytes], written: Sequence[tuple[bytes, float]], at: float
    ) -> bytes | None:
        """Look for a prefix, then write prefixes."""
        if not wanted and not written:
            return None
        with self._data.writing():
            database, owner = self._data.database, self._data.session(session).id
            found = next((digest for digest in wanted if database.run(_ALIVE, owner, digest, at)), None)
            if found is not None:
                database.run(_RENEW, at, owner, found)
            if written:
                first = database.next("prefix", len(written)) - len(written) + 1
                places = range(first, first + len(written))
                rows = [
                    (owner, digest, at + life, life, at_) for (digest, life), at_ in zip(written, places, strict=True)
                ]
                database.run_many(_WRITE, rows)
                database.run(_CUT_PREFIXES, owner=owner, most=MOST_PREFIXES)
            return found


class SqliteFingerprints:
    """See `mockserver.store.protocols.FingerprintStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def exchange(
        self, session: str, message_id: str, fingerprint: bytes, previous: str | None, at: float
    ) -> bytes | None:
        """Hold the fingerprint of a request, and look for that of an earlier one."""
        with self._data.writing():
            database, owner, key = self._data.database, self._data.session(session).id, to_bytes(message_id)
            sql = "SELECT fingerprint FROM fingerprints WHERE owner = ? AND message = ? AND made > ?"
            rows = database.run(sql, owner, to_bytes(previous), at - LIFETIME) if previous else []
            database.run("DELETE FROM fingerprints WHERE owner = ? AND message = ?", owner, key)
            added = "INSERT INTO fingerprints(owner, message, fingerprint, made) VALUES (?, ?, ?, ?)"
            database.run(added, owner, key, fingerprint, at)
            database.run(_CUT_FINGERPRINTS, owner=owner, most=MOST_FINGERPRINTS)
            return bytes(rows[0][0]) if rows else None
