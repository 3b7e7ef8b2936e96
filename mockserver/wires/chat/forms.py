"""The forms of answers on the chat wire: what differs between the makers of it, as data."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Form(Struct, frozen=True):
    """How a maker writes answers.

    ``id_prefix`` comes before the id of a message, whose own prefix is cut where ``cuts_id``; ``call_prefix`` takes the
    place of ``toolu_``; "": as they are.
    """

    id_prefix: str = ""
    cuts_id: bool = False
    call_prefix: str = ""


FORMS: Mapping[str, Form] = {
    "openai": Form("chatcmpl-", cuts_id=True, call_prefix="call_"),
    "new-api": Form(),
    "one-api": Form("chatcmpl-"),
}
