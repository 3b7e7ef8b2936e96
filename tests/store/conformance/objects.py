"""Objects that outlive a call, and their contents."""

from __future__ import annotations

import pytest

from mockserver.store import Store
from mockserver.store.claims import ClaimLostError
from mockserver.store.errors import StoreFullError
from mockserver.store.objects import Given
from tests.store.conformance.subject import WORKERS, Subject, at_once


def keep(store: Store, *pieces: bytes) -> str:
    """The name of a finished content."""
    writer = store.blobs.create()
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


def read(store: Store, name: str) -> bytes | None:
    """A content."""
    stream = store.blobs.open(name)
    if stream is None:
        return None
    with stream:
        return stream.read()


class Objects(Subject):
    """Objects of sessions."""

    def test_object_is_found_by_session_kind_and_id(self) -> None:
        objects = self.open().objects
        added = objects.add("s", "batch", "b_1", b"{}")
        assert objects.get("s", "batch", "b_1") == added
        assert objects.get("s", "batch", "b_2") is None
        assert objects.get("s", "file", "b_1") is None
        assert objects.get("other", "batch", "b_1") is None

    def test_object_is_replaced_only_as_it_was(self) -> None:
        objects = self.open().objects
        number = objects.add("s", "batch", "b_1", b"1").number
        assert objects.replace("s", "batch", "b_1", b"1", b"2")
        assert not objects.replace("s", "batch", "b_1", b"1", b"3")
        assert not objects.replace("s", "batch", "gone", b"1", b"3")
        found = objects.get("s", "batch", "b_1")
        assert found is not None
        assert (found.data, found.number) == (b"2", number)

    def test_pages_lead_from_the_latest_to_the_first_and_back(self) -> None:
        objects = self.open().objects
        numbers = [objects.add("s", "file", f"f_{index}", b"{}").number for index in range(5)]
        first = objects.page("s", "file", 2)
        assert ([each.id for each in first.objects], first.has_more) == (["f_4", "f_3"], True)
        second = objects.page("s", "file", 3, below=numbers[3])
        assert ([each.id for each in second.objects], second.has_more) == (["f_2", "f_1", "f_0"], False)
        back = objects.page("s", "file", 2, above=numbers[0])
        assert ([each.id for each in back.objects], back.has_more) == (["f_2", "f_1"], True)

    def test_page_may_be_of_one_parent(self) -> None:
        objects = self.open().objects
        for index in range(4):
            objects.add("s", "version", f"v_{index}", b"{}", parent=f"p_{index % 2}")
        assert [each.id for each in objects.page("s", "version", 9, parent="p_1").objects] == ["v_3", "v_1"]

    def test_removed_object_takes_what_belongs_to_it_along(self) -> None:
        store = self.open()
        store.objects.add("s", "skill", "p_1", b"{}")
        name = keep(store, b"content")
        store.objects.add("s", "version", "v_1", b"{}", parent="p_1", blobs=[name])
        assert store.objects.remove("s", "skill", "p_1")
        assert not store.objects.remove("s", "skill", "p_1")
        assert (store.objects.count("s", "version"), read(store, name)) == (0, None)

    def test_number_of_a_removed_object_is_known(self) -> None:
        objects = self.open().objects
        number = objects.add("s", "file", "f_1", b"{}").number
        objects.remove("s", "file", "f_1")
        assert objects.find_number("s", "file", "f_1") == number
        assert objects.find_number("s", "file", "f_2") is None

    def test_reset_forgets_objects_of_one_session(self) -> None:
        store = self.open()
        name = keep(store, b"content")
        store.objects.add("s", "file", "f_1", b"{}", blobs=[name])
        store.objects.add("other", "file", "f_2", b"{}")
        store.reset("s")
        assert store.objects.get("s", "file", "f_1") is None
        assert read(store, name) is None
        assert store.objects.get("other", "file", "f_2")
        store.reset()
        assert store.objects.get("other", "file", "f_2") is None

    def test_object_is_added_only_while_another_one_is_as_it_has_to_be(self) -> None:
        store = self.open()
        objects = store.objects
        for given in (Given("mark", "m", b"1"), Given("mark", "m", b"")):
            with pytest.raises(ClaimLostError):
                objects.add("s", "rows", "r_1", b"{}", given=given)
        assert not store.sessions.exists("s")
        objects.add("s", "mark", "m", b"1")
        assert objects.add("s", "rows", "r_1", b"{}", given=Given("mark", "m", b"1")).data == b"{}"
        objects.replace("s", "mark", "m", b"1", b"2")
        writer = store.blobs.create()
        writer.write(b"content")
        with pytest.raises(ClaimLostError):
            objects.add("s", "rows", "r_1", b"[]", blobs=[writer.finish()], given=Given("mark", "m", b"1"))
        writer.discard()
        found = objects.get("s", "rows", "r_1")
        assert found is not None
        assert (found.data, store.blobs.held()) == (b"{}", 0)

    def test_sessions_are_found_by_the_kinds_of_their_objects(self) -> None:
        store = self.open()
        store.sessions.begin_call("none")
        for session in ("a", "b", "c"):
            store.sessions.reveal(session)
            for object_id in ("m_1", "m_2"):
                store.objects.add(session, "mark", object_id, b"{}", parent="p")
                store.objects.add(session, "mark", object_id, b"{}")
        store.objects.add("c", "marked", "m_1", b"{}")
        assert {*store.objects.find_sessions("mark")} == {"a", "b", "c"}
        store.objects.remove("a", "mark", "m_1")
        assert {*store.objects.find_sessions("mark")} == {"a", "b", "c"}
        store.objects.remove("a", "mark", "m_2")
        store.reset("b")
        assert store.objects.find_sessions("mark") == ("c",)
        assert store.objects.find_sessions("marked") == ("c",)
        assert store.objects.find_sessions("mar") == ()
        store.reset()
        assert store.objects.find_sessions("mark") == ()

    def test_claim_lives_as_long_as_the_work(self) -> None:
        claims = self.open().claims
        with claims.begin() as claim:
            assert claims.is_alive(claim)
            with claims.begin() as other:
                assert claim != other
            assert (claims.is_alive(claim), claims.is_alive(other)) == (True, False)
        assert not claims.is_alive(claim)
        assert not claims.is_alive("")
        assert not claims.is_alive("unknown/1")

    def test_session_with_objects_that_made_room_is_lost(self) -> None:
        store = self.open(max_sessions=1)
        store.sessions.begin_call("s")
        store.objects.add("s", "file", "f_1", b"{}", blobs=[keep(store, b"content")])
        store.sessions.begin_call("other")
        assert store.sessions.is_lost("s")
        assert store.usage().blob_bytes == 0

    def test_only_one_of_those_at_once_replaces(self) -> None:
        objects = self.open().objects
        objects.add("s", "batch", "b_1", b"0")
        won = at_once(lambda number: objects.replace("s", "batch", "b_1", b"0", str(number + 1).encode()))
        assert won.count(True) == 1

    def test_all_added_at_once_have_numbers_of_their_own(self) -> None:
        objects = self.open().objects
        numbers = at_once(lambda number: objects.add("s", "file", f"f_{number}", b"{}").number)
        assert len({*numbers}) == WORKERS
        assert objects.count("s", "file") == WORKERS


