"""The shorthands of content blocks by their keys, in the order in which their blocks come in a message."""

from __future__ import annotations

from mockserver.blocks import BLOCKS
from mockserver.blocks.shorthand import Shorthand
from mockserver.records.specs import Field

SHORTHANDS: dict[str, Shorthand] = {
    key: shorthand for row in BLOCKS.values() for key, shorthand in row.shorthands.items()
}
SHORTHAND_FIELDS: dict[str, Field] = {
    key: Field(shorthand.form, shorthand.description) for key, shorthand in SHORTHANDS.items()
}
