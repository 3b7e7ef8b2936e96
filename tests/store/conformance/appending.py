"""Answers appended to scripts: kept as text, counted on."""

from __future__ import annotations

import pytest

from mockserver.store import Document, NotAppendableError, Script, Store, TooManyScriptsError
from tests.store.conformance.subject import WORKERS, Subject, at_once


def answers(kind: str = "calls", length: int | None = 1) -> Script:
    return Script("", Document("words", "[]", "test.py", 9, kind), kind=kind, length=length)


class Appending(Subject):
    """See `mockserver.store.protocols.ScriptStore.append`."""

    def add(self, store: Store, name: str, kind: str = "calls", length: int | None = 1) -> Script:
        (added,) = store.scripts.add("s", [Script(name, Document("words", name), kind=kind, length=length)])
        return added

    def test_answers_come_behind_the_others(self) -> None:
        store = self.open()
        first, other = self.add(store, "a", length=2), self.add(store, "b")
        grown = store.scripts.append("s", answers(length=3), "a")
        assert (grown.name, grown.length, grown.document, len(grown.more)) == ("a", 5, first.document, 1)
        assert store.scripts.current("s").scripts == (other, grown)
        # The journal still tells the script as it was.
        assert store.scripts.find("s", [first.id, grown.id]) == (first, grown)
        assert (grown.first_id, first.first_id, grown.id > other.id) == (first.id, first.id, True)

    def test_without_a_name_the_newest_of_its_kind_grows(self) -> None:
        store = self.open()
        for name, kind in (("old", "calls"), ("new", "calls"), ("turns", "turns"), ("reply", "reply")):
            self.add(store, name, kind)
        store.scripts.append("s", answers(), "old")
        assert store.scripts.append("s", answers()).name == "new"
        assert store.scripts.append("s", answers("turns")).name == "turns"

    def test_count_goes_on(self) -> None:
        store = self.open()
        self.add(store, "a")
        assert [store.counters.take("s", "a", 1) for _ in range(2)] == [0, None]
        assert store.counters.take("s", "a", store.scripts.append("s", answers()).length) == 1

    @pytest.mark.parametrize(
        ("name", "kind", "told"),
        [
            ("gone", "calls", "This session has no script named 'gone'."),
            ("a", "turns", "The script 'a' is one of calls, not of turns."),
            (None, "turns", "This session has no script of turns."),
            ("endless", "calls", "The last answer of the script 'endless' is given always"),
        ],
    )
    def test_what_cannot_grow_is_told(self, name: str | None, kind: str, told: str) -> None:
        store = self.open()
        self.add(store, "a"), self.add(store, "endless", length=None)
        before = store.scripts.current("s")
        with pytest.raises(NotAppendableError) as caught:
            store.scripts.append("s", answers(kind), name)
        assert str(caught.value).startswith(told)
        assert caught.value.is_missing == ("has no script" in told)
        assert (store.scripts.current("s"), store.scripts.additions("s")) == (before, 2)

    def test_missing_session_is_not_made(self) -> None:
        store = self.open()
        with pytest.raises(NotAppendableError):
            store.scripts.append("nobody", answers())
        assert store.sessions.names() == ()

    def test_additions_are_bounded(self) -> None:
        store = self.open(session_bytes=4_000)
        self.add(store, "a")
        large = Script("", Document("words", "x" * 5_000, script="calls"), kind="calls", length=1)
        for given, most in ((answers(), 1), (large, 9)):
            with pytest.raises(TooManyScriptsError):
                store.scripts.append("s", given, "a", most=most)
        for _ in range(1_000):
            store.scripts.append("s", answers())
        with pytest.raises(NotAppendableError, match="1000 times: append several at once"):
            store.scripts.append("s", answers())

    def test_answers_are_weighed_once(self) -> None:
        store = self.open()
        self.add(store, "a")
        before = store.usage().session_bytes
        for _ in range(3):
            large = Document("words", "x" * 10_000, script="calls")
            store.scripts.append("s", Script("", large, kind="calls", length=1))
        assert 30_000 <= store.usage().session_bytes - before < 32_000

    def test_answers_appended_by_many_are_all_there(self) -> None:
        store = self.open()
        self.add(store, "a")
        at_once(lambda _: [store.scripts.append("s", answers()) for _ in range(25)])
        (grown,) = store.scripts.current("s").scripts
        assert (grown.length, len(grown.more)) == (25 * WORKERS + 1, 25 * WORKERS)
