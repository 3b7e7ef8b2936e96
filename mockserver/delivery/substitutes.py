"""Faults of relay gateways in any format: another body, a wrong header, no body, a connection that stays open."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Strike, replace_body, set_header
from mockserver.delivery.kinds import CUT, FaultKind
from mockserver.records.reply import Fault

HTML = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
)
ERROR = b'{"error":{"message":"upstream error: no available channel","type":"new_api_error","param":"","code":null}}'


def answer_with(body: bytes, content_type: str) -> Strike:
    """Make a fault that puts another body in the place of the answer's, with the same status."""

    def strike(draft: Draft, _fault: Fault) -> Draft:
        return replace(set_header(replace_body(draft, body), "content-type", content_type), stream=False)

    return strike


def send_header(name: str, value: str) -> Strike:
    """Make a fault that sets a header."""
    return lambda draft, _fault: set_header(draft, name, value)


def drop_body(draft: Draft, _fault: Fault) -> Draft:
    """Leave out the body."""
    return replace(draft, frames=())


def leave_open(draft: Draft, _fault: Fault) -> Draft:
    """Keep the connection open behind the end of a stream."""
    return replace(draft, end="hang") if draft.stream else draft


SUBSTITUTES = {
    "html_page": FaultKind(
        answer_with(HTML, "text/html; charset=utf-8"),
        "An HTML error page with the answer's status.",
        seen="Alishahryar1/free-claude-code#1858",
    ),
    "error_200": FaultKind(
        answer_with(ERROR, "application/json"), "An error body of no known shape with the answer's status."
    ),
    "wrong_content_type": FaultKind(
        send_header("content-type", "text/plain; charset=utf-8"), "`content-type` is `text/plain`."
    ),
    "gzip_mislabel": FaultKind(
        send_header("content-encoding", "gzip"),
        "`content-encoding: gzip` stands over a body that is not packed.",
        seen="tombii/better-ccflare#243",
    ),
    "empty_body": FaultKind(drop_body, "The body is empty.", CUT),
    "left_open": FaultKind(
        leave_open, "The connection stays open after the last event.", CUT, whole=False, seen="earendil-works/pi#5592"
    ),
}
