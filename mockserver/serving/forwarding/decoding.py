"""Bodies of answers as they are recorded: decoded, in the parts in which they came."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

from mockserver.records.exchanges import Chunk
from mockserver.serving.forwarding.headers import IDENTITY


class UndecodableError(Exception):
    """A body is not encoded as its headers say, or in a way that is not known here."""


def decode(chunks: Iterable[Chunk], encodings: str, library: Any, decodable: Container[str]) -> Iterator[Chunk]:
    """The decoded parts of a body; a part of which nothing comes adds its time to the next one.

    Args:
        chunks: the parts as they came.
        encodings: the value of ``content-encoding``.
        library: the module of the HTTP client, which decodes.
        decodable: the encodings that it knows.

    Raises:
        UndecodableError: the body cannot be decoded.
    """
    names = [name for part in encodings.lower().split(",") if (name := part.strip()) and name != IDENTITY]
    if not names:
        yield from chunks
        return
    if not all(name in decodable for name in names):
        raise UndecodableError(f"content-encoding {encodings}")
    waited = 0.0

    class Stream(library.SyncByteStream):  # type: ignore[misc]  # known only at run time
        def __iter__(self) -> Iterator[bytes]:
            nonlocal waited
            for chunk in chunks:
                waited += chunk.delay
                yield chunk.data

    response = library.Response(200, headers={"content-encoding": ", ".join(names)}, stream=Stream())
    try:
        for data in response.iter_bytes():
            if data:
                yield Chunk(data, waited)
                waited = 0.0
    except library.DecodingError as error:
        raise UndecodableError(str(error)) from error