class Blobs(Subject):
    """Contents of objects."""

    @pytest.mark.parametrize("size", [0, 10, 3_000_000])
    def test_content_is_read_as_it_was_written(self, size: int) -> None:
        store = self.open()
        name = keep(store, b"a" * size, b"end")
        store.objects.add("s", "file", "f_1", b"{}", blobs=[name])
        assert read(store, name) == b"a" * size + b"end"
        assert (store.blobs.size(name), store.usage().blob_bytes) == (size + 3, size + 3)

    def test_content_lives_as_long_as_an_object_holds_it(self) -> None:
        store = self.open()
        name = keep(store, b"content")
        for object_id in ("f_1", "f_2"):
            store.objects.add("s", "file", object_id, b"{}", blobs=[name])
        store.objects.remove("s", "file", "f_1")
        assert read(store, name) == b"content"
        store.objects.remove("s", "file", "f_2")
        assert (read(store, name), store.blobs.held()) == (None, 0)

    def test_equal_contents_do_not_depend_on_each_other(self) -> None:
        store = self.open()
        for object_id in ("f_1", "f_2"):
            store.objects.add("s", "file", object_id, b"{}", blobs=[keep(store, b"same")])
        store.objects.remove("s", "file", "f_1")
        found = store.objects.get("s", "file", "f_2")
        assert found is not None
        assert read(store, found.blobs[0]) == b"same"

    def test_content_that_is_being_read_is_read_to_its_end(self) -> None:
        store = self.open()
        name = keep(store, b"a" * 3_000_000)
        store.objects.add("s", "file", "f_1", b"{}", blobs=[name])
        stream = store.blobs.open(name)
        assert stream is not None
        with stream:
            store.objects.remove("s", "file", "f_1")
            assert len(stream.read()) == 3_000_000

    @pytest.mark.parametrize("size", [10, 3_000_000])
    def test_nothing_is_left_of_a_content_that_was_given_up(self, size: int) -> None:
        store = self.open()
        begun, finished = store.blobs.create(), store.blobs.create()
        for writer in (begun, finished):
            writer.write(b"a" * size)
        name = finished.finish()
        begun.discard()
        finished.discard()
        assert (read(store, name), store.blobs.held()) == (None, 0)

    def test_discarding_does_nothing_to_a_content_that_is_held(self) -> None:
        store = self.open()
        writer = store.blobs.create()
        writer.write(b"content")
        name = writer.finish()
        store.objects.add("s", "file", "f_1", b"{}", blobs=[name])
        writer.discard()
        assert read(store, name) == b"content"

    def test_contents_have_a_bound(self) -> None:
        store = self.open(blob_bytes=100)
        store.objects.add("s", "file", "f_1", b"{}", blobs=[keep(store, b"a" * 60)])
        writer = store.blobs.create()
        with pytest.raises(StoreFullError, match="blob_bytes"):
            writer.write(b"a" * 60)
        assert store.blobs.held() == 60
        assert keep(store, b"a" * 40)
