"""The fields of ``files``: what is known of each file that a fixture declares for the Files API."""

from __future__ import annotations

from mockserver.records.files import FILE_TYPE, OBJECT_ID
from mockserver.records.moments import DURATION, MOMENT, read_duration, read_moment
from mockserver.records.specs import Field, Flag, ListOf, Mode, Record, Rule, Ruled, Text
from mockserver.scenarios.reading.node import Node

# The names that the API takes (source: the documentation, 2026-09).
_NAME = Text(
    "a name",
    pattern=r'[^<>:"|?*\\/\x00-\x1f]{1,255}',
    form='a name of 1 to 255 characters without < > : " | ? * \\ /',
)


def _check_moment(node: Node, _: Mode) -> None:
    try:
        read_moment(node.value)
    except ValueError as error:
        # It names the years that a time may have, where that is what is wrong.
        node.expect(str(error).removeprefix("expected ").partition(", got ")[0])


def _check_duration(node: Node, _: Mode) -> None:
    try:
        is_there = read_duration(node.value) >= 0
    except ValueError:
        is_there = False
    if not is_there:
        node.expect(DURATION.replace(", 30d or -6m", " or 30d"))


def _check_expiry(node: Node, _: Mode) -> None:
    if isinstance(node.value, dict) and {"expires_at", "expires_in"} <= node.value.keys():
        node.at("expires_in").complain("expires_in has no place beside expires_at", key=True)


DECLARED_FILE = Record(
    "a file",
    {
        "id": Field(OBJECT_ID, "its id, by which requests ask for it: `file_report`"),
        "path": Field(Text("a path"), "its content, a file from this file's folder, of at most 500 MB"),
        "filename": Field(_NAME, "its name; by default that of `path`"),
        "mime_type": Field(FILE_TYPE, "its type; by default that of its content or its name"),
        "downloadable": Field(Flag(), "whether its content can be downloaded, as that of files made by a tool; no"),
        "expires_at": Field(
            Ruled(Text(MOMENT, numbers=True), (Rule(_check_moment),)), "when it expires: `2027-01-23T00:00:00Z`"
        ),
        "expires_in": Field(
            Ruled(Text(DURATION, numbers=True), (Rule(_check_duration),)),
            "the same from the start of the server: `2h`, `30d`, or a number of seconds",
        ),
    },
    needed=("id", "path"),
    expect="a mapping of a file, with its id and path",
)
DECLARED = Ruled(DECLARED_FILE, (Rule(_check_expiry, {"not": {"required": ["expires_at", "expires_in"]}}),))
FILES = ListOf(DECLARED, "a list of files, each with its id and path", null=True)
