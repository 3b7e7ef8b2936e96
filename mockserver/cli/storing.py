"""``mockserver store``: shows what a folder of ``--store``, or a mock on an engine, holds, and clears it."""

from __future__ import annotations

import json
from pathlib import Path

from mockserver.cli.output import tell, tell_error
from mockserver.cli.steady import UNPRINTED
from mockserver.records.masks import show_line
from mockserver.records.setting_checks import is_engine
from mockserver.serving.storing import needing_packages
from mockserver.store.errors import StoreError
from mockserver.store.kept.addresses import show_address
from mockserver.store.kept.holdings import Holdings

# How each number is told: of one, and of several. Other kinds of objects are parts of these, and are not told.
_WORDS = {
    "sessions": ("session", "sessions"),
    "entries": ("journal entry", "journal entries"),
    "scripts": ("added script", "added scripts"),
    "batch": ("batch", "batches"),
    "file": ("file", "files"),
    "skill": ("skill", "skills"),
    "skill_version": ("version of a skill", "versions of skills"),
    "user_profile": ("user profile", "user profiles"),
}
_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))


def show_info(store: str, *, as_json: bool) -> int:
    """Print what a folder, or a mock on an engine, holds; returns the exit status: 2 when it is none."""
    try:
        held = _read(store)
    except StoreError as error:
        tell_error(show_line(f"mockserver: {error}"))
        return 2
    return 0 if tell(_write_json(store, held) if as_json else _write_text(store, held)) else UNPRINTED


def clear_store(store: str) -> int:
    """Remove what one holds, and say what that was; returns the exit status: 2 when it cannot be done."""
    try:
        held = _clear(store)
    except StoreError as error:
        tell_error(show_line(f"mockserver: {error}"))
        return 2
    told = f"removed from {_show(store)}: {_count(held)}; {_write_size(held.bytes)}"
    return 0 if tell(show_line(told)) else UNPRINTED


def _read(store: str) -> Holdings:
    if is_engine(store):
        with needing_packages():
            from mockserver.store.valkey import holdings as on_engine
        return on_engine.read_holdings(store)
    from mockserver.store.sqlite import holdings

    return holdings.read_holdings(Path(store))


def _clear(store: str) -> Holdings:
    if is_engine(store):
        with needing_packages():
            from mockserver.store.valkey import holdings as on_engine
        return on_engine.clear(store)
    from mockserver.store.sqlite import holdings

    return holdings.clear(Path(store))


def _show(store: str) -> str:
    return show_address(store) if is_engine(store) else store


def _write_text(store: str, held: Holdings) -> str:
    use = "in use by a server" if held.is_in_use else "not in use"
    version = "unreadable" if held.version is None else f"version {held.version}"
    return "\n".join(
        [show_line(f"{_show(store)}: {version}, {use}"), show_line(f"holds {_count(held)}; {_write_size(held.bytes)}")]
    )


def _count(held: Holdings) -> str:
    if held.counts is None:
        return "what another version of the server made" if held.version else "a database that cannot be read"
    numbers = {**held.counts, **_select_told(held)}
    return ", ".join(f"{number:,} {_WORDS[kind][number != 1]}" for kind, number in numbers.items())


def _select_told(held: Holdings) -> dict[str, int]:
    return {kind: number for kind, number in held.objects.items() if kind in _WORDS}


def _write_size(size: int) -> str:
    unit = next(((each, name) for each, name in _UNITS if size >= each), None)
    return f"{size / unit[0]:.1f} {unit[1]}" if unit else f"{size} bytes"


def _write_json(store: str, held: Holdings) -> str:
    where = {"url": _show(store)} if is_engine(store) else {"folder": str(Path(store).absolute())}
    shown = {
        **where,
        "version": held.version,
        "in_use": held.is_in_use,
        **(held.counts or dict.fromkeys(("sessions", "entries", "scripts"))),
        "objects": _select_told(held),
        "bytes": held.bytes,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)
