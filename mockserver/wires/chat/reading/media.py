"""The parts of a chat message's content: texts, images and files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from mockserver.reference import media

Json = dict[str, Any]
PDF = "application/pdf"
# How the text of a file is known, where it is not said (source code of new-api 2026).
_TEXT_ENDINGS = (".txt", ".md", ".json", ".csv")
# Names of types that the Messages API does not know, but other APIs take.
_SAME = {"image/jpg": "image/jpeg", "application/x-pdf": PDF}


def read_parts(parts: Any) -> list[Json]:
    """The content blocks of parts; what cannot be said in the Messages form, and empty texts, are left out."""
    if not isinstance(parts, list):
        return []
    blocks = []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        read = PARTS.get(kind) if isinstance(kind, str) else None
        block = read(part) if read else None
        if block is not None:
            if part.get("cache_control") is not None:
                block["cache_control"] = part["cache_control"]
            blocks.append(block)
    return blocks


def _read_text(part: Json) -> Json | None:
    text = part.get("text")
    return {"type": "text", "text": text} if isinstance(text, str) and text else None


def _read_image(part: Json) -> Json | None:
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if not isinstance(url, str):
        return None
    if not url.startswith("data:"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    return _make_block(*_split(url))


def _read_file(part: Json) -> Json | None:
    file = part.get("file")
    if not isinstance(file, dict):
        return None
    data, name = file.get("file_data"), file.get("filename")
    if not isinstance(data, str):
        held = file.get("file_id")
        return {"type": "document", "source": {"type": "file", "file_id": held}} if isinstance(held, str) else None
    kind = "text/plain" if isinstance(name, str) and name.lower().endswith(_TEXT_ENDINGS) else PDF
    block = _make_block(*_split(data, kind))
    if block is not None and block["type"] == "document" and isinstance(name, str) and name:
        block["title"] = name
    return block


def _make_block(kind: str, data: str) -> Json | None:
    if kind.startswith("text/") or kind == "application/json":
        text = media.decode(data)
        if not text:
            return None
        source = {"type": "text", "media_type": "text/plain", "data": text.decode("utf-8", "replace")}
        return {"type": "document", "source": source}
    source = {"type": "base64", "media_type": kind, "data": data}
    return {"type": "document" if kind == PDF else "image", "source": source}


def _split(url: str, kind: str = "text/plain") -> tuple[str, str]:
    """The media type and the base64 text of a ``data:`` URL, or of such a text alone, which is of another ``kind``."""
    if not url.startswith("data:"):
        return kind, url
    head, _, data = url[5:].partition(",")
    named, *rest = head.split(";")
    if "base64" not in rest:
        data = b64encode(unquote_to_bytes(data)).decode()
    named = named.strip().lower() or kind
    return _SAME.get(named, named), data


PARTS: Mapping[str, Callable[[Json], Json | None]] = {
    "text": _read_text,
    "image_url": _read_image,
    "file": _read_file,
}
