"""A server that forwards all it gets, and keeps nothing: python -m tests.bench.recorder UPSTREAM"""

from __future__ import annotations

import sys

from mockserver.recordings.recorder import Recorder, Upstream
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of


def main(upstream: str) -> None:
    app, listener = MockApp(), bind("127.0.0.1", 0)
    app.mock.recorders.set(Recorder(Upstream(upstream, forwards_auth=True), keep=lambda _: None))
    UvicornServer(app, lambda: print(f"forwarding on {url_of(listener)}", flush=True)).serve_on(listener)


if __name__ == "__main__":
    main(*sys.argv[1:])
