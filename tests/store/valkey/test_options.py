"""The URL of an engine as an option, what is wrong with one, and its password, which is never shown."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import valkey

from mockserver import MockServer, StoreError
from mockserver.serving import storing
from tests.cli.test_cli import HELLO, call, serving
from tests.store.valkey.engine import MISSING, find_engine, find_port, running
from tests.strict import message_of

PASSWORD = "Very5ecretWord"


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


def read_health(url: str) -> Any:
    return httpx.get(f"{url}/_mock/health", timeout=30).json()["store"]


@pytest.mark.parametrize("way", ["option", "environment", "config"])
def test_url_is_taken_from(engine: str, environment: dict[str, str], tmp_path: Path, way: str) -> None:
    store = f"{engine}?name={way}"
    config = tmp_path / "mockserver.yaml"
    config.write_text(f"store: '{store}'\n")
    arguments = {"option": ["--store", store], "environment": [], "config": ["--config", str(config)]}[way]
    more = {"MOCKSERVER_STORE": store} if way == "environment" else {}
    with serving(*arguments, environment={**environment, **more}) as (_, url):
        health = read_health(url)
    assert (health["kind"], health["name"], health["address"]) == ("valkey", way, store)


def test_workers_share_a_mock_on_an_engine(engine: str, environment: dict[str, str]) -> None:
    store = f"{engine}?name={uuid4().hex}"
    with serving("--workers", "2", "--store", store, environment=environment) as (process, url):
        calls = [str(number) for number in range(20)]
        with httpx.Client(base_url=url, headers={"x-api-key": "demo"}, timeout=30) as client:
            added = client.post("/_mock/scenarios", json={"scenarios": [{"name": "numbers", "calls": calls}]})
            assert added.status_code == 201
            asked = [client.post("/v1/messages", json=HELLO, headers={"connection": "close"}) for _ in calls]
        assert [message_of(answer)["content"][0]["text"] for answer in asked] == calls
        assert httpx.get(f"{url}/_mock/requests", timeout=30).json()["total"] == len(calls)
        assert len(read_health(url)["replicas"]) >= 2
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) == (0, False)


def test_command_is_run_with_an_engine(engine: str, environment: dict[str, str]) -> None:
    lines = (
        "import os, httpx2",
        "health = httpx2.get(os.environ['ANTHROPIC_BASE_URL'] + '/_mock/health').json()",
        "print(health['store']['kind'])",
    )
    store = f"{engine}?name={uuid4().hex}"
    done = call("run", "--store", store, "--", sys.executable, "-c", "\n".join(lines), environment=environment)
    assert (done.returncode, done.stdout) == (0, "valkey\n")


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("valkey://", "expected valkey://HOST:PORT"),
        (f"valkey://user:{PASSWORD}@host:port", "expected HOST:PORT"),
        (f"valkey://user:{PASSWORD}@host/words", "a database's number"),
        (f"valkey://user:{PASSWORD}@host?color=red", "expected name= and files= behind the ?, got color="),
        (f"valkey://user:{PASSWORD}@host?name=", "expected a name without braces"),
        (f"valkey://user:{PASSWORD}@host?name=%7Ba", "expected a name without braces"),
        (f"valkey://:{PASSWORD}@[::1", "expected valkey://HOST:PORT, got a URL that cannot be read"),
    ],
)
def test_wrong_urls_are_told(store: str, expected: str) -> None:
    with pytest.raises((StoreError, ValueError)) as raised:
        MockServer(store=store)
    assert expected in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_wrong_url_ends_the_command(environment: dict[str, str]) -> None:
    for store in (f"valkey://:{PASSWORD}@host?color=red", f"valkey://:{PASSWORD}@[::1"):
        done = call("serve", "--port", "0", "--store", store, environment=environment)
        assert (done.returncode, "Traceback" in done.stderr, PASSWORD in done.stderr) == (2, False, False), done.stderr
        assert "store: expected" in done.stderr


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("mockserver.store.valkey")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "valkey", None)
    with pytest.raises(StoreError, match=r"but valkey is not here: pip install 'messages-mockserver\[valkey\]'"):
        MockServer(store="valkey://127.0.0.1:1")


def test_engine_that_does_not_come_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PATIENCE", 0.5)
    begun = monotonic()
    with pytest.raises(StoreError, match="cannot be used") as raised:
        MockServer(store=f"valkey://user:{PASSWORD}@127.0.0.1:{find_port()}")
    assert monotonic() - begun >= 0.5
    assert PASSWORD not in str(raised.value)


def test_command_ends_where_nothing_listens(environment: dict[str, str]) -> None:
    store = f"valkey://user:{PASSWORD}@127.0.0.1:{find_port()}"
    begun = monotonic()
    done = call("serve", "--port", "0", "--store", store, environment=environment)
    assert (done.returncode, PASSWORD in done.stderr, "Traceback" in done.stderr) == (2, False, False)
    assert "cannot be used" in done.stderr
    assert 9 < monotonic() - begun < 40


@pytest.mark.skipif(find_engine() is None, reason=MISSING)
def test_password_is_never_shown(environment: dict[str, str], tmp_path: Path) -> None:
    with running(tmp_path) as plain, valkey.Valkey.from_url(plain) as direct:
        direct.config_set("requirepass", PASSWORD)
        store = plain.replace("//", f"//:{PASSWORD}@")
        with serving("--store", store, environment=environment) as (process, url):
            httpx.post(f"{url}/v1/messages", json={**HELLO, "metadata": {"user_id": store}}).raise_for_status()
            shown = [httpx.get(f"{url}/_mock/{path}").text for path in ("health", "requests", "settings", "metrics")]
            assert json.loads(shown[0])["store"]["status"] == "ok"
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=60)
        shown += [output, errors, call("store", "info", store, environment=environment).stdout]
        wrong = plain.replace("//", f"//:{PASSWORD}wrong@")
        refused = call("serve", "--port", "0", "--store", wrong, environment=environment)
        shown += [refused.stdout, refused.stderr]
        kept = [direct.dump(key) or b"" for key in _keys(direct)]
    assert refused.returncode == 2
    assert [PASSWORD in each for each in shown] == [False] * len(shown)
    assert not any(PASSWORD.encode() in each for each in kept)


def _keys(direct: Any) -> list[bytes]:
    direct.execute_command("AUTH", PASSWORD)
    return list(direct.scan_iter())
