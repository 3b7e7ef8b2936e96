"""POST /_mock/batches/{id}/finish, and the setting ``batches``."""

from __future__ import annotations

import pytest

from tests.control.desk import BATCH, Desk

PLAN = {"takes": 30.0, "per_item": None, "fail": 0.02, "expire": 0, "order": "listed"}


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.store.sessions.touch("s")
    made.store.sessions.touch("other")
    return made


def test_batch_is_finished(desk: Desk) -> None:
    assert desk.ask("POST", f"batches/{BATCH['id']}/finish").json == BATCH
    assert desk.ask("POST", f"batches/{BATCH['id']}/finish", {}, x_mock_session="s").json == BATCH


def test_unknown_batch_is_not_found(desk: Desk) -> None:
    got = desk.ask("POST", "batches/msgbatch_x/finish")
    assert (got.status, got.json["error"]["message"]) == (404, "There is no batch 'msgbatch_x'.")
    assert desk.ask("POST", f"batches/{BATCH['id']}/finish", x_mock_session="other").status == 404
    assert desk.ask("POST", f"batches/{BATCH['id']}/finish", {"all": True}).status == 400


def test_plan_of_a_session_changes(desk: Desk) -> None:
    assert desk.ask("GET", "settings").json["batches"] is None
    got = desk.ask("PATCH", "settings", {"batches": {"takes": "30s", "fail": "2%"}}, x_mock_session="s")
    assert (got.json["batches"], got.json["changed"]["session"]) == (PLAN, {"batches": PLAN})
    assert desk.ask("GET", "settings").json["batches"] is None
    assert desk.ask("PATCH", "settings", {"batches": None}, x_mock_session="s").json["batches"] is None


@pytest.mark.parametrize("value", ["30s", 3, [], {"takes": "soon"}, {"tales": 1}])
def test_wrong_plan_is_refused(desk: Desk, value: object) -> None:
    assert desk.ask("PATCH", "settings", {"batches": value}).status == 400
