"""Scripts added to sessions, in SQLite: a list of ids, and the scripts and their texts by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.kept.scripts import check_room, cut_removed, identify, put_in_front
from mockserver.store.memory.data import weigh_scripts
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList, find_appendable, grow
from mockserver.store.sqlite.data import Data, Known
from mockserver.store.sqlite.scripted import drop_scripts, load_scripts, save_scripts

# Lists of two lists have revisions above those of all others.
_JOINED = 1 << 40


class SqliteScripts:
    """See `mockserver.store.protocols.ScriptStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def add(
        self, session: str, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the session's others."""
        with self._data.writing():
            self._data.recall(session)
            return self.add_to(self._data.session(session), scripts, before_defaults=before_defaults, most=most)

    def add_to(
        self, held: Known, scripts: Sequence[Script], *, before_defaults: bool, most: int | None, prefix: str = ""
    ) -> tuple[Script, ...]:
        """The same for the holder of the scripts; inside a transaction."""
        before = self.load(held).scripts
        if most is not None:
            self._check_room(held, scripts, most)
        added = self._identify(scripts, f"{prefix}added-{self._count_addition(held)}")
        names = {script.name for script in added}
        gone = [script for script in before if script.name in names]
        self._replace(held, put_in_front(before, added, before_defaults=before_defaults), gone, added)
        return added

    def append(self, session: str, answers: Script, name: str | None = None, *, most: int | None = None) -> Script:
        """Put answers behind those of a script."""
        with self._data.writing():
            found = find_appendable(self.current(session).scripts, answers.kind, name)
            held = self._data.session(session)
            if most is not None:
                self._check_room(held, [answers], most)
            (given,) = self._identify([answers], f"added-{self._count_addition(held)}")
            grown = grow(found, given)
            scripts = tuple(grown if each is found else each for each in self.load(held).scripts)
            self._replace(held, scripts, [found], [grown])
            return grown

    def additions(self, session: str | None) -> int:
        """How often scripts were added to a session, or to those for all."""
        held = self._data.find_or_server(session)
        if held is None:
            return 0
        rows = self._data.database.run("SELECT additions FROM sessions WHERE id = ?", held.id)
        return int(rows[0][0]) if rows else 0  # another process has removed the session this moment

    def current(self, session: str) -> ScriptList:
        """The session's scripts."""
        held = self._data.find(session)
        return self.load(held) if held else NO_SCRIPTS

    def active(self, session: str) -> ScriptList:
        """The session's scripts, then the server's."""
        held, server = self._data.find(session), self._data.server()
        if server.script_ids is None and (held is None or held.script_ids is None):
            # None has any: told apart as in `load`.
            return self.load(held or server)
        shared = self.load(server)
        if held is None or held.script_ids is None:
            return shared
        own = self.load(held)
        if not shared.scripts:
            return own
        revision = own.revision * _JOINED + shared.revision
        if held.joined.revision != revision:
            held.joined = ScriptList(revision, own.scripts + shared.scripts, own.ids + shared.ids)
        return held.joined

    def find(self, session: str, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids."""
        known: dict[int, Script] = {}
        with self._data.database.lock:
            for held in (self._data.server(), self._data.find(session)):
                if held is not None:
                    known |= {script.id: script for script in self.load(held).scripts} | self._load_removed(held)
        return tuple(known[each] for each in ids if each in known)

    def remove(self, session: str | None, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        names: list[str] = []
        with self._data.writing():
            for owner in self.owners() if session is None else (session,):
                held = self._data.find(owner)
                if held is not None:
                    names += self.remove_from(held, name)
        return tuple(names)

    def remove_from(self, held: Known, name: str | None) -> tuple[str, ...]:
        """The same for the holder of the scripts; inside a transaction."""
        scripts = self.load(held).scripts
        removed = [script for script in scripts if name in (None, script.name)]
        if removed:
            self._replace(held, tuple(each for each in scripts if name not in (None, each.name)), removed, ())
        return tuple(script.name for script in removed)

    def owners(self) -> tuple[str, ...]:
        """The sessions that have scripts."""
        sql = "SELECT digest, name, shown FROM sessions WHERE script_ids NOTNULL AND used > 0 ORDER BY used"
        return tuple(self._data.names.show(*row) for row in self._data.database.run(sql))

    def load(self, held: Known) -> ScriptList:
        """The scripts of a session, or those for all."""
        if held.scripts is None:
            with self._data.database.lock:
                ids = unpack(held.script_ids, tuple[int, ...]) if held.script_ids else ()
                scripts = load_scripts(self._data.database, ids, held.texts)
                held.scripts = ScriptList(held.script_revision, scripts, ids) if held.script_revision else NO_SCRIPTS
        return held.scripts

    def _load_removed(self, held: Known) -> dict[int, Script]:
        """The removed scripts, the one removed first in front."""
        if held.removed is None:
            ((packed,),) = self._data.database.run("SELECT removed_ids FROM sessions WHERE id = ?", held.id) or (
                (None,),
            )
            ids = unpack(packed, tuple[int, ...]) if packed else ()
            held.removed = {script.id: script for script in load_scripts(self._data.database, ids, held.texts)}
        return held.removed

    def _count_addition(self, held: Known) -> int:
        sql = "UPDATE sessions SET additions = additions + 1 WHERE id = ? RETURNING additions"
        return int(self._data.database.run(sql, held.id)[0][0])

    def _check_room(self, held: Known, scripts: Sequence[Script], most: int) -> None:
        removed = tuple(self._load_removed(held).values())
        check_room(self.load(held).scripts, removed, scripts, most, self._data.settings.session_bytes)

    def _identify(self, scripts: Sequence[Script], file: str) -> tuple[Script, ...]:
        return identify(scripts, self._data.database.next("script", len(scripts)), file)

    def _replace(
        self, held: Known, scripts: tuple[Script, ...], gone: Iterable[Script], added: Sequence[Script]
    ) -> None:
        """Put a list in the place of the former one; inside a transaction."""
        database = self._data.database
        removed = dict(self._load_removed(held)) | {script.id: script for script in gone}
        dropped = cut_removed(removed, self._data.settings.session_bytes // 4)
        ids, revision = tuple(script.id for script in scripts), database.next("list")
        size = weigh_scripts((*scripts, *removed.values()))
        database.run(
            "UPDATE sessions SET script_ids = ?, removed_ids = ?, script_revision = ?, size = size - script_bytes + ?, "
            "script_bytes = ? WHERE id = ?",
            *(pack(ids) if ids else None, pack(tuple(removed)) if removed else None, revision, size, size, held.id),
        )
        save_scripts(database, held.id, held.texts, added)
        if dropped:
            drop_scripts(database, held.texts, dropped, (*scripts, *removed.values()))
        held.scripts, held.removed = ScriptList(revision, scripts, ids), removed
        held.script_ids, held.script_revision = pack(ids) if ids else None, revision
        self._data.tell_change()


class SqliteServerScripts:
    """See `mockserver.store.protocols.ServerScriptStore`.

    Args:
        data: the data of the store.
        scripts: adds to the holder of any scripts, and removes from it.
    """

    def __init__(self, data: Data, scripts: SqliteScripts) -> None:
        self._data = data
        self._scripts = scripts

    def add(
        self, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the others."""
        with self._data.writing():
            return self._scripts.add_to(
                self._data.server(), scripts, before_defaults=before_defaults, most=most, prefix="server-"
            )

    def additions(self) -> int:
        """How often scripts were added."""
        return self._scripts.additions(None)

    def current(self) -> ScriptList:
        """The scripts."""
        return self._scripts.load(self._data.server())

    def remove(self, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts."""
        with self._data.writing():
            return self._scripts.remove_from(self._data.server(), name)
