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
            before = held.scripts.scripts
            if most is not None:
                self._check_room(held, scripts, most)
            held.additions += 1
            added = self._identify(scripts, f"added-{held.additions}")
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

    def find(self, session: str, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            if held is None:
                return ()
            known = {script.id: script for script in held.scripts.scripts} | held.removed
            return tuple(known[each] for each in ids if each in known)

    def remove(self, session: str | None, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        names: list[str] = []
        with self._data.lock:
            for held in self._data.selected(session):
                removed = [script for script in held.scripts.scripts if name in (None, script.name)]
                if removed:
                    self._keep_removed(held, removed)
                    self._replace(held, tuple(each for each in held.scripts.scripts if name not in (None, each.name)))
                    names += [script.name for script in removed]
        return tuple(names)

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
        self._data.weigh(held)

    def _keep_removed(self, held: SessionData, scripts: Iterable[Script]) -> None:
        held.removed.update((script.id, script) for script in scripts)
        most = self._data.settings.session_bytes // 4
        left = weigh_scripts(tuple(held.removed.values()))
        while held.removed and (len(held.removed) > _MOST_REMOVED or left > most):
            _, oldest = held.removed.popitem(last=False)
            # Other scripts of the same document may be held on: rather too many go than too few.
            left -= len(oldest.document.text)


def _first_default(scripts: Sequence[Script]) -> int:
    """The place of the first script that fits every request; behind all others when there is none."""
    return next((at for at, script in enumerate(scripts) if script.is_default), len(scripts))
