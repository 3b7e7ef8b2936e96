"""The 300 recorded exchanges, and writers of them in the forms that other tools have for them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

Row = Mapping[str, Any]
RECORDED = Path(__file__).parent.parent / "data" / "recordings" / "exchanges.jsonl.gz"
HOST = "https://api.anthropic.com"


@cache
def recorded_rows() -> tuple[Row, ...]:
    """The rows, those of one recording in their order."""
    return tuple(json.loads(line) for line in gzip.decompress(RECORDED.read_bytes()).splitlines())


def recordings(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each recording, by its repository and file."""
    return {name: list(group) for name, group in groupby(rows, lambda row: f"{row['repo']}/{row['file']}")}


def request_body(row: Row) -> str:
    """The body that was sent; "" for none."""
    body = row["request"]
    return body if isinstance(body, str) else "" if body is None else dump(body)


def response_body(row: Row) -> str:
    """The body that came."""
    if row.get("sse"):
        return "".join(f"event: {name}\ndata: {dump(data)}\n\n" for name, data in row["sse"])
    if "response_text" in row:
        return str(row["response_text"])
    body = row["response"]
    return "".join(f"{dump(each)}\n" for each in body) if isinstance(body, list) else dump(body)


def dump(value: Any) -> str:
    """JSON as the API and its clients write it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def path_of(row: Row) -> str:
    """The path with its query."""
    query = urlencode(row.get("query") or {}, doseq=True)
    return f"{row['path']}{'?' * bool(query)}{query}"


# Cassettes of vcrpy and its relatives ------------------------------------------------------------------------------


def _interact(row: Row, response: Any, *, request: Any = None, encoding: str = "") -> dict[str, Any]:
    headers = {name: [value] for name, value in row.get("response_headers", {}).items() if name != "content-encoding"}
    return {
        "request": {
            "body": request_body(row) or None if request is None else request,
            "headers": {name: [value] for name, value in row.get("request_headers", {}).items()},
            "method": row["method"],
            "uri": HOST + path_of(row),
        },
        "response": {
            "body": {"string": response},
            "headers": {**headers, **({"Content-Encoding": [encoding]} if encoding else {})},
            "status": {"code": row["status"], "message": "said"},
        },
    }


def vcr_text(rows: Iterable[Row]) -> bytes:
    """Bodies as texts, in YAML."""
    return _yaml({"interactions": [_interact(row, response_body(row)) for row in rows], "version": 1})


def vcr_packed(rows: Iterable[Row]) -> bytes:
    """Answers as they came, packed with gzip or deflate: ``!!binary``."""
    interactions = []
    for number, row in enumerate(rows):
        data = response_body(row).encode()
        packed = (gzip.compress(data), "gzip") if number % 2 else (zlib.compress(data), "deflate")
        interactions.append(_interact(row, packed[0], request=request_body(row).encode() or None, encoding=packed[1]))
    return _yaml({"interactions": interactions, "version": 1})


def vcr_parsed(rows: Iterable[Row]) -> bytes:
    """JSON bodies as values, as pydantic-ai's serializer writes them; the header of the packing stays."""
    interactions = []
    for row in rows:
        written = _interact(row, response_body(row), encoding="gzip")
        if isinstance(row["request"], dict):
            written["request"] |= {"parsed_body": row["request"], "body": ""}
        if isinstance(row.get("response"), dict):
            written["response"] |= {"parsed_body": row["response"]}
            del written["response"]["body"]
        interactions.append(written)
    return _yaml({"interactions": interactions, "version": 1})


def vcr_json(rows: Iterable[Row]) -> bytes:
    """The JSON serializer."""
    return json.dumps(
        {"version": 1, "interactions": [_interact(row, response_body(row)) for row in rows]}, indent=4
    ).encode()


