"""Files put in a container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.shorthand import Shorthand, as_list
from mockserver.records.reply import Block
from mockserver.records.specs import STRING, several


def write_container_upload(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``container_upload: file id``, or a list of ids."""
    for item in as_list(value):
        yield {"type": "container_upload", "file_id": item}


TYPES = (
    BlockType(
        type="container_upload",
        shorthands={
            "container_upload": Shorthand(write_container_upload, several(STRING), "the id of a file, or a list")
        },
        role="user",
    ),
)
