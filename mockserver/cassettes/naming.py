"""Names of cassettes: made of what the user said first."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

MOST = 40
# Names that are files of Windows' own.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def make_slug(text: str) -> str:
    """A text as the name of a file: lower-case ASCII letters, digits and dashes, 40 at most; "" where none are left."""
    plain = unicodedata.normalize("NFKD", text[:400].casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) > MOST:
        cut = slug[: MOST + 1].rpartition("-")[0]
        slug = (cut if len(cut) > MOST // 2 else slug[:MOST]).strip("-")
    return f"{slug}-1" if _RESERVED.fullmatch(slug) else slug


def make_digest(data: bytes) -> str:
    """Six letters and digits that tell conversations with one name apart."""
    return blake2b(data, digest_size=3).hexdigest()
