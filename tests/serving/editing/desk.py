"""The control interface of a server with files, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build
from mockserver.serving.control_parts import build_control


class Got(Struct, frozen=True):
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


class Desk:
    """A server whose folder may be written, and serves as its fixtures, too."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        given = {"fixtures": (str(folder),), "allow_edit": str(folder), **settings}
        self.mock = build(Settings(**given))
        self.control = build_control(self.mock)

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> Got:
        raw = body.encode() if isinstance(body, str) else body
        path, _, query = path.partition("?")
        named = {name.replace("_", "-"): value for name, value in {"host": "127.0.0.1:8000", **headers}.items()}
        sent, _ = self.control.handle(Call(method, f"/_mock/{path}", named, raw, query, at=1000.0))
        return Got(sent.status, b"".join(piece.data for piece in sent.pieces), dict(sent.headers))

    def put(self, name: str, body: str | bytes, **headers: str) -> Got:
        return self.ask("PUT", f"fixtures/{name}", body, **headers)

    def names(self) -> list[str]:
        return [row["name"] for row in self.ask("GET", "scenarios").json["scenarios"]]
