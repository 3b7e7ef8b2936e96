"""The files that the blocks of a request name: found, and their contents put in the place of their ids.

A block with a content in it is like one that came with it as base64 or as a text, so rules, counts and generated
answers need to know nothing of files. Its source keeps the ``file_id``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.blocks.block import Nesting
from mockserver.records.files import FileObject
from mockserver.records.reply import Block

PDF, PLAIN = "application/pdf", "text/plain"
# The media types that a block takes as a file (source: the API's files page, 2025-05 to 2026-09).
MEDIA_TYPES: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png", "image/gif", "image/webp"),
    "document": (PDF, PLAIN),
}
# The largest content: of an image as base64, as the API measures it; of a document what a request may hold (inferred).
MOST: Mapping[str, int] = {"image": 10 << 20, "document": 32 << 20}
# The characters of all contents of a request, however often it names each: counting them takes seconds (ours).
MOST_IN_ALL = 128 << 20

Message = Mapping[str, Any]


class HeldFiles:
    """The files that one request may use, by its session and the time of its call. Each is found and read once.

    Args:
        find: finds a file that is there, also one that has expired.
        was_held: whether the session once had a file of an id.
        read: reads the content of a file; None when it is gone.
        at: the time of the call, in seconds since 1970.
    """

    def __init__(
        self,
        find: Callable[[str], FileObject | None],
        was_held: Callable[[str], bool],
        read: Callable[[FileObject], bytes | None],
        at: float,
    ) -> None:
        self._find, self._read = find, read
        self.was_held = was_held
        self.at = at
        self._found: dict[str, FileObject | None] = {}
        self._sources: dict[tuple[str, str], Block | None] = {}
        self._left = MOST_IN_ALL
        # The characters that were put in so far.
        self.size = 0

    def find(self, file_id: str) -> FileObject | None:
        """The file of that id, also one that has expired; None when there is none."""
        if file_id not in self._found:
            self._found[file_id] = self._find(file_id)
        return self._found[file_id]

    def fill(self, messages: Sequence[Message]) -> list[Message]:
        """The messages with the contents of files in their images and documents.

        A block whose file is not there, has expired, or does not suit the block stays as it is, and so does one that
        would be too much in all.
        """
        self._left = MOST_IN_ALL
        return [self._fill_message(message) for message in messages]

    def _fill_message(self, message: Message) -> Message:
        content = message.get("content")
        return {**message, "content": self._fill_blocks(content)} if isinstance(content, list) else message

    def _fill_blocks(self, blocks: Sequence[Block]) -> list[Block]:
        return [self._fill_block(block) for block in blocks]

    def _fill_block(self, block: Block) -> Block:
        kind, file_id = str(block.get("type")), name_file(block)
        if file_id is not None and kind in MEDIA_TYPES:
            source = self._take_source(kind, file_id)
            return block if source is None else {**block, "source": source}
        row = BLOCKS.get(kind)
        return block if row is None or row.nesting is None else self._fill_inside(block, row.nesting)

    def _fill_inside(self, block: Block, nesting: Nesting) -> Block:
        inside = nesting.find(block)
        return _put(block, nesting.keys, self._fill_blocks(inside)) if inside else block

    def _take_source(self, kind: str, file_id: str) -> Block | None:
        if (kind, file_id) not in self._sources:
            self._sources[kind, file_id] = self._make_source(kind, file_id)
        source = self._sources[kind, file_id]
        size = len(source["data"]) if source else 0
        if size > self._left:
            return None
        self._left -= size
        self.size += size
        return source

    def is_known(self, kind: str, file_id: str) -> bool:
        """Whether the content of a file can be put in blocks of that type."""
        return self._sources.get((kind, file_id)) is not None

    def _make_source(self, kind: str, file_id: str) -> Block | None:
        file = self.find(file_id)
        if file is None or file.is_expired(self.at) or media_type(file) not in MEDIA_TYPES[kind]:
            return None
        content = self._read(file) if measure(kind, file) <= MOST[kind] else None
        if content is None:
            return None
        if media_type(file) == PLAIN:
            text = content.decode("utf-8-sig", "replace")
            return {"type": "text", "media_type": PLAIN, "data": text, "file_id": file_id}
        data = b64encode(content).decode()
        return {"type": "base64", "media_type": media_type(file), "data": data, "file_id": file_id}


def name_file(block: Block) -> str | None:
    """The id of the file that a block names in place of a content, or that it puts in a container."""
    if block.get("type") == "container_upload":
        return _as_id(block)
    source = block.get("source")
    return _as_id(source) if isinstance(source, Mapping) and source.get("type") == "file" else None


def media_type(file: FileObject) -> str:
    """The media type of a file without parameters, such as its charset."""
    return file.mime_type.partition(";")[0].strip().lower()


def measure(kind: str, file: FileObject) -> int:
    """The size of a file in a block of that type, to be held against ``MOST``: an image is measured as base64."""
    return -(-file.size_bytes // 3) * 4 if kind == "image" else file.size_bytes


def _as_id(holder: Mapping[str, Any]) -> str | None:
    found = holder.get("file_id")
    return found if isinstance(found, str) else None


def _put(block: Block, keys: Sequence[str], value: Any) -> Block:
    """The block with another value behind these keys."""
    first, *rest = keys
    return {**block, first: _put(block[first], rest, value) if rest else value}
