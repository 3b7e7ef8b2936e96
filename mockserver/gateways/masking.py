"""Masks addresses and keys in errors while relaying, as new-api does.

Source: source code of new-api, 2026; that field paths such as ``messages.1.content`` are taken for host names, too, was
seen in errors of 2026-02. Texts may be the caller's own, so each is gone through once, however long it is.
"""

from __future__ import annotations

import re
from itertools import groupby
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"
_URL = re.compile(r"https?://[^\s/$.?#]\S*")
# What may hold host names.
_DOTTED = re.compile(r"[a-zA-Z0-9.-]+")
_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?")
_TOP = re.compile("[a-zA-Z]{2,}")
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", re.ASCII)
_KEY = re.compile(r"api_key:[^\s'\"]+")


def mask_message(text: str) -> str:
    """The text without addresses and keys: ``https://***.com/***``, ``***.***.com``, ``***.***.***.***``."""
    text = _DOTTED.sub(_mask_dotted, _URL.sub(_mask_url, text))
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


def _mask_dotted(found: re.Match[str]) -> str:
    text, labels = found.string, found[0].split(".")
    # Labels that are parts of longer words belong to no host.
    first = 1 if text[max(found.start() - 1, 0) : found.start()] == "_" else 0
    last = len(labels) - 1 if text[found.end() : found.end() + 1] == "_" else len(labels)
    masked: list[str] = []
    for is_host, run in groupby(labels[first:last], lambda label: bool(_LABEL.fullmatch(label))):
        part = list(run)
        masked += _mask_host(part) if is_host else part
    return ".".join([*labels[:first], *masked, *labels[max(first, last) :]])


def _mask_host(labels: list[str]) -> list[str]:
    """The labels of a host name, which ends with the last one of letters alone; what is behind that stays."""
    end = next((index + 1 for index in reversed(range(len(labels))) if _TOP.fullmatch(labels[index])), 0)
    if end < 2:
        return labels
    tail = _keep_tail(labels[:end])
    return [HIDDEN] * max(end - len(tail), 1) + tail + labels[end:]


def _keep_tail(labels: list[str]) -> list[str]:
    """What stays of a host: the last label, and the one before in ``co.uk`` and the like."""
    is_country = len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return labels[-2:] if is_country else labels[-1:]
