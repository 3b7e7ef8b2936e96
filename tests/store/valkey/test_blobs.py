"""Contents of objects that replicas share: in one folder, without one, and what is left of replicas that died."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mockserver.records.settings import Settings
from mockserver.store.errors import StoreFailedError, StoreFullError
from mockserver.store.valkey import ValkeyStore, open_store
from tests.store.conformance.objects import keep, read

Opening = Callable[..., ValkeyStore]


@pytest.fixture
def opening(engine: str, tmp_path: Path) -> Iterator[Opening]:
    """Opens one more replica: with a folder, or ("") without one."""
    opened: list[ValkeyStore] = []
    name = uuid4().hex

    def open_one(folder: Path | str = tmp_path / "files", *, mock: str = name, blob_bytes: int = 10**9) -> ValkeyStore:
        files = f"&files={folder}" if folder else ""
        opened.append(open_store(f"{engine}?name={mock}{files}", Settings(blob_bytes=blob_bytes)))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def age(folder: Path) -> None:
    """As if all files had been written two hours ago."""
    for path in list_files(folder):
        os.utime(path, (time.time() - 7200,) * 2)


def test_content_of_one_replica_is_read_and_removed_by_another(opening: Opening, tmp_path: Path) -> None:
    first, second = opening(), opening()
    name = keep(first, b"content")
    first.objects.add("s", "file", "f_1", b"{}", blobs=[name])
    assert read(second, name) == b"content"
    assert second.objects.remove("s", "file", "f_1")
    assert read(first, name) is None
    assert list_files(tmp_path) == []


@pytest.mark.parametrize("how", ["reset", "reset all", "forget"])
def test_files_go_with_their_session(opening: Opening, tmp_path: Path, how: str) -> None:
    first, second = opening(), opening()
    first.objects.add("s", "file", "f_1", b"{}", blobs=[keep(first, b"content")])
    if how == "forget":
        second.forget("s")
    else:
        second.reset("s" if how == "reset" else None)
    assert list_files(tmp_path) == []
    assert first.blobs.held() == 0


def test_bound_is_one_of_all_replicas(opening: Opening, tmp_path: Path) -> None:
    first, second = opening(blob_bytes=100), opening(blob_bytes=100)
    names = [keep(store, b"a" * 60) for store in (first, second)]
    first.objects.add("s", "file", "f_1", b"{}", blobs=names[:1])
    with pytest.raises(StoreFullError, match="blob_bytes"):
        second.objects.add("s", "file", "f_2", b"{}", blobs=names[1:])
    assert second.objects.get("s", "file", "f_2") is None
    assert second.blobs.held() == 120
    second.close()
    assert len(list_files(tmp_path)) == 1


def test_without_a_folder_the_error_says_what_to_add(opening: Opening) -> None:
    store = opening("")
    writer = store.blobs.create()
    with pytest.raises(StoreFullError, match="files=DIR"):
        writer.write(b"content")
    with pytest.raises(StoreFullError, match="files=DIR"):
        store.blobs.create().finish()
    writer.discard()
    store.objects.add("s", "user_profile", "p_1", b"{}")
    assert store.objects.count("s", "user_profile") == 1
    assert store.blobs.held() == 0


def test_folder_that_cannot_be_written_is_named(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / "none").write_text("a file")
    store = opening(tmp_path / "none")
    with pytest.raises(StoreFullError, match=r"none/mock-.*Not a directory"):
        keep(store, b"content")
    assert store.blobs.held() == 0


def test_folder_that_is_read_only_is_named(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opening()

    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)  # root may write where nobody else may
        with pytest.raises(StoreFullError, match="Read-only file system"):
            keep(store, b"content")
    assert store.blobs.held() == 0


def test_content_in_the_folder_of_another_machine_is_missing(opening: Opening, tmp_path: Path) -> None:
    first, second = opening(), opening(tmp_path / "other")
    name = keep(first, b"content")
    first.objects.add("s", "file", "f_1", b"{}", blobs=[name])
    with pytest.raises(StoreFailedError, match="need the same folder"):
        second.blobs.open(name)


def test_what_a_replica_left_is_removed_after_an_hour(opening: Opening, tmp_path: Path) -> None:
    first, second = opening(), opening()
    held = keep(first, b"held")
    first.objects.add("s", "file", "f_1", b"{}", blobs=[held])
    keep(first, b"never added")
    begun = first.blobs.create()
    begun.write(b"half" * 10_000)
    second.objects.expire(0)
    assert len(list_files(tmp_path)) == 3
    age(tmp_path)
    second.objects.expire(0)
    assert [path.name for path in list_files(tmp_path)] == [held]
    begun.discard()


def test_mocks_with_one_folder_leave_each_other_alone(opening: Opening, tmp_path: Path) -> None:
    own, other = opening(), opening(mock=uuid4().hex)
    name = keep(own, b"content")
    own.objects.add("s", "file", "f_1", b"{}", blobs=[name])
    age(tmp_path)
    other.objects.expire(0)
    assert read(own, name) == b"content"


def test_old_objects_go_with_their_contents(opening: Opening, tmp_path: Path) -> None:
    store = opening()
    for number in range(3):
        store.objects.add("s", "file", f"f_{number}", b"{}", blobs=[keep(store, b"content")])
        store.objects.add("t", "skill", f"s_{number}", b"{}", parent="p")
    store.objects.expire(0)
    assert store.objects.count("s", "file") == 3
    store.objects.expire(time.time() + 60)
    assert [store.objects.count("s", "file"), store.objects.count("t", "skill")] == [0, 0]
    assert list_files(tmp_path) == []


def test_ids_are_whatever_they_are(opening: Opening) -> None:
    objects = opening().objects
    for object_id in ("", "a\0b", "é\n{}", "0" * 40):
        objects.add("s", "file", object_id, b"\xff\0", parent=object_id)
        assert objects.page("s", "file", 9, parent=object_id or None).objects[0].id == object_id
    assert objects.count("s", "file") == 4
    assert objects.remove("s", "file", "a\0b")
    assert objects.find_number("s", "file", "a\0b") == 2
