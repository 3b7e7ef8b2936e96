"""An answer while its delivery is being planned: frames of bytes, and the ways to change them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.delivery import Headers
from mockserver.records.events import StreamEvent
from mockserver.records.reply import Fault


class Frame(Struct, frozen=True):
    """Bytes that belong together: an event, or (``event`` is None) a comment or some of a whole body.

    ``delay`` is seconds after the frame before.
    """

    data: bytes
    event: StreamEvent | None = None
    delay: float = 0.0


Frames = tuple[Frame, ...]


class Draft(Struct, frozen=True):
    """A response before it is cut into pieces.

    ``stream`` is False for a whole body, which is one frame. ``end`` and ``delay`` are those of the delivery.
    """

    status: int
    headers: Headers
    frames: Frames
    stream: bool
    end: str = "close"
    delay: float = 0.0
    # Each frame is a piece of its own, even without a delay between them.
    is_split: bool = False


Strike = Callable[[Draft, Fault], Draft]


def edit_bytes(draft: Draft, edit: Callable[[bytes], bytes]) -> Draft:
    """Change the bytes of every frame."""
    return replace(draft, frames=tuple([replace(frame, data=edit(frame.data)) for frame in draft.frames]))


def replace_body(draft: Draft, body: bytes) -> Draft:
    """Put another body in place of the answer's, all in one frame."""
    delay = draft.frames[0].delay if draft.frames else 0.0
    return replace(draft, frames=(Frame(body, delay=delay),))


def set_header(draft: Draft, name: str, value: str) -> Draft:
    """Set a header, in the place of one of that name or at the end."""
    headers = tuple([(key, value if key == name else old) for key, old in draft.headers])
    return replace(draft, headers=headers if (name, value) in headers else (*headers, (name, value)))


def replace_frame(draft: Draft, index: int, frame: Frame) -> Draft:
    """Put another frame in place of the one at ``index``."""
    return replace(draft, frames=(*draft.frames[:index], frame, *draft.frames[index + 1 :]))


def insert_frame(draft: Draft, index: int, frame: Frame) -> Draft:
    """Add a frame before the one at ``index``."""
    return replace(draft, frames=(*draft.frames[:index], frame, *draft.frames[index:]))


def keep_first(draft: Draft, count: int, wait: float = 0.0) -> Draft:
    """Keep only the first ``count`` frames, and add a pause of ``wait`` seconds."""
    pause = (Frame(b"", delay=wait),) if wait else ()
    return replace(draft, frames=(*draft.frames[:count], *pause))
