"""The script that does all operations of the store on the engine, each in one atomic step."""

from __future__ import annotations

import re
from importlib.resources import files

from mockserver.records.moments import read_duration
from mockserver.records.setting_checks import ALWAYS
from mockserver.records.settings import Settings

# Sessions that made room and are remembered, by a digest of their names.
MOST_LOST = 10_000
# The parts of the script, ``lua/NAME.lua``. The engine runs the whole script for each operation, and its time goes into
# making functions: so only the first parts are always run, and of the groups behind them the one that has the
# operation, or all when a session ends. Parts of one group share their local variables, in this order.
ALWAYS_RUN = ("sessions", "replicas", "places")
GROUPS = (
    ("settings",),
    ("counters",),
    ("scripts",),
    ("journal", "figures"),
    ("threads",),
    ("prefixes",),
    ("objects",),
)
_HEAD = """local P = KEYS[1]
local LIMITS = {{ {limits} }}
local ops, kinds = {{}}, {{}}
"""
_OPERATION = re.compile(r"^(?:function ops\.(\w+)|ops\.(\w+) =)", re.MULTILINE)


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
    groups = ["".join(map(_read_part, group)) for group in GROUPS]
    return "".join((_HEAD.format(limits=written), *map(_read_part, ALWAYS_RUN), *_write_groups(groups)))


def _read_part(name: str) -> str:
    return (files(__package__) / "lua" / f"{name}.lua").read_text()


def _write_groups(groups: list[str]) -> list[str]:
    """Each group as a function that is called when it is needed, and the call of the operation."""
    load = "".join(f"function S.load_{at}()\nS.load_{at} = S.nothing\n{group}end\n" for at, group in enumerate(groups))
    every = "".join(f"S.load_{at}()\n" for at in range(len(groups)))
    chosen = [
        f"if {' or '.join(f'operation == {name!r}' for name in names)} then S.load_{at}() end\n"
        for at, group in enumerate(groups)
        if (names := [first or second for first, second in _OPERATION.findall(group)])
    ]
    return [
        f"function S.nothing() end\n{load}function S.load_all()\n{every}end\nlocal operation = ARGV[1]\n",
        *chosen,
        "if not ops[operation] then S.load_all() end\n",
        "return ops[operation](unpack(ARGV, 2))\n",
    ]
