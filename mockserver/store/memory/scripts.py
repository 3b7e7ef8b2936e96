"""Scripts added to sessions, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from mockserver.store.memory.data import Data, SessionData, weigh_scripts
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList, TooManyScriptsError, find_appendable, grow

# Removed scripts of a session that are still found by their id, for the journal's sake; the oldest go first.
_MOST_REMOVED = 1000


class MemoryScripts:
    """See `mockserver.store.protocols.ScriptStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def add(
        self, session: str, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the session's others."""
        with self._data.lock:
            held = self._data.scripted(session)
            return self.add_to(held, scripts, before_defaults=before_defaults, most=most)

    def add_to(
        self,
        held: SessionData,
        scripts: Sequence[Script],
        *,
        before_defaults: bool,
        most: int | None,
        prefix: str = "",
    ) -> tuple[Script, ...]:
        """The same for the holder of the scripts; with the lock held."""
        before = held.scripts.scripts
        if most is not None:
            self._check_room(held, scripts, most)
        held.additions += 1
        added = self._identify(scripts, f"{prefix}added-{held.additions}")
        names = {script.name for script in added}
        rest = tuple(script for script in before if script.name not in names)
        self._keep_removed(held, [script for script in before if script.name in names])
        at = _first_default(rest) if before_defaults and all(script.is_default for script in added) else 0
        self._replace(held, (*rest[:at], *added, *rest[at:]))
        return added

    def append(self, session: str, answers: Script, name: str | None = None, *, most: int | None = None) -> Script:
        """Put answers behind those of a script."""
        with self._data.lock:
            found = find_appendable(self.current(session).scripts, answers.kind, name)
            held = self._data.session(session)
            if most is not None:
                self._check_room(held, [answers], most)
            held.additions += 1
            (given,) = self._identify([answers], f"added-{held.additions}")
            grown = grow(found, given)
            self._keep_removed(held, [found])
            self._replace(held, tuple(grown if each is found else each for each in held.scripts.scripts))
            return grown

    def additions(self, session: str) -> int:
        """How often scripts were added."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            return held.additions if held else 0

    def current(self, session: str) -> ScriptList:
        """The session's scripts."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            return held.scripts if held else NO_SCRIPTS

    def active(self, session: str) -> ScriptList:
        """The session's scripts, then the server's."""
        data = self._data
        with data.lock:
            held, shared = data.sessions.get(session), data.shared.scripts
            if held is None or not held.scripts.scripts:
                return shared if shared.scripts or held is None else held.scripts
            if not shared.scripts:
                return held.scripts
            own = held.scripts
            if held.joined[:2] != (own.revision, shared.revision):
                data.revisions += 1
                joined = ScriptList(data.revisions, own.scripts + shared.scripts, own.ids + shared.ids)
                held.joined = (own.revision, shared.revision, joined)
            return held.joined[2]

    def find(self, session: str, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids."""
        with self._data.lock:
            known: dict[int, Script] = {}
            for held in (self._data.shared, *self._data.selected(session)):
                known |= {script.id: script for script in held.scripts.scripts} | held.removed
            return tuple(known[each] for each in ids if each in known)

    def remove(self, session: str | None, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        names: list[str] = []
        with self._data.lock:
            for held in self._data.selected(session):
                names += self.remove_from(held, name)
        return tuple(names)

    def remove_from(self, held: SessionData, name: str | None) -> tuple[str, ...]:
        """The same for the holder of the scripts; with the lock held."""
        removed = [script for script in held.scripts.scripts if name in (None, script.name)]
        if removed:
            self._keep_removed(held, removed)
            self._replace(held, tuple(each for each in held.scripts.scripts if name not in (None, each.name)))
        return tuple(script.name for script in removed)

    def owners(self) -> tuple[str, ...]:
        """The sessions that have scripts."""
        with self._data.lock:
            return tuple(held.name for held in self._data.sessions.values() if held.scripts.scripts)

    def _check_room(self, held: SessionData, scripts: Sequence[Script], most: int) -> None:
        before, room = held.scripts.scripts, self._data.settings.session_bytes
        if len(before) + len(scripts) > most:
            raise TooManyScriptsError(len(before))
        if held.script_bytes + weigh_scripts(scripts) > room:
            names = {script.name for script in scripts}
            kept = [script for script in before if script.name not in names]
            if weigh_scripts([*kept, *scripts]) > room:
                raise TooManyScriptsError(weigh_scripts(before), "bytes of scenarios")

    def _identify(self, scripts: Sequence[Script], file: str) -> tuple[Script, ...]:
        """The scripts with an id each; a document without a file gets this one."""
        identified = []
        for script in scripts:
            self._data.script_ids += 1
            document = script.document if script.document.file else replace(script.document, file=file)
            number = self._data.script_ids
            identified.append(replace(script, id=number, first_id=number, document=document))
        return tuple(identified)

    def _replace(self, held: SessionData, scripts: tuple[Script, ...]) -> None:
        self._data.revisions += 1
        held.scripts = ScriptList(self._data.revisions, scripts, tuple(script.id for script in scripts))
        held.script_bytes = held.weigh_scripts()
        if held is not self._data.shared:  # it has a bound of its own: sessions need not make room for it
            self._data.weigh(held)

    def _keep_removed(self, held: SessionData, scripts: Iterable[Script]) -> None:
        held.removed.update((script.id, script) for script in scripts)
        most = self._data.settings.session_bytes // 4
        left = weigh_scripts(tuple(held.removed.values()))
        while held.removed and (len(held.removed) > _MOST_REMOVED or left > most):
            _, oldest = held.removed.popitem(last=False)
            # Other scripts of the same document may be held on: rather too many go than too few.
            left -= len(oldest.document.text)


class MemoryServerScripts:
    """See `mockserver.store.protocols.ServerScriptStore`.

    Args:
        data: the data of the store.
        scripts: adds to the holder of any scripts, and removes from it.
    """

    def __init__(self, data: Data, scripts: MemoryScripts) -> None:
        self._data = data
        self._scripts = scripts

    def add(
        self, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the others."""
        with self._data.lock:
            return self._scripts.add_to(
                self._data.shared, scripts, before_defaults=before_defaults, most=most, prefix="server-"
            )

    def additions(self) -> int:
        """How often scripts were added."""
        with self._data.lock:
            return self._data.shared.additions

    def current(self) -> ScriptList:
        """The scripts."""
        with self._data.lock:
            return self._data.shared.scripts

    def remove(self, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        with self._data.lock:
            return self._scripts.remove_from(self._data.shared, name)


def _first_default(scripts: Sequence[Script]) -> int:
    """The place of the first script that fits every request; behind all others when there is none."""
    return next((at for at, script in enumerate(scripts) if script.is_default), len(scripts))
