"""The shapes that fields of blocks may have, as JSON Schema: the words for ``BlockType.shape``."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

STRING: Json = {"type": ["string", "null"]}
OBJECT: Json = {"type": ["object", "null"]}
# `validation/shape.py` defines what a block is.
BLOCKS: Json = {"type": ["array", "null"], "items": {"$ref": "#/$defs/block"}}
TEXT_OR_BLOCKS: Json = {"type": ["string", "array", "null"], "items": {"$ref": "#/$defs/block"}}
SOURCE: Json = {"type": ["object", "null"], "properties": {"data": STRING, "content": TEXT_OR_BLOCKS}}
# A fetched page holds a document; an error holds none.
PAGE: Json = {"properties": {"content": {"anyOf": [{"not": {"type": "object"}}, {"$ref": "#/$defs/block"}]}}}
