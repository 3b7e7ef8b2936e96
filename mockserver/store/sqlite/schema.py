"""The tables of a store, and the steps that bring those of an older version up to date.

Rules for editors: a step that was released is never changed, a new one is added behind it. What belongs to a session
has its number as ``owner`` and a trigger that weighs it, so that sums are right whoever writes. A reset gives the
session another number; what belongs to the former one (``graves``) is deleted afterwards, in small pieces.
"""

from __future__ import annotations

# The rows of `sessions` that are none: the calls of sessions that are gone, and what is set for all sessions.
STRAYS, SERVER = 1, 2
SERVER_DIGEST = b"\x02"
FIRST_OWNER = 100
# Bytes that a session takes besides texts, and each of its scripts, cached prefixes and counters.
SESSION_OVERHEAD, ITEM_OVERHEAD = 2048, 128


def _weigh(table: str, owner: str, column: str, size: str) -> list[str]:
    """Triggers that keep the sum of a table's sizes in a column of its owner; ``size`` is an expression of ``ROW``."""
    added, removed = size.replace("ROW", "NEW"), size.replace("ROW", "OLD")
    update = f"UPDATE sessions SET {column} = {column}"
    return [
        f"CREATE TRIGGER {table}_{column}_added AFTER INSERT ON {table} BEGIN "
        f"{update} + {added} WHERE {owner} = NEW.owner; END",
        f"CREATE TRIGGER {table}_{column}_removed AFTER DELETE ON {table} BEGIN "
        f"{update} - {removed} WHERE {owner} = OLD.owner; END",
    ]


def _weigh_changes(table: str, owner: str, column: str) -> str:
    return (
        f"CREATE TRIGGER {table}_{column}_changed AFTER UPDATE OF owner, size ON {table} BEGIN "
        f"UPDATE sessions SET {column} = {column} - OLD.size WHERE {owner} = OLD.owner; "
        f"UPDATE sessions SET {column} = {column} + NEW.size WHERE {owner} = NEW.owner; END"
    )


