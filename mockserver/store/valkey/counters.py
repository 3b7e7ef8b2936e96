"""How many answers each script has given, on the engine."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.store.kept.encoding import to_text
from mockserver.store.valkey.data import Data


class ValkeyCounters:
    """See `mockserver.store.protocols.CounterStore`. An answer is taken by one replica: in one step."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def take(self, session: str, counter: str, length: int | None, *, moves_on: bool = False) -> int | None:
        """Use up the next answer of a script."""
        traits = self._data.traits(session)
        answers = -1 if length is None else length
        position, number, count = self._data.link.call("take", *traits, counter, answers, int(moves_on))
        self._data.note_count(traits[0], int(number), counter, int(count))
        return None if position < 0 else int(position)

    def era(self, session: str) -> int:
        """A number that a reset changes."""
        found = self._data.find(session)
        if found is not None:
            return found.id
        made = int(self._data.link.call("era", *self._data.traits(session)))
        self._data.note_change()
        return made

    def put_back(self, session: str, counter: str, position: int, era: int) -> None:
        """Give back an answer that could not be made."""
        self._data.link.call("put_back", self._data.digest(session), counter, position, era)
        self._data.note_change()

    def counts(self, session: str) -> Mapping[str, int]:
        """How many answers were used up, by counter."""
        view = self._data.view(session)
        if view.session is None:
            return {}
        if view.counts is not None:
            return view.counts.copy()
        each = iter(self._data.link.call("counts", view.digest))
        counts = {to_text(name): int(count) for name, count in zip(each, each, strict=True)}
        self._data.note_counts(view, counts)
        return counts.copy()
