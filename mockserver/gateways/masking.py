"""Masks addresses and keys in the errors of what stands behind a gateway, as new-api does.

Source: source code of new-api, 2026; that field paths such as ``messages.1.content`` are taken for host names, too, was
seen in errors of 2026-02.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"
_URL = re.compile(r"https?://[^\s/$.?#]\S*")
_HOST = re.compile(r"\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}\b", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", re.ASCII)
_KEY = re.compile(r"api_key:[^\s'\"]+")


def mask_message(text: str) -> str:
    """The text without addresses and keys: ``https://***.com/***``, ``***.***.com``, ``***.***.***.***``."""
    text = _HOST.sub(_mask_host, _URL.sub(_mask_url, text))
    return _KEY.sub(f"api_key:{HIDDEN}", _ADDRESS.sub(f"{HIDDEN}.{HIDDEN}.{HIDDEN}.{HIDDEN}", text))


def _mask_url(found: re.Match[str]) -> str:
    try:
        url = urlsplit(found[0])
    except ValueError:
        return found[0]
    labels = url.netloc.split(".")
    host = ".".join([HIDDEN, *_keep_tail(labels)]) if len(labels) > 1 else HIDDEN
    path = "".join(f"/{HIDDEN}" for part in url.path.strip("/").split("/") if part) or url.path
    query = "&".join(f"{name}={HIDDEN}" for name, _ in parse_qsl(url.query, keep_blank_values=True))
    return f"{url.scheme}://{host}{path}{query and f'?{query}'}"


def _mask_host(found: re.Match[str]) -> str:
    labels = found[0].split(".")
    tail = _keep_tail(labels)
    return ".".join([HIDDEN] * max(len(labels) - len(tail), 1) + tail)


def _keep_tail(labels: list[str]) -> list[str]:
    """What stays of a host: the last label, and the one before in ``co.uk`` and the like."""
    is_country = len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return labels[-2:] if is_country else labels[-1:]
