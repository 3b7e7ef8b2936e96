"""Images that the caller sends."""

from __future__ import annotations

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter
from mockserver.records.reply import Block
from mockserver.reference import media

# An image whose size cannot be read (a URL, a file): recorded 100 to 450.
UNKNOWN_SIZE = 300


def _count(block: Block, counter: InputCounter) -> float:
    data = (block.get("source") or {}).get("data")
    image = media.picture(data) if isinstance(data, str) else None
    if image is None:
        return UNKNOWN_SIZE
    model = counter.model
    return (
        media.patches(*media.fit(image.width, image.height, model.image_edge, model.image_tokens)) + model.image_frame
    )


TYPES = (BlockType(type="image", count_input=_count, shape={"source": shapes.SOURCE}, role="user"),)
