"""Finds the secret values of JSON: by their name, by a name that stands beside them, or by the schema of them."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.masks.names import is_secret, is_secret_field, is_secret_label
from mockserver.records.masks.rules import LABELLED_VALUES, REQUIRED_NAMES, SCHEMA_NAMES, SCHEMA_VALUES


class Frame(Struct):
    """An object or array that is open.

    Attributes:
        name: the name at which it stands; of an object in an array: that of the array.
        is_hidden: all in it is secret.
        is_list: it is an array.
        is_row: it is an array in an array, perhaps a pair of a name and its value.
        is_headers: its names are those of headers.
        is_labelled: one of its fields says that it holds a secret.
        is_required: its names are those of fields that need further ones, or schemas.
        is_schema: its names are those of the fields that a schema describes.
        is_described: it is the schema of a secret field.
        items: the strings, numbers and words of an array so far.
        last: the latest of its strings, "" when something else came behind.
    """

    name: str = ""
    is_hidden: bool = False
    is_list: bool = False
    is_row: bool = False
    is_headers: bool = False
    is_labelled: bool = False
    is_required: bool = False
    is_schema: bool = False
    is_described: bool = False
    items: int = 0
    last: str = ""

    def hides(self, name: str, piece: str, *, is_last: bool) -> bool:
        """Whether a value is secret.

        Args:
            name: the name it stands at; "" in an array.
            piece: the value, or the bracket that begins it.
            is_last: nothing follows it in its array.
        """
        if self.is_hidden:
            return True
        if self.is_list:
            return self._hides_item(is_last)
        if self.is_required:
            return piece not in ("{", "[") and is_secret_field(name)
        if self.is_schema:
            return piece != "{" and is_secret_field(name)
        return (
            (name != "" and (is_secret(name) if self.is_headers else is_secret_field(name)))
            or (self.is_labelled and name.lower() in LABELLED_VALUES)
            or (self.is_described and name in SCHEMA_VALUES)
        )

    def _hides_item(self, is_last: bool) -> bool:
        """Behind the option of a command line (``["--api-key", …]``), or in a pair (``[["api_key", …]]``)."""
        if self.last.startswith("-"):
            return is_secret_label(self.last)
        return self.is_row and self.items == 1 and is_last and is_secret_label(self.last)

    def open(self, name: str, piece: str, *, is_hidden: bool, is_labelled: bool) -> Frame:
        """The object or array in this one that begins with the bracket ``piece`` at ``name``."""
        is_schema = name in SCHEMA_NAMES
        is_described = (
            is_secret_field(name) if self.is_schema else self.is_described or (self.is_labelled and name == "schema")
        )
        self.last = ""
        return Frame(
            name=name or self.name,
            is_hidden=is_hidden,
            is_list=piece == "[",
            is_row=piece == "[" and self.is_list,
            is_headers=name in ("headers", "http_headers", "httpHeaders"),
            is_labelled=is_labelled,
            is_required=name in REQUIRED_NAMES,
            is_schema=is_schema,
            is_described=is_described and not is_schema,
        )

    def note(self, text: str) -> None:
        """Remember an item of an array; ``text`` is "" when it is no string."""
        self.items += 1
        self.last = text
