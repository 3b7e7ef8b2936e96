"""A folder tells no secret of a call that created a batch, while its requests are answered and afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.endpoints.arrival import register
from mockserver.endpoints.batches import items, resuming, viewing
from mockserver.endpoints.batches.creating import create
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from tests.endpoints.batches.calling import PATH, item, write

KEY, TOKEN, SHORT, CONTROL = "sk-ant-api03-verysecret-abcd", "a-token-of-no-form-0815", "short-1", "control-token-4711"
SCENARIO = f"""
scenarios:
  - {{when: {{key: {KEY}}}, reply: by key}}
  - {{when: {{session: my-test}}, reply: by name}}
  - {{when: {{headers: {{x-team: blue}}}}, reply: by header}}
"""
WAYS: dict[str, tuple[str, dict[str, str], str]] = {
    "key": (PATH, {"x-api-key": KEY, "x-team": "blue"}, "by header"),
    "token": (PATH, {"authorization": f"Bearer {TOKEN}", "user-agent": f"me {TOKEN}", "cookie": f"a={TOKEN}"}, ""),
    "short": (PATH, {"x-api-key": SHORT}, ""),
    "named": (PATH, {"x-api-key": KEY, "x-mock-session": "my-test"}, "by name"),
    "named by key": (PATH, {"x-api-key": SHORT, "x-mock-session": SHORT}, ""),
    "named by path": (PATH, {"x-api-key": SHORT, "x-mock-session": KEY}, ""),
    "prefix": (f"/{TOKEN}{PATH}", {"x-api-key": TOKEN, "x-mock-session": "my-test", "x-other": CONTROL}, "by name"),
}


class Killed(BaseException):
    """The end of a process, in the middle."""


@pytest.mark.parametrize("way", WAYS)
def test_folder_tells_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    path, headers, answer = WAYS[way]
    (tmp_path / "a.yaml").write_text(SCENARIO)
    kept = tmp_path / "kept"
    settings = Settings(fixtures=(str(tmp_path / "a.yaml"),), control_token=CONTROL, store=str(kept))
    begin(settings, Call("POST", path, headers, write(item("a")), f"key={TOKEN}"), monkeypatch)
    assert find_secrets(kept) == set()
    parts = assembly.build(settings)
    assert resuming.resume(parts) == 1
    assert find_secrets(kept) == set()
    (session,) = parts.store.sessions.names()
    (batch,) = viewing.list_batches(parts, session)
    (row,) = viewing.read_rows(parts, session, viewing.finish(parts, session, batch.id) or batch)
    assert answer in ("", row["result"]["message"]["content"][0]["text"])
    parts.store.close()
    assert find_secrets(kept) == set()


def begin(settings: Settings, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a batch in a server that ends before it is answered."""

    def die(*_: Any) -> None:
        raise Killed

    parts = assembly.build(settings)
    call = replace(call, at=parts.clock.now(), session_path=f"/_session/{call.session}")
    arrival = register(call, parts)
    monkeypatch.setattr(items.Answerer, "answer", die)
    with pytest.raises(Killed):
        create(arrival, parts)
    monkeypatch.undo()
    parts.store.close()


def find_secrets(folder: Path) -> set[str]:
    """The secrets that stand in any file of a folder."""
    data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"msgbatch_" in data
    return {secret for secret in (KEY, TOKEN, SHORT, CONTROL) if secret.encode() in data}
