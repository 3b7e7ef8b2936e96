"""Masks secrets before they are shown: by the names at which they stand, and by what they look like.

The rules are the tables in ``rules``; a new one is a row there.
"""

from __future__ import annotations

from mockserver.records.masks.documents import mask_strings
from mockserver.records.masks.names import is_secret, is_secret_field, is_secret_path
from mockserver.records.masks.scrubber import Scrubber, mask_headers, mask_query, name_session
from mockserver.records.masks.texts import (
    HIDDEN,
    LONG,
    conceal,
    excerpt,
    hide_key,
    label,
    mask,
    mask_text,
    mask_value,
    show_line,
    show_session,
    show_text,
    show_value,
)

__all__ = [
    "HIDDEN",
    "LONG",
    "Scrubber",
    "conceal",
    "excerpt",
    "hide_key",
    "is_secret",
    "is_secret_field",
    "is_secret_path",
    "label",
    "mask",
    "mask_headers",
    "mask_query",
    "mask_strings",
    "mask_text",
    "mask_value",
    "name_session",
    "show_line",
    "show_session",
    "show_text",
    "show_value",
]
