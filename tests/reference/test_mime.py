"""The media types of files."""

from __future__ import annotations

import pytest

from mockserver.reference.mime import BY_EXTENSION, find_extension, find_type
from tests.pictures import png

PDF = b"%PDF-1.4\n"


@pytest.mark.parametrize(
    ("said", "filename", "head", "kind"),
    [
        ("text/csv", "a.bin", b"x", "text/csv"),
        ("Text/CSV; charset=utf-8", "", b"x", "text/csv"),
        ("application/pdf", "a.png", b"x", "application/pdf"),
        ("", "", PDF, "application/pdf"),
        ("application/octet-stream", "a.txt", PDF, "application/pdf"),
        ("no type", "", PDF, "application/pdf"),
        ("", "a.CSV", b"a,b", "text/csv"),
        ("", "a.txt", b"\x00", "text/plain"),
        ("", "", b"PK\x03\x04", "application/zip"),
        ("", "a.xlsx", b"PK\x03\x04", BY_EXTENSION["xlsx"]),
        ("", "", b"plain text", "text/plain"),
        ("", "", "ä".encode()[:1], "text/plain"),
        ("", "", "€".encode() * 5 + "€".encode()[:1], "text/plain"),
        ("", "", b"\xff\xfe text", "application/octet-stream"),
        ("", "", b"", "application/octet-stream"),
        ("", "", b"a\x00b", "application/octet-stream"),
        ("x" * 300 + "/y", "", b"a", "text/plain"),
    ],
)
def test_type_is_what_says_most(said: str, filename: str, head: bytes, kind: str) -> None:
    assert find_type(said, filename, head) == kind


def test_type_of_a_picture_is_that_of_its_bytes() -> None:
    assert find_type("", "a.txt", png(4, 4)) == "image/png"


@pytest.mark.parametrize("kind", sorted(set(BY_EXTENSION.values()) - {"application/octet-stream"}))
def test_extension_leads_back_to_its_type(kind: str) -> None:
    assert BY_EXTENSION[find_extension(kind).removeprefix(".")] == kind


def test_usual_extension_comes_first() -> None:
    assert [find_extension(kind) for kind in ("image/jpeg", "text/html", "a/b", "application/octet-stream")] == [
        ".jpg",
        ".html",
        "",
        "",
    ]
