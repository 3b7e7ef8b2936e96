"""Batches by the times of the calls: each call of a journey is made at a chosen moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.batches import BatchPlan
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from tests.endpoints.batches.calling import PATH, item, write

ROOT = Path(__file__).parents[3]
START, HOUR, DAY = 1_796_000_000.0, 3600.0, 24 * 3600.0


def ask(parts: Parts, at: float, method: str = "GET", below: str = "", body: bytes = b"", **headers: str) -> Any:
    """The status, the headers and the body of an answer so many seconds after the start."""
    call = Call(method, PATH + below, {"x-mock-session": "s", "host": "test", **headers}, body, at=START + at)
    answered = journey.answer(call, parts)
    answered = answered if answered.later is None else answered.later()
    sent = b"".join(piece.data for piece in answered.delivery.pieces)
    return answered.delivery.status, dict(answered.delivery.headers), sent


def build(tmp_path: Path, plan: str, *items: Any) -> tuple[Parts, str]:
    """The parts of a server whose batches go by a plan, and the path of one."""
    (tmp_path / "a.yaml").write_text(f"{{batches: {plan}, scenarios: [{{reply: {{echo: true}}}}]}}")
    parts = assembly.build(Settings(fixtures=(str(tmp_path),)))
    status, _, body = ask(parts, 0.0, "POST", body=write(*(items or (item("a"), item("b"), item("c"), item("d")))))
    assert status == 200
    return parts, f"/{orjson.loads(body)['id']}"


def look(parts: Parts, at: float, below: str) -> Any:
    return orjson.loads(ask(parts, at, below=below)[2])


def test_batch_ends_at_its_time(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{takes: 30s, per_item: 5s}")
    assert [look(parts, at, name)["processing_status"] for at in (1, 2, 49.9)] == ["in_progress"] * 3
    ended = look(parts, 70.0, name)
    assert (ended["processing_status"], ended["request_counts"]["succeeded"]) == ("ended", 4)
    times = [datetime.fromisoformat(ended[key]).timestamp() - START for key in ("created_at", "ended_at", "expires_at")]
    assert times == [0.0, 50.0, DAY]


def test_what_is_done_keeps_its_result(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{per_item: 10s}")
    canceling = orjson.loads(ask(parts, 25.0, "POST", f"{name}/cancel")[2])
    assert canceling["processing_status"] == "canceling"
    counts = look(parts, 26.0, name)["request_counts"]
    assert counts == {"processing": 0, "succeeded": 2, "errored": 0, "canceled": 2, "expired": 0}
    rows = [orjson.loads(line) for line in ask(parts, 27.0, below=f"{name}/results")[2].splitlines()]
    assert [(row["custom_id"], row["result"]["type"]) for row in rows] == [
        *(("a", "succeeded"), ("b", "succeeded"), ("c", "canceled"), ("d", "canceled"))
    ]


def test_batch_that_ended_meanwhile_cannot_be_canceled(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{takes: 30s}")
    assert ask(parts, 31.0, "POST", f"{name}/cancel")[0] == 400
    assert ask(parts, 32.0, "DELETE", name)[0] == 200


@pytest.mark.parametrize(("plan", "done"), [("{}", 0), ("{takes: 48h}", 2)])
def test_batch_expires_after_a_day(tmp_path: Path, plan: str, done: int) -> None:
    parts, name = build(tmp_path, plan)
    ended = look(parts, DAY + 5, name)
    assert ended["request_counts"] == {
        "processing": 0,
        "succeeded": done,
        "errored": 0,
        "canceled": 0,
        "expired": 4 - done,
    }
    assert ended["ended_at"] == ended["expires_at"]


def test_results_go_after_29_days(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{takes: 1s}")
    assert ask(parts, 29 * DAY - 1, below=f"{name}/results")[0] == 200
    assert look(parts, 29 * DAY - 1, name)["archived_at"] is None
    assert ask(parts, 29 * DAY, below=f"{name}/results")[0] == 404
    archived = datetime.fromisoformat(look(parts, 29 * DAY, name)["archived_at"])
    assert archived.timestamp() == START + 29 * DAY
    listed = orjson.loads(ask(parts, 30 * DAY)[2])["data"]
    assert [batch["archived_at"] is None for batch in listed] == [False]


def test_list_sees_what_time_did(tmp_path: Path) -> None:
    parts, _ = build(tmp_path, "{takes: 30s}")
    states = [orjson.loads(ask(parts, at)[2])["data"][0]["processing_status"] for at in (10.0, 20.0, 31.0)]
    assert states == ["in_progress", "in_progress", "ended"]


def test_list_is_no_poll(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{}")
    for _ in range(3):
        ask(parts, 1.0)
        ask(parts, 1.0, below=f"{name}/results")
    assert look(parts, 2.0, name)["processing_status"] == "in_progress"


def test_requests_are_calls_to_messages(tmp_path: Path) -> None:
    """A scenario that looks at path, method, headers or key sees what a single request of the client would show."""
    when = "{path: /v1/messages, method: POST, headers: {x-team: blue}, session: s, endpoint: messages, batch: true}"
    (tmp_path / "a.yaml").write_text(f"scenarios: [{{when: {when}, reply: {{echo: true}}}}]")
    parts = assembly.build(Settings(fixtures=(str(tmp_path),), unmatched="error"))
    text = "Grüße"
    body = write(item("a", messages=[{"role": "user", "content": text}])).decode().encode("latin-1")
    more = {"x-team": "blue", "content-type": "application/json; charset=iso-8859-1"}
    name = "/" + orjson.loads(ask(parts, 0.0, "POST", body=body, **more)[2])["id"]
    look(parts, 1.0, name)
    look(parts, 2.0, name)
    row = orjson.loads(ask(parts, 3.0, below=f"{name}/results")[2])
    assert row["result"]["message"]["content"][0]["text"] == text


def test_setting_of_a_session_wins(tmp_path: Path) -> None:
    parts, name = build(tmp_path, "{takes: 30s}")
    parts.store.overrides.change("s", {"batches": BatchPlan(takes=HOUR)})
    later = "/" + orjson.loads(ask(parts, 0.0, "POST", body=write(item("a")))[2])["id"]
    assert look(parts, 40.0, later)["processing_status"] == "in_progress"
    # A batch keeps the plan under which it was created.
    assert look(parts, 40.0, name)["processing_status"] == "ended"


def test_examples_leave_batches_as_they_are() -> None:
    parts = assembly.build(Settings(fixtures=(str(ROOT / "fixtures"),)))
    path = f"/{orjson.loads(ask(parts, 0.0, 'POST', body=write(item('a')))[2])['id']}"
    assert [orjson.loads(ask(parts, 0.0, below=path)[2])["processing_status"] for _ in range(2)] == [
        "in_progress",
        "ended",
    ]
