"""Scripts added to sessions, on the engine. Who changes a list reads it, works out the new one, and writes that if
nobody else was quicker; else once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from mockserver.store.kept.encoding import pack, to_bytes, to_text, unpack
from mockserver.store.kept.scripts import check_room, cut_removed, identify, put_in_front
from mockserver.store.memory.data import weigh_scripts
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList, find_appendable, grow
from mockserver.store.valkey.data import SERVER, Data, Known
from mockserver.store.valkey.scripted import KnownScripts, pack_lists

# Lists of two lists have revisions above those of all others.
_JOINED = 1 << 40
# How often a list is read again that others change at the same time; what is missing then is lost.
_TRIES = 20


class Held(Struct, frozen=True):
    """The scripts of a session, or those for all, before a change: ``at`` is their revision, ``last`` the last of the
    ids that are kept for the change.
    """

    id: bytes
    at: bytes
    scripts: tuple[Script, ...]
    removed: dict[int, Script]
    additions: int
    epoch: int
    last: int


class Change(Struct, frozen=True):
    """The scripts after a change, and which of them are new."""

    scripts: tuple[Script, ...]
    added: tuple[Script, ...] = ()


class ValkeyScripts:
    """See `mockserver.store.protocols.ScriptStore`."""

    def __init__(self, data: Data) -> None:
        self._data, self._room = data, data.settings.session_bytes
        self._known = KnownScripts(data.link, self._room)

    def add(
        self, session: str, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the session's others."""
        return self.add_to(session, scripts, before_defaults=before_defaults, most=most)

    def add_to(
        self, session: str | None, scripts: Sequence[Script], *, before_defaults: bool, most: int | None
    ) -> tuple[Script, ...]:
        """The same, or (None) for all sessions."""

        def change(held: Held) -> Change:
            if most is not None:
                check_room(held.scripts, tuple(held.removed.values()), scripts, most, self._room)
            file = f"{'' if session is not None else 'server-'}added-{held.additions + 1}"
            added = tuple(self._known.add(held.epoch, each) for each in identify(scripts, held.last, file))
            return Change(put_in_front(held.scripts, added, before_defaults=before_defaults), added)

        return self._change(session, len(scripts), change).added

    def append(self, session: str, answers: Script, name: str | None = None, *, most: int | None = None) -> Script:
        """Put answers behind those of a script."""

        def change(held: Held) -> Change:
            found = find_appendable(held.scripts, answers.kind, name)
            if most is not None:
                check_room(held.scripts, tuple(held.removed.values()), [answers], most, self._room)
            (given,) = identify([answers], held.last, f"added-{held.additions + 1}")
            grown = self._known.add(held.epoch, grow(found, given))
            return Change(tuple(grown if each is found else each for each in held.scripts), (grown,))

        return self._change(session, 1, change).added[0]

    def additions(self, session: str | None) -> int:
        """How often scripts were added to a session, or (None) to those for all."""
        return int(self._data.link.call("additions", self._digest(session)))

    def current(self, session: str | None) -> ScriptList:
        """The scripts of a session, or (None) those for all."""
        for _ in range(_TRIES):
            loaded = self._load(self._data.find_or_server(session))
            if loaded is not None:
                return loaded
            self._data.note_change()
        return NO_SCRIPTS

    def active(self, session: str) -> ScriptList:
        """The session's scripts, then the server's."""
        for _ in range(_TRIES):
            view = self._data.view(session)
            held, server = view.session, view.server
            own, shared = self._load(held), self._load(server)
            if own is not None and shared is not None:
                break
            self._data.note_change()
        own, shared = own or NO_SCRIPTS, shared or NO_SCRIPTS
        if held is None or not own.scripts:
            # None has any: told apart as in `current`.
            return shared if shared.scripts or held is None else own
        if not shared.scripts:
            return own
        revision = own.revision * _JOINED + shared.revision
        if held.joined.revision != revision:
            held.joined = ScriptList(revision, own.scripts + shared.scripts, own.ids + shared.ids)
        return held.joined

    def find(self, session: str, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids."""
        known = {script.id: script for script in self.active(session).scripts}
        lacking = [number for number in dict.fromkeys(ids) if number not in known]
        for digest in (SERVER, self._data.digest(session)) if lacking else ():
            epoch, *held = self._data.link.call("held_scripts", digest, " ".join(map(str, lacking)))
            there = [number for number, is_held in zip(lacking, held, strict=True) if is_held]
            known |= {script.id: script for script in self._known.load(digest, epoch, there)}
        return tuple(known[each] for each in ids if each in known)

    def remove(self, session: str | None, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        owners = self.owners() if session is None else (session,)
        return tuple(removed for owner in owners for removed in self.remove_from(owner, name))

    def remove_from(self, session: str | None, name: str | None) -> tuple[str, ...]:
        """Remove scripts of a session, or (None) of those for all."""
        removed: list[str] = []

        def change(held: Held) -> Change:
            removed[:] = [script.name for script in held.scripts if name in (None, script.name)]
            return Change(tuple(script for script in held.scripts if name not in (None, script.name)))

        if self.current(session).scripts:
            self._change(session, 0, change)
        return tuple(removed)

    def owners(self) -> tuple[str, ...]:
        """The sessions that have scripts."""
        found = self._data.link.call("owners")
        show = self._data.names.show
        return tuple(show(bytes.fromhex(to_text(digest)), name, to_text(shown)) for digest, name, shown in found)

    def _digest(self, session: str | None) -> str:
        return SERVER if session is None else self._data.digest(session)

    def _load(self, held: Known | None) -> ScriptList | None:
        """The scripts of a session; None when others have changed them meanwhile."""
        if held is None or not held.scripts_at:
            return NO_SCRIPTS
        if held.scripts is None:
            epoch, *ids = unpack(held.script_ids, tuple[int, ...]) if held.script_ids else (0,)
            scripts = self._known.load(held.digest, epoch, ids)
            if len(scripts) < len(ids):
                return None
            held.scripts = ScriptList(held.scripts_at, scripts, tuple(ids))
        return held.scripts

    def _change(self, session: str | None, ids: int, change: Callable[[Held], Change]) -> Change:
        while True:
            held = self._read(session, ids)
            changed = change(held)
            if changed.scripts == held.scripts or self._write(session, held, changed):
                return changed

    def _read(self, session: str | None, ids: int) -> Held:
        digest = self._digest(session)
        for _ in range(_TRIES):
            number, at, *packed, additions, epoch, last = self._data.link.call("script_state", digest, ids)
            listed, removed = ([] if not each else list(unpack(each, tuple[int, ...]))[1:] for each in packed)
            scripts = self._known.load(digest, epoch, listed)
            if len(scripts) == len(listed):
                break
        gone = {script.id: script for script in self._known.load(digest, epoch, removed)}
        return Held(number, at, scripts, gone, additions, epoch, last)

    def _write(self, session: str | None, held: Held, changed: Change) -> bool:
        """Write a list in the place of the former one; False when that is another one by now."""
        ids = {script.id for script in changed.scripts}
        removed = held.removed | {script.id: script for script in held.scripts if script.id not in ids}
        dropped = cut_removed(removed, self._room // 4)
        kept, known = (*changed.scripts, *removed.values()), self._known
        texts, before = known.digests(changed.added), known.digests(held.scripts)
        rows = [each for script in changed.added for each in (b"%d" % script.id, known.write(script))]
        new = [each for name, text in texts.items() if name not in before for each in (name, to_bytes(text))]
        lists = pack_lists(rows, new, [b"%d" % script.id for script in dropped], known.unused(dropped, kept))
        listed = pack((held.epoch, *(script.id for script in changed.scripts))) if changed.scripts else b""
        is_done = self._data.link.call(
            "put_scripts",
            *self._data.traits(session),
            *(held.id, held.at, held.additions + 1 if changed.added else ""),
            *(listed, pack((held.epoch, *removed)) if removed else b"", weigh_scripts(kept), lists),
        )
        self._data.note_change()
        return bool(is_done)


class ValkeyServerScripts:
    """See `mockserver.store.protocols.ServerScriptStore`.

    Args:
        data: the data of the store.
        scripts: adds to those for all, and removes from them.
    """

    def __init__(self, data: Data, scripts: ValkeyScripts) -> None:
        self._data, self._scripts = data, scripts

    def add(
        self, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the others."""
        return self._scripts.add_to(None, scripts, before_defaults=before_defaults, most=most)

    def additions(self) -> int:
        """How often scripts were added."""
        return self._scripts.additions(None)

    def current(self) -> ScriptList:
        """The scripts."""
        return self._scripts.current(None)

    def remove(self, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        return self._scripts.remove_from(None, name)