_TABLES = (
    "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE sessions(
        id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, name BLOB, shown TEXT NOT NULL,
        is_revealed INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL, used_at REAL NOT NULL, shelf INTEGER NOT NULL,
        calls INTEGER NOT NULL DEFAULT 0, additions INTEGER NOT NULL DEFAULT 0, has_moved INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL, object_bytes INTEGER NOT NULL DEFAULT 0, turn_bytes INTEGER NOT NULL DEFAULT 0,
        entry_bytes INTEGER NOT NULL DEFAULT 0, entry_count INTEGER NOT NULL DEFAULT 0,
        dropped INTEGER NOT NULL DEFAULT 0, script_bytes INTEGER NOT NULL DEFAULT 0,
        script_revision INTEGER NOT NULL DEFAULT 0, script_ids BLOB, removed_ids BLOB,
        overrides BLOB, faults BLOB, clock BLOB)""",
    "CREATE INDEX sessions_used ON sessions(used)",
    "CREATE UNIQUE INDEX sessions_shelf ON sessions(shelf)",
    """CREATE TABLE totals(sessions INTEGER NOT NULL, size INTEGER NOT NULL, entry_bytes INTEGER NOT NULL,
        turn_bytes INTEGER NOT NULL)""",
    "CREATE TABLE lost(place INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, calls INTEGER NOT NULL)",
    "CREATE TABLE graves(owner INTEGER PRIMARY KEY)",
    """CREATE TABLE counters(owner INTEGER NOT NULL, counter BLOB NOT NULL, count INTEGER NOT NULL, returned BLOB,
        PRIMARY KEY(owner, counter)) WITHOUT ROWID""",
    """CREATE TABLE prefixes(owner INTEGER NOT NULL, digest BLOB NOT NULL, expires REAL NOT NULL,
        lifetime REAL NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(owner, digest)) WITHOUT ROWID""",
    "CREATE INDEX prefixes_place ON prefixes(owner, place)",
    """CREATE TABLE fingerprints(place INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, message BLOB NOT NULL,
        fingerprint BLOB NOT NULL, made REAL NOT NULL)""",
    "CREATE UNIQUE INDEX fingerprints_message ON fingerprints(owner, message)",
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, text BLOB NOT NULL)",
    "CREATE INDEX texts_owner ON texts(owner)",
    "CREATE TABLE scripts(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX scripts_owner ON scripts(owner)",
    "CREATE TABLE stats(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, epoch INTEGER NOT NULL, size INTEGER NOT NULL, "
    "data BLOB NOT NULL)",
    "CREATE INDEX stats_owner ON stats(owner)",
    # The owner of an entry is the shelf of its session, so that the journal of one can be emptied at once.
    """CREATE TABLE entries(number INTEGER PRIMARY KEY, owner INTEGER NOT NULL, caller BLOB NOT NULL,
        request BLOB NOT NULL, size INTEGER NOT NULL, written_at REAL NOT NULL, is_retry INTEGER NOT NULL,
        departure BLOB, slot INTEGER NOT NULL, payload INTEGER, data BLOB)""",
    "CREATE INDEX entries_owner ON entries(owner, number)",
    "CREATE INDEX entries_request ON entries(owner, request)",
    """CREATE TABLE turns(place INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, message BLOB NOT NULL,
        next INTEGER, is_finished INTEGER NOT NULL DEFAULT 0, slot INTEGER NOT NULL, size INTEGER NOT NULL,
        payload INTEGER, data BLOB)""",
    "CREATE UNIQUE INDEX turns_message ON turns(owner, message)",
    # What is too large for one short transaction is written in pieces, before the row that names them.
    """CREATE TABLE pieces(payload INTEGER NOT NULL, piece INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY(payload, piece)) WITHOUT ROWID""",
    """CREATE TABLE objects(number INTEGER PRIMARY KEY, owner INTEGER NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL,
        parent BLOB NOT NULL, blobs BLOB NOT NULL, written_at REAL NOT NULL, size INTEGER NOT NULL,
        data BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX objects_id ON objects(owner, kind, id)",
    "CREATE INDEX objects_page ON objects(owner, kind, number)",
    "CREATE INDEX objects_parent ON objects(owner, parent)",
    """CREATE TABLE removed_objects(place INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL,
        kind TEXT NOT NULL, id BLOB NOT NULL, number INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX removed_objects_id ON removed_objects(owner, kind, id)",
    "CREATE TABLE blobs(name TEXT PRIMARY KEY, size INTEGER NOT NULL, holders INTEGER NOT NULL) WITHOUT ROWID",
)
_TRIGGERS = (
    "CREATE TRIGGER totals_added AFTER INSERT ON sessions WHEN NEW.id >= 100 BEGIN UPDATE totals SET "
    "sessions = sessions + 1, size = size + NEW.size; END",
    "CREATE TRIGGER totals_removed AFTER DELETE ON sessions WHEN OLD.id >= 100 BEGIN UPDATE totals SET "
    "sessions = sessions - 1, size = size - OLD.size, entry_bytes = entry_bytes - OLD.entry_bytes, "
    "turn_bytes = turn_bytes - OLD.turn_bytes; END",
    "CREATE TRIGGER totals_size AFTER UPDATE OF size ON sessions WHEN NEW.id >= 100 BEGIN UPDATE totals SET "
    "size = size + NEW.size - OLD.size; END",
    "CREATE TRIGGER totals_others AFTER UPDATE OF entry_bytes, turn_bytes ON sessions BEGIN UPDATE totals SET "
    "entry_bytes = entry_bytes + NEW.entry_bytes - OLD.entry_bytes, "
    "turn_bytes = turn_bytes + NEW.turn_bytes - OLD.turn_bytes; END",
    *_weigh("counters", "id", "size", str(ITEM_OVERHEAD)),
    *_weigh("prefixes", "id", "size", str(ITEM_OVERHEAD)),
    *_weigh("fingerprints", "id", "size", f"({ITEM_OVERHEAD} + length(ROW.fingerprint))"),
    *_weigh("removed_objects", "id", "size", str(ITEM_OVERHEAD)),
    *_weigh("stats", "id", "size", "ROW.size"),
    _weigh_changes("stats", "id", "size"),
    *_weigh("objects", "id", "size", "ROW.size"),
    _weigh_changes("objects", "id", "size"),
    *_weigh("objects", "id", "object_bytes", "ROW.size"),
    _weigh_changes("objects", "id", "object_bytes"),
    *_weigh("entries", "shelf", "entry_bytes", "ROW.size"),
    *_weigh("entries", "shelf", "entry_count", "1"),
    *_weigh("turns", "id", "turn_bytes", "ROW.size"),
)
_PAYLOADS = tuple(
    f"CREATE TRIGGER {table}_payload AFTER DELETE ON {table} WHEN OLD.payload NOTNULL BEGIN "
    "INSERT INTO graves VALUES (-OLD.payload); END"
    for table in ("entries", "turns")
)
_ROWS = (
    f"INSERT INTO numbers VALUES ('owner', {FIRST_OWNER}), ('change', 1), ('script', 0), ('list', 0), ('received', 0), "
    "('object', 0), ('dropped', 0), ('epoch', 0), ('prefix', 0), ('text', 0), ('payload', 0), ('blob_bytes', 0)",
    "INSERT INTO totals VALUES (0, 0, 0, 0)",
    f"INSERT INTO sessions(id, digest, shown, used, used_at, shelf, size) VALUES "
    f"({STRAYS}, x'01', '', -1, 0, {STRAYS}, 0), ({SERVER}, x'02', '', 0, 0, {SERVER}, 0)",
    "CREATE TRIGGER blobs_added AFTER INSERT ON blobs BEGIN UPDATE numbers SET value = value + NEW.size "
    "WHERE name = 'blob_bytes' AND NEW.holders > 0; END",
    "CREATE TRIGGER blobs_changed AFTER UPDATE OF holders ON blobs BEGIN UPDATE numbers SET value = value + "
    "NEW.size * (NEW.holders > 0) - OLD.size * (OLD.holders > 0) WHERE name = 'blob_bytes'; END",
)
# The step at index N makes version N + 1 of the one before.
STEPS: tuple[tuple[str, ...], ...] = ((*_TABLES, *_TRIGGERS, *_PAYLOADS, *_ROWS),)
VERSION = len(STEPS)
# The tables whose rows are deleted when their owner is gone; the figures of all keep those of `stats`.
OWNED = (
    "counters", "prefixes", "fingerprints", "texts", "scripts", "entries", "turns", "removed_objects",
)  # fmt: skip
