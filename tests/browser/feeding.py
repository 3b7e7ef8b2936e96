"""A server that serves the page, and requests that were made up: as many, and as fast, as a test wants."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockserver.control import page
from mockserver.control.page import show_page

Row = dict[str, Any]


def make_row(number: int, **more: Any) -> Row:
    """A request as a list shows it; every seventh is refused, every fifth was answered by a scenario."""
    is_refused, is_scripted = number % 7 == 0, number % 5 == 0
    row: Row = {
        "number": number, "session": f"session-{number % 9}", "at": 1_796_000_000 + number / 10,
        "duration_ms": 12.5 + number % 300, "first_byte_ms": 3.25, "method": "POST", "path": "/v1/messages",
        "endpoint": "messages", "model": "claude-opus-5-5" if number % 3 else "claude-haiku-4-5", "stream": True,
        "status": 400 if is_refused else 200, "rule": "schema.required" if is_refused else None, "reason": None,
        "scenario": "weather" if is_scripted and not is_refused else None, "position": None,
        "unmatched": not is_scripted and not is_refused, "probe": False, "forwarded": False, "retry_of": None,
        "finished": True, "hung_up": False, "request_id": f"req_{number}",
        "user": f"Question {number}: how is the weather in place {number % 1000}, and what of the harbour?",
        "tools": ["get_weather"] if is_scripted else [], "faults": ["disconnect"] if number % 50 == 0 else [],
        "tokens": {"input": 100, "cache_creation_input": 0, "cache_read_input": 1000, "output": 50}, "cost": 0.001,
    }  # fmt: skip
    return row | more


class Stub:
    """What the server answers, and what its feed tells."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.url = ""
        self._opens = threading.Event()
        self._opens.set()
        self._followers: list[queue.Queue[bytes | None]] = []

    def tell(self, *rows: Row) -> None:
        """Have the feed tell of requests; the list has them too."""
        self.rows.extend(row for row in rows if row["number"] > (self.rows[-1]["number"] if self.rows else 0))
        text = "".join(f"id: {row['number']}\nevent: request\ndata: {json.dumps(row)}\n\n" for row in rows)
        self._put(text.encode())

    def end_feed(self) -> None:
        """Break the connections of the feed; new ones wait until it may be opened."""
        self._opens.clear()
        self._put(None)

    def open_feed(self) -> None:
        """Let the feed be opened again."""
        self._opens.set()

    def _put(self, event: bytes | None) -> None:
        for follower in self._followers:
            follower.put(event)

    def wait_for_feed(self) -> None:
        """Wait until the feed may be opened."""
        self._opens.wait()

    @property
    def followers(self) -> int:
        """How often the feed was opened."""
        return len(self._followers)

    def list(self, query: dict[str, str]) -> dict[str, Any]:
        after, limit = int(query.get("after", 0)), int(query.get("limit", 100))
        found = [row for row in reversed(self.rows) if not after or row["number"] < after]
        shown = found[:limit]
        return {"requests": shown, "total": len(self.rows), "next": shown[-1]["number"] if len(found) > limit else None}

    def events(self) -> Iterator[bytes]:
        follower: queue.Queue[bytes | None] = queue.Queue()
        self._followers.append(follower)
        yield f"id: {self.rows[-1]['number'] if self.rows else 0}\n\n".encode()
        while (event := follower.get()) is not None:
            yield event


class _Handler(BaseHTTPRequestHandler):
    """Answers for the stub."""

    stub: Stub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/_mock/events":
            self._stream()
        elif url.path == "/_mock/requests":
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self._answer(json.dumps(self.stub.list(query)).encode(), "application/json")
        elif url.path == "/_mock/sessions":
            self._answer(b'{"sessions": []}', "application/json")
        elif url.path == "/_mock/":
            answer = show_page(None)  # type: ignore[arg-type]
            assert isinstance(answer.value, bytes)
            self._answer(answer.value, answer.media_type, dict(answer.headers))
        else:
            kind = "text/css" if url.path.endswith(".css") else "text/javascript"
            self._answer((page.FOLDER / url.path.rsplit("/", 1)[1]).read_bytes(), kind)

    def _answer(self, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in {**(headers or {}), "content-type": kind, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.stub.wait_for_feed()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        with suppress(OSError):
            for event in self.stub.events():
                self.wfile.write(event)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(rows: list[Row]) -> Iterator[Stub]:
    """Serve the page with these requests."""
    stub = Stub(rows)

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stub": stub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        stub.end_feed()
        server.shutdown()
        thread.join()
        server.server_close()
