"""The script that does all operations of the store on the engine, each in one atomic step."""

from __future__ import annotations

from importlib.resources import files

from mockserver.records.moments import read_duration
from mockserver.records.setting_checks import ALWAYS
from mockserver.records.settings import Settings

# Sessions that made room and are remembered, by a digest of their names.
MOST_LOST = 10_000

# The parts of the script, in the order in which they use each other: ``lua/NAME.lua``.
PARTS = (
    *("sessions", "replicas", "settings", "counters", "scripts", "journal", "figures", "threads", "prefixes"),
    "objects",
)
_HEAD = """local P = KEYS[1]
local LIMITS = {{ {limits} }}
local ops, kinds = {{}}, {{}}
"""
_END = """
return ops[ARGV[1]](unpack(ARGV, 2))
"""


def write_library(settings: Settings) -> str:
    """The script, with the bounds of these settings; its first argument names the operation."""
    limits = {
        "sessions": settings.max_sessions,
        "session_bytes": settings.session_bytes,
        "session_idle": settings.session_idle,
        "entries": settings.journal_entries,
        "entry_bytes": settings.journal_bytes,
        "blob_bytes": settings.blob_bytes,
        "lost": MOST_LOST,
        # Seconds after which keys go by themselves that nobody uses: later than a server would remove them.
        "ttl": None if settings.keep == ALWAYS else max(1, round(2 * read_duration(settings.keep))),
    }
    written = ", ".join(f"{name} = {value!r}" for name, value in limits.items() if value is not None)
    folder = files(__package__) / "lua"
    parts = ((folder / f"{name}.lua").read_text() for name in PARTS)
    return "".join((_HEAD.format(limits=written), *parts, _END))
