"""Scripts: kept as text, in the order they are tried."""

from __future__ import annotations

import json

import pytest

from mockserver.store import Document, Script, Store, TooManyScriptsError
from tests.store.conformance.subject import WORKERS, Subject, at_once


def script(name: str, *, is_default: bool = False, file: str = "test.py") -> Script:
    return Script(name, Document("words", f'{{"name": "{name}"}}', file, 3), is_default=is_default)


def sized(name: str, size: int) -> Script:
    return Script(name, Document("words", json.dumps({"name": name, "reply": "x" * size}), "test.py", 3))


def names(store: Store, session: str = "s") -> list[str]:
    return [each.name for each in store.scripts.current(session).scripts]


class Scripts(Subject):
    """See `mockserver.store.protocols.ScriptStore`."""

    def test_text_comes_back_as_it_was(self) -> None:
        scripts = self.open().scripts
        text = 'name: "ü\ud83d" # \U0001f99c\n'.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
        given = Script("ü", Document("text", text, "a.yaml", 7), 2, is_default=True)
        (added,) = scripts.add("s", [given])
        (found,) = scripts.current("s").scripts
        assert found == added
        assert (found.name, found.document, found.index, found.is_default) == ("ü", given.document, 2, True)

    def test_newest_scripts_stand_in_front(self) -> None:
        store = self.open()
        store.scripts.add("s", [script("a")])
        store.scripts.add("s", [script("b"), script("c", is_default=True)])
        assert names(store) == ["b", "c", "a"]
        assert store.scripts.additions("s") == 2

    def test_same_name_replaces(self) -> None:
        store = self.open()
        store.scripts.add("s", [script("a"), script("b")])
        store.scripts.add("s", [script("b", file="other.py")])
        assert names(store) == ["b", "a"]
        assert store.scripts.current("s").scripts[0].document.file == "other.py"

    def test_defaults_go_behind_scripts_with_conditions(self) -> None:
        store = self.open()
        for name, is_default in (("first for all", True), ("some", False), ("for all", True), ("others", False)):
            store.scripts.add("s", [script(name, is_default=is_default)], before_defaults=True)
        assert names(store) == ["others", "some", "for all", "first for all"]

    def test_default_alone_with_conditions_is_last(self) -> None:
        store = self.open()
        for name, is_default in (("some", False), ("for all", True)):
            store.scripts.add("s", [script(name, is_default=is_default)], before_defaults=True)
        assert names(store) == ["some", "for all"]

    def test_documents_without_a_file_get_a_name(self) -> None:
        store = self.open()
        files = []
        for _ in range(2):
            added = store.scripts.add("s", [script("a", file=""), script("b", file="")])
            files.append([each.document.file for each in added])
        assert files == [["added-1", "added-1"], ["added-2", "added-2"]]
        assert [each.document.file for each in store.scripts.current("s").scripts] == ["added-2", "added-2"]

    def test_names_of_documents_go_on_after_a_reset(self) -> None:
        """What is added again starts anew: its counter has another name."""
        store = self.open()
        store.scripts.add("s", [script("a", file="")])
        store.reset("s")
        (again,) = store.scripts.add("s", [script("a", file="")])
        assert again.document.file == "added-2"

    def test_more_than_the_bound_are_refused(self) -> None:
        store = self.open()
        store.scripts.add("s", [script("a"), script("b")], most=2)
        with pytest.raises(TooManyScriptsError) as refused:
            store.scripts.add("s", [script("c")], most=2)
        assert refused.value.held == 2
        assert (names(store), store.scripts.additions("s")) == (["a", "b"], 1)

    def test_more_bytes_than_the_bound_are_refused(self) -> None:
        """Scripts that were replaced make room; of the removed ones not more is kept than there is room for."""
        store = self.open(session_bytes=100_000)
        for _ in range(20):
            store.scripts.add("s", [sized("a", 60_000)], most=9)
        with pytest.raises(TooManyScriptsError, match="bytes of scenarios") as refused:
            store.scripts.add("s", [sized("b", 60_000)], most=9)
        assert refused.value.held >= 60_000
        assert names(store) == ["a"]
        assert store.usage().session_bytes < 150_000
        store.scripts.add("s", [sized("b", 60_000)])
        assert names(store) == ["b", "a"]

    def test_revision_changes_with_the_list(self) -> None:
        store = self.open()
        assert store.scripts.current("s").revision == 0
        revisions = set()
        for session in ("s", "other"):
            store.scripts.add(session, [script("a"), script("b")])
            revisions.add(store.scripts.current(session).revision)
            store.scripts.remove(session, "a")
            revisions.add(store.scripts.current(session).revision)
        assert store.scripts.current("s").revision == store.scripts.current("s").revision
        assert len(revisions - {0}) == 4

    def test_scripts_are_removed_by_name(self) -> None:
        store = self.open()
        for session in ("s", "other"):
            store.scripts.add(session, [script("a"), script("b")])
        assert store.scripts.remove("s", "a") == ("a",)
        assert store.scripts.remove("s", "a") == ()
        assert (names(store), names(store, "other")) == (["b"], ["a", "b"])
        assert store.scripts.remove(None, "b") == ("b", "b")
        assert store.scripts.remove(None) == ("a",)
        assert store.scripts.remove("nobody") == ()

    def test_owners_have_scripts(self) -> None:
        store = self.open()
        store.sessions.touch("empty")
        for session in ("s", "other"):
            store.scripts.add(session, [script("a")])
        store.scripts.remove("other")
        assert store.scripts.owners() == ("s",)

    def test_scripts_are_found_by_id_after_they_are_removed(self) -> None:
        store = self.open()
        before = store.scripts.add("s", [script("a"), script("b")])
        (after,) = store.scripts.add("s", [script("b", file="other.py")])
        ids = [each.id for each in (*before, after)]
        assert store.scripts.current("s").ids == (after.id, before[0].id)
        assert store.scripts.find("s", ids) == (*before, after)
        store.scripts.remove("s")
        assert store.scripts.find("s", [*reversed(ids), 12345]) == (after, *reversed(before))
        assert store.scripts.find("other", ids) == ()
        store.reset("s")
        assert store.scripts.find("s", ids) == ()

    def test_scripts_added_by_many_are_all_there(self) -> None:
        store = self.open()

        def work(number: int) -> None:
            for step in range(25):
                store.scripts.add("s", [script(f"{number}-{step}", file="")])

        at_once(work)
        listed = store.scripts.current("s")
        assert len({each.name for each in listed.scripts}) == len(set(listed.ids)) == 25 * WORKERS
        assert len({each.document.file for each in listed.scripts}) == store.scripts.additions("s") == 25 * WORKERS

    def test_scripts_for_all_sessions_come_after_those_of_the_session(self) -> None:
        store = self.open()
        assert store.scripts.active("s").revision == 0
        store.server_scripts.add([script("for all")])
        shared = store.server_scripts.current()
        assert shared == store.scripts.active("s") == store.scripts.active("other")
        store.scripts.add("s", [script("own")])
        both = store.scripts.active("s")
        assert [each.name for each in both.scripts] == ["own", "for all"]
        assert both == store.scripts.active("s")
        assert both.revision not in (shared.revision, store.scripts.current("s").revision)
        assert [each.name for each in store.scripts.find("s", both.ids)] == ["own", "for all"]
        assert (names(store), store.scripts.owners(), store.sessions.names()) == (["own"], ("s",), ("s",))

    def test_joined_scripts_follow_both_lists(self) -> None:
        store = self.open()
        revisions = set()
        for number in range(3):
            store.server_scripts.add([script(f"for all {number}")])
            revisions.add(store.scripts.active("s").revision)
            store.scripts.add("s", [script(f"own {number}")])
            revisions.add(store.scripts.active("s").revision)
        assert [each.name for each in store.scripts.active("s").scripts] == [
            *("own 2", "own 1", "own 0", "for all 2", "for all 1", "for all 0")
        ]
        assert len(revisions) == 6
        assert store.server_scripts.remove("for all 1") == ("for all 1",)
        assert store.server_scripts.remove() == ("for all 2", "for all 0")
        assert store.server_scripts.remove() == ()
        assert store.scripts.active("s") == store.scripts.current("s")

    def test_scripts_for_all_stay_until_everything_is_reset(self) -> None:
        store = self.open(max_sessions=1)
        (first,) = store.server_scripts.add([script("a", file="")])
        for name in ("s", "other"):
            store.sessions.begin_call(name)
            store.reset(name)
            store.forget(name)
            store.scripts.remove(None)
        assert store.server_scripts.current().scripts == (first,)
        assert store.usage().session_bytes >= len(first.document.text)
        store.reset()
        assert store.server_scripts.current().scripts == store.scripts.find("s", [first.id]) == ()
        (again,) = store.server_scripts.add([script("a", file="")])
        assert (first.document.file, again.document.file) == ("server-added-1", "server-added-2")
        assert store.server_scripts.additions() == 2

    def test_scripts_for_all_have_a_bound_of_their_own(self) -> None:
        store = self.open(session_bytes=100_000)
        store.scripts.add("s", [script("own")])
        store.server_scripts.add([sized("a", 90_000)], most=9)
        for given, most in ((sized("b", 60_000), 9), (script("c"), 1)):
            with pytest.raises(TooManyScriptsError):
                store.server_scripts.add([given], most=most)
        store.sessions.begin_call("other")
        # No session made room for them.
        assert store.sessions.names() == ("s", "other")
        assert [each.name for each in store.server_scripts.current().scripts] == ["a"]
