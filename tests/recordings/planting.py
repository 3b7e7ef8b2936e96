"""Secrets, and exchanges in which they stand: at every place of a call, in every form in which they may be written."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

ORGANIZATION = "9a1b2c3d-1111-4222-8333-444455556666"
# By their form alone: they stand nowhere else in the exchange.
FORMED: Mapping[str, str] = {
    "key of the API": "sk-ant-api03-AbCdEfGh-wxyz0123456789_ABCDEFGH",
    "OAuth token": "sk-ant-oat01-Qwertyuiop1234567890-asdfgh",
    "key of another API": "sk-proj-4Hq9mZbVw7Rt2LxCd8Nf",
    "AWS": "AKIA" + "QWERTYUIOP123456",
    "GitHub": "ghp_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "GitHub, fine": "github_pat_11ABCDEFG0abcdefghijkl_mnop",
    "GitLab": "glpat-abcdefghij1234567890",
    "Slack": "xoxb-123456789012-abcdefghijkl",
    "Google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "Google, OAuth": "ya29.a0AfH6SMBabcdefghij1234567890",
    "Hugging Face": "hf_abcdefghijklmnopqrstuvwxyz012345",
    "npm": "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "Stripe": "sk_" + "live_abcdefghijklmnop12345678",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "e-mail": "jane.doe+test@corp-mail.io",
    "workspace": "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ",
    "organization": "org_01JwQvzr7rXLA5AGx3HKfFUJ",
}
# The same of many others.
OTHERS = [
    *("gsk_" + "aB3dE5" * 8, "xai-" + "aB3dE5fG" * 10, "pplx-" + "aB3dE5" * 8, "r8_" + "aB3dE5fG" * 5),
    *(
        "nvapi-" + "aB3dE5f-" * 8,
        "tvly-dev-" + "aB3dE5fG" * 4,
        "tvly-" + "aB3dE5fG" * 4,
        "ABSK" + "aB3dE5f+" * 12 + "==",
    ),
    *("lsv2_pt_" + "0a1b2c3d" * 4 + "_0a1b2c3d4e", "ATATT3" + "aB3dE5-_" * 20 + "=AB12CD34", "dapi" + "0a1b2c3d" * 4),
    *("dckr_pat_" + "aB3dE5fG-_x" * 3, "dop_v1_" + "0a1b2c3d" * 8, "figd_" + "aB3dE5f-" * 5, "glsa_" + "aB3dE5fG" * 5),
    *("GOCSPX-" + "aB3dE5f-" * 3, "hvs." + "aB3dE5fG" * 11, "lin_api_" + "aB3dE5fG" * 5, "ntn_" + "aB3dE5fG" * 6),
    *("pypi-AgEIcHlwaS5vcmc" + "aB3dE5f-" * 16, "sbp_" + "0a1b2c3d" * 5, "shpat_" + "0a1b2c3d" * 4),
    *(
        "SG." + "aB3dE5fGhIaB3dE5fGhIaB" + "." + "aB3dE5f_" * 5,
        "whsec_" + "aB3dE5f/" * 4,
        "xapp-1-A01-12-" + "0a1b" * 16,
    ),
    "hooks.slack.com/services/T01234567/B01234567/" + "aB3dE5fG" * 3,
]
# Known because of where else they stand: in headers.
KNOWN: Mapping[str, str] = {
    "x-api-key": "plainkeywithoutform/99+x",
    "authorization": "Bearer gatewaytokenwithout=form77",
    "proxy-authorization": "Basic bWU6cGFzc3dvcmQgb2YgdGhlIHByb3h5",
    "cookie": "theme=dark; sid=cookievalue1234567890",
}
UPSTREAM = "upstreams-own-key-31415926"
ANSWERED = {"set-cookie": "__cf_bm=cfcookievalue0987654321; path=/; Secure", "anthropic-organization-id": ORGANIZATION}
SECRETS: Mapping[str, str] = {
    **FORMED,
    "x-api-key": KNOWN["x-api-key"],
    "authorization": "gatewaytokenwithout=form77",
    "cookie": "cookievalue1234567890",
    "set-cookie": "cfcookievalue0987654321",
    "proxy's password": "password of the proxy",
    "upstream's key": UPSTREAM,
    "organization of the header": ORGANIZATION,
}

Exchange = Callable[[str], RecordedExchange]


def make(
    content: Any = "Hello",
    *,
    path: str = "/v1/messages",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    answer: bytes = b'{"type": "message"}',
    answer_headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
) -> RecordedExchange:
    """An exchange with the headers of ``KNOWN`` and ``ANSWERED``."""
    asked = {"model": "claude-sonnet-5", "max_tokens": 9, "messages": [{"role": "user", "content": content}]}
    return RecordedExchange(
        RecordedRequest(
            "POST",
            path,
            {"content-type": "application/json", **KNOWN, **(headers or {})},
            json.dumps(asked).encode() if body is None else body,
            query,
        ),
        RecordedResponse(200, (*answer_headers, *ANSWERED.items()), (Chunk(answer),), first=0.5),
        at=1.0,
    )


def write_form(name: str, content: str) -> RecordedExchange:
    """An upload of a file."""
    part = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    body = f"{part}{content}\r\n--b--\r\n".encode()
    return make(body=body, path="/v1/files", headers={"content-type": "multipart/form-data; boundary=b"})


def write_events(events: list[Any], line: str = "\n") -> bytes:
    """A stream of events."""
    return "".join(
        f"event: {event['type']}{line}data: {json.dumps(event)}{line}{line}"
        if isinstance(event, dict)
        else f"data: {event}{line}{line}"
        for event in events
    ).encode()


def stream(kind: str, parts: list[str], line: str = "\n") -> bytes:
    """A stream of one block, whose text comes in parts."""
    field = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}.get(
        kind, "partial_json"
    )
    deltas = [{"type": "content_block_delta", "index": 0, "delta": {"type": kind, field: part}} for part in parts]
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    message = {"type": "message_start", "message": {"id": "msg_01", "content": []}}
    return write_events([message, start, {"type": "ping"}, *deltas, {"type": "content_block_stop", "index": 0}], line)


EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)
PLACES: Mapping[str, Exchange] = {
    "text": make,
    "text among others": lambda secret: make(f"It is {secret}, or ({secret})."),
    "deep": lambda secret: make([{"type": "tool_use", "input": {"a": [{"b": {"c": f"x {secret}"}}]}}]),
    "name of a field": lambda secret: make([{"type": "tool_use", "input": {secret: 1}}]),
    "tool result": lambda secret: make([{"type": "tool_result", "content": json.dumps({"rows": [["a", secret]]})}]),
    "JSON in JSON in JSON": lambda secret: make(json.dumps({"a": json.dumps({"b": secret})})),
    "escaped": lambda secret: make(body=f'{{"a": "x {_escape(secret)}"}}'.encode()),
    "escaped twice": lambda secret: make(body=json.dumps({"a": f'{{"b": "{_escape(secret)}"}}'}).encode()),
    "address in a text": lambda secret: make(f"see https://example.com/a?b={quote(secret, safe='')}&c=d"),
    "Base64 of a text": lambda secret: make([{"data": b64encode(f"Here it is: {secret}.".encode()).decode()}]),
    "Base64 for addresses": lambda secret: make(urlsafe_b64encode(f"It ÿÿ?> {secret} ends".encode()).decode()),
    "data address": lambda secret: make("data:text/plain;base64," + b64encode(f"a {secret}".encode()).decode()),
    "path": lambda secret: make(path=f"/gateway/{quote(secret, safe='')}/v1/messages"),
    "query": lambda secret: make(query=f"beta=true&x={quote_plus(secret)}"),
    "query, secret name": lambda secret: make(query=f"key={quote_plus(secret)}&beta=true"),
    "header": lambda secret: make(headers={"user-agent": f"app ({secret})"}),
    "unknown header": lambda secret: make(headers={"x-whatever": secret}),
    "wrong JSON": lambda secret: make(body=f'{{"a": "{secret}", "b": '.encode()),
    "plain text": lambda secret: make(body=f"a line\n{secret}\n".encode(), headers={"content-type": "text/plain"}),
    "latin-1": lambda secret: make(body=f'{{"a": "é {secret} é"}}'.encode("latin-1")),
    "form": lambda secret: make(
        body=f"a=b&x={quote_plus(secret)}".encode(), headers={"content-type": "application/x-www-form-urlencoded"}
    ),
    "file": lambda secret: write_form("a.txt", f"one\r\ntwo {secret}\r\n"),
    "file of JSON": lambda secret: write_form("a.json", json.dumps({"a": f'"{secret}"'})),
    "name of a file": lambda secret: write_form(f"notes {secret}.txt", "text"),
    "answer": lambda secret: make(answer=json.dumps({"content": [{"type": "text", "text": f"a {secret}"}]}).encode()),
    "answer, tool input": lambda secret: make(answer=json.dumps({"content": [{"input": {"q": secret}}]}).encode()),
    "error": lambda secret: make(answer=json.dumps({"error": {"message": f"invalid: {secret}"}}).encode()),
    "rows of a batch": lambda secret: make(
        answer=f'{{"custom_id": "a"}}\n{json.dumps({"custom_id": secret})}\n'.encode(),
        answer_headers=(("content-type", "application/x-jsonl"),),
    ),
    "answer that is no JSON": lambda secret: make(answer=f"<h1>502</h1> {secret}".encode()),
    "header of the answer": lambda secret: make(
        answer_headers=(
            ("content-type", "application/json"),
            ("content-disposition", f'attachment; filename="{secret}"'),
        )
    ),
    "unknown header of the answer": lambda secret: make(answer_headers=(("x-upstream-key", secret),)),
    "comment in a stream": lambda secret: make(answer=f": {secret}\n\n".encode(), answer_headers=EVENTS),
    "error in a stream": lambda secret: make(
        answer=write_events([{"type": "error", "error": {"message": f"no {secret}"}}]), answer_headers=EVENTS
    ),
    "event over lines": lambda secret: make(
        answer=f'event: a\r\ndata: {{"type": "a",\r\ndata:  "b": {json.dumps(secret)}}}\r\n\r\n'.encode(),
        answer_headers=EVENTS,
    ),
    "event that is no JSON": lambda secret: make(answer=f"data: ok {secret}\n\n".encode(), answer_headers=EVENTS),
}


def _escape(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def forms_of(secret: str) -> Iterator[bytes]:
    """What must be found nowhere: the secret as it is, and as it may be written."""
    yield from (secret.encode(), json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode())
    yield from (quote_plus(secret).encode(), _escape(secret).encode(), secret[::-1].encode())
    raw = secret.encode()
    for before in range(3):
        # Without the letters that depend on what stands beside it.
        code = b64encode(bytes(before) + raw)[(0, 2, 3)[before] :].rstrip(b"=")[:-2]
        yield from (code, code.translate(bytes.maketrans(b"+/", b"-_")))
