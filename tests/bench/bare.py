"""The measure of all things: a bare Starlette route on uvicorn, a raw ASGI application that answers with constants.

python -m tests.bench.bare PORT SIZE_OF_WHOLE SIZE_OF_STREAM [HTTP]
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route


class Constant:
    """Reads the body and answers with as many bytes as ours are."""

    def __init__(self, size: int, content_type: bytes, *, is_sized: bool) -> None:
        self.body = b"x" * size
        self.headers = [(b"content-type", content_type)]
        if is_sized:
            self.headers.append((b"content-length", b"%d" % size))

    async def __call__(self, _: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"bare listening on http://127.0.0.1:{port}", flush=True)


def main(port: str, whole: str, stream: str, http: Any = "httptools") -> None:
    app = Starlette(
        routes=[
            Route("/whole", Constant(int(whole), b"application/json", is_sized=True)),
            Route("/stream", Constant(int(stream), b"text/event-stream; charset=utf-8", is_sized=False)),
        ]
    )
    config = uvicorn.Config(
        app, port=int(port), http=http, ws="none", log_level="critical", access_log=False, proxy_headers=False
    )
    Server(config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
