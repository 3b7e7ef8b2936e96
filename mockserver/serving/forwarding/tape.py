"""What comes of a body, with its times: in memory as long as it is small, else in a file, up to a bound."""

from __future__ import annotations

from mockserver.records.content_path import ContentPath
from mockserver.records.exchanges import Chunk

# Bytes of a body that are held in memory, and those that a chunk takes besides its data.
MOST_IN_MEMORY, OVERHEAD = 8 * 1024 * 1024, 256
# Bytes that wait to be written to the file.
PENDING = 256 * 1024
# Bytes of a body that is recorded.
MOST = 1024 * 1024 * 1024


class Tape:
    """A body as it comes, to be read when it is over. ``failure`` says why it is not kept; "": it is."""

    def __init__(self) -> None:
        self.size = 0
        self.failure = ""
        self.content: ContentPath | None = None
        self._chunks: list[Chunk] = []
        self._weight = 0

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The parts with their times; none where they were too much for memory."""
        return tuple(self._chunks)

    def add(self, data: bytes, delay: float) -> None:
        """Add a part, which came so many seconds after what was before."""
        self.size += len(data)
        if self.failure:
            return
        self._chunks.append(Chunk(data, delay))
        self._weight += len(data) + OVERHEAD
        if self._weight > (MOST_IN_MEMORY if self.content is None else PENDING):
            self._spill()
        if self.size > MOST:
            self._drop("a body above 1 GB")

    def end(self) -> None:
        """The body is over."""
        if self.content is not None:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to the file. Its times are lost."""
        try:
            if self.content is None:
                self.content = ContentPath.make()
            with self.content.open("ab") as file:
                file.writelines([chunk.data for chunk in self._chunks])
        except OSError as error:
            self._drop(f"no room for its body: {error.strerror or error}")
        self._chunks.clear()
        self._weight = 0

    def _drop(self, failure: str) -> None:
        self.failure, self.content = failure, None
        self._chunks.clear()
