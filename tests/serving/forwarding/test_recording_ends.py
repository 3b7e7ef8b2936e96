"""How a server that records begins and ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace

from mockserver import MockServer, asgi_transport
from mockserver.recordings.errors import RecordingError
from mockserver.recordings.recorder import Upstream
from mockserver.records.exchanges import RecordedExchange
from mockserver.serving.app import MockApp
from mockserver.serving.recording import make_recorder as make_counting_recorder
from mockserver.serving.server import BackgroundServer, bind, url_of
from tests.cassettes.recorded import exchange

from .upstreams import OK, make_recorder, recording, serving

ANSWER = OK + b"content-length: 5\r\n\r\nhello"
# Keeping takes longer than a server has after SIGINT when it keeps nothing.
SLOW = """
import sys, time
from pathlib import Path
from mockserver.recordings.recorder import Recorder, Upstream
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of

def keep(exchange):
    time.sleep(1.4)
    Path(sys.argv[2]).write_bytes(exchange.response.body)

app, listener = MockApp(), bind("127.0.0.1", 0)
app.mock.recorders.set(Recorder(Upstream(sys.argv[1]), keep))
UvicornServer(app, lambda: print(url_of(listener), flush=True)).serve_on(listener)
"""
# Keeping takes longer than a server waits for it.
ENDLESS = SLOW.replace("time.sleep(1.4)", "time.sleep(60)").replace(
    "app, listener =", "import mockserver.serving.server as server\nserver.PATIENCE = 0.1\napp, listener ="
)


def test_server_that_would_record_itself_does_not_start() -> None:
    app, listener = MockApp(), bind("127.0.0.1", 0)
    app.mock.recorders.set(make_recorder(url_of(listener).replace("127.0.0.1", "localhost"))[0])
    server = BackgroundServer(app, "127.0.0.1", 0)
    with pytest.raises(RecordingError, match="is this mock server itself"):
        server.start(listener)
    assert not server.is_running
    assert listener.fileno() == -1


def test_server_that_stops_waits_for_what_is_kept(key: str) -> None:
    kept: list[object] = []
    go = threading.Event()

    def keep(exchange: object) -> None:
        assert go.wait(30)
        kept.append(exchange)

    with serving(ANSWER) as upstream, MockServer() as server, recording(server, key, upstream.url) as recorded:
        server.mock.recorders.set(replace(recorded.recorder, keep=keep), key)
        recorded.client.get("/v1/models")
        threading.Timer(0.05, go.set).start()
        server.stop()
        assert len(kept) == 1


def test_transport_that_is_closed_waits_for_what_is_kept() -> None:
    kept: list[object] = []
    go = threading.Event()

    def keep(exchange: object) -> None:
        assert go.wait(30)
        kept.append(exchange)

    transport = asgi_transport()
    with serving(ANSWER) as upstream:
        transport.mock.recorders.set(replace(make_recorder(upstream.url)[0], keep=keep))
        with httpx2.Client(transport=transport, base_url="http://mock") as client:
            client.get("/v1/models")
            threading.Timer(0.05, go.set).start()
    assert len(kept) == 1


def test_interrupted_process_keeps_what_is_under_way(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    with serving(ANSWER) as upstream:
        command = [sys.executable, "-c", SLOW, upstream.url, str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert httpx2.get(f"{process.stdout.readline().strip()}/v1/models").text == "hello"
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
    assert target.read_bytes() == b"hello"


def test_process_says_what_it_does_not_wait_for(tmp_path: Path) -> None:
    with serving(ANSWER) as upstream:
        command = [sys.executable, "-c", ENDLESS, upstream.url, str(tmp_path / "kept")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert httpx2.get(f"{process.stdout.readline().strip()}/v1/models").text == "hello"
            process.send_signal(signal.SIGINT)
            assert "the last exchanges are not written" in process.communicate(timeout=30)[1]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(28, "No space left on device"), "No space left on device"), (KeyError(1), "KeyError")],
)
def test_what_cannot_be_written_is_counted(error: Exception, reason: str) -> None:
    def fail(_: RecordedExchange) -> None:
        raise error

    recorder = make_counting_recorder(Upstream("http://x"), fail, keeps_errors=False)
    with pytest.raises(type(error)):
        recorder.keep(exchange({}))
    assert (recorder.tally.kept, dict(recorder.tally.skipped)) == (0, {reason: 1})