def vcr_first(rows: Iterable[Row]) -> bytes:
    """vcrpy's first version: a list, objects and texts of Python, headers as pairs, the address in parts."""
    written = []
    for row in rows:
        request = {
            "body": request_body(row) or None,
            "headers": [[list(pair) for pair in row.get("request_headers", {}).items()]],
            "method": row["method"],
            "protocol": "https",
            "host": "api.anthropic.com",
            "port": 443,
            "path": path_of(row),
        }
        status = {"code": row["status"], "message": "said"}
        headers = [f"{name}: {value}".split(": ", 1) for name, value in row.get("response_headers", {}).items()]
        written.append(
            {
                "request": request,
                "response": {"body": {"string": response_body(row)}, "headers": headers, "status": status},
            }
        )
    text = _yaml(written).decode()
    return text.replace("  request:\n", "  request: !!python/object:vcr.request.Request\n").encode()


def vcr_ruby(rows: Iterable[Row]) -> bytes:
    """VCR of Ruby, with the option that keeps bytes."""
    written = []
    for row in rows:
        response = base64.encodebytes(response_body(row).encode()).decode()
        headers = {name.title(): [value] for name, value in row.get("response_headers", {}).items()}
        written.append(
            {
                "request": {
                    "method": row["method"].lower(),
                    "uri": HOST + path_of(row),
                    "body": {"encoding": "UTF-8", "string": request_body(row)},
                    "headers": {name: [value] for name, value in row.get("request_headers", {}).items()},
                },
                "response": {
                    "status": {"code": row["status"], "message": "said"},
                    "headers": headers,
                    "body": {"encoding": "ASCII-8BIT", "base64_string": response},
                },
                "recorded_at": "Sat, 18 Oct 2025 03:48:51 GMT",
            }
        )
    return _yaml({"http_interactions": written, "recorded_with": "VCR 6.3.1"})


def _yaml(value: Any) -> bytes:
    return yaml.dump(value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True).encode()


# HAR ---------------------------------------------------------------------------------------------------------------


def har_text(rows: Iterable[Row]) -> bytes:
    """Bodies as texts, as browsers write them."""
    return _har(rows, lambda data: {"text": data.decode()})


def har_base64(rows: Iterable[Row]) -> bytes:
    """Answers in base64, as proxies write those that they take for binary."""
    return _har(rows, lambda data: {"text": base64.b64encode(data).decode(), "encoding": "base64"})


def _har(rows: Iterable[Row], write: Callable[[bytes], Mapping[str, Any]]) -> bytes:
    entries = []
    for row in rows:
        data, asked = response_body(row).encode(), row.get("request_headers", {})
        answered = row.get("response_headers", {})
        post = {"mimeType": asked.get("content-type", ""), "text": request_body(row)}
        entries.append(
            {
                "startedDateTime": row.get("recorded") or "",
                "time": 900,
                "request": {
                    "method": row["method"],
                    "url": HOST + path_of(row),
                    "httpVersion": "h2",
                    "headers": [{"name": ":authority", "value": "api.anthropic.com"}, *_pairs(asked)],
                    **({"postData": post} if post["text"] else {}),
                },
                "response": {
                    "status": row["status"],
                    "headers": _pairs(answered),
                    "content": {"size": len(data), "mimeType": answered.get("content-type", ""), **write(data)},
                },
                "timings": {"blocked": -1, "send": 1, "wait": 600, "receive": 299},
            }
        )
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "a browser"}, "entries": entries}}).encode()


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


# Lines -------------------------------------------------------------------------------------------------------------


def lines_rows(rows: Iterable[Row]) -> bytes:
    """A line each, the parts of request and response side by side."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def lines_calls(rows: Iterable[Row]) -> bytes:
    """A line each, ``{request, response}`` with headers and bodies."""
    return b"".join(
        json.dumps(
            {
                "request": {
                    "method": row["method"],
                    "url": HOST + path_of(row),
                    "headers": row.get("request_headers", {}),
                    "body": row["request"],
                },
                "response": {
                    "status": row["status"],
                    "headers": row.get("response_headers", {}),
                    "body": response_body(row),
                },
            }
        ).encode()
        + b"\n"
        for row in rows
    )


FORMS: Mapping[str, Callable[[Iterable[Row]], bytes]] = {
    form.__name__: form
    for form in (
        *(vcr_text, vcr_packed, vcr_parsed, vcr_json, vcr_first, vcr_ruby),
        *(har_text, har_base64),
        *(lines_rows, lines_calls),
    )
}
