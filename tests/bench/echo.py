"""The measure of all things: a bare uvicorn application that reads the body and answers with fixed bytes."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

BODY = b'{"type":"message","content":[{"type":"text","text":"hello"}]}'


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


class Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"echo listening on http://127.0.0.1:{port}", flush=True)


if __name__ == "__main__":
    Server(uvicorn.Config(app, port=int(sys.argv[1]), log_level="critical", access_log=False)).run()
