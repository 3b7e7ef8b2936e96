"""Files, skills and batches of one replica are used at another one; without a folder they are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.endpoints.batches.calling import PATH, client, create, finish, item, read_rows
from tests.endpoints.skills.test_skills_served import upload

Pair = tuple[httpx.Client, httpx.Client]


@pytest.fixture
def pair(engine: str, tmp_path: Path) -> Iterator[Pair]:
    """Clients of two replicas."""
    url = f"{engine}?name={uuid4().hex}&files={tmp_path}"
    with ExitStack() as opened:
        yield opened.enter_context(client(store=url)), opened.enter_context(client(store=url))


def test_file_of_one_replica_is_read_and_deleted_at_another(pair: Pair) -> None:
    first, second = pair
    made = first.post("/v1/files", files={"file": ("a.txt", b"content")}).raise_for_status().json()
    assert second.get("/v1/files").json()["data"] == [made]
    assert second.get(f"/v1/files/{made['id']}").json() == made
    assert second.delete(f"/v1/files/{made['id']}").status_code == 200
    assert first.get(f"/v1/files/{made['id']}").status_code == 404


def test_skill_of_one_replica_is_changed_at_another(pair: Pair) -> None:
    first, second = pair
    skill = upload(first)
    version = upload(second, f"/v1/skills/{skill['id']}/versions")
    assert first.get(f"/v1/skills/{skill['id']}").json()["latest_version_id"] == version["id"]
    assert second.delete(f"/v1/skills/{skill['id']}").status_code == 200
    assert first.get(f"/v1/skills/{skill['id']}").status_code == 404


def test_batch_of_one_replica_is_followed_at_another(pair: Pair) -> None:
    first, second = pair
    batch = create(first, *[item(f"i{number}") for number in range(5)])
    assert [each["id"] for each in second.get(PATH).json()["data"]] == [batch["id"]]
    assert finish(second, batch["id"])["processing_status"] == "ended"
    assert [row["custom_id"] for row in read_rows(second, batch["id"])] == [f"i{number}" for number in range(5)]
    assert second.delete(f"{PATH}/{batch['id']}").status_code == 200
    assert first.get(f"{PATH}/{batch['id']}").status_code == 404


def test_without_a_folder_the_answer_says_what_to_add(engine: str) -> None:
    with client(store=f"{engine}?name={uuid4().hex}") as caller:
        answers = [
            caller.post("/v1/files", files={"file": ("a.txt", b"content")}),
            caller.post(PATH, json={"requests": [item("a")]}),
            caller.post(
                "/v1/skills",
                files=[("files[]", ("my-skill/SKILL.md", b"---\nname: my-skill\ndescription: Says.\n---\n"))],
            ),
        ]
        assert [answer.status_code >= 400 for answer in answers] == [True] * 3
        assert ["add files=DIR" in answer.json()["error"]["message"] for answer in answers] == [True] * 3
        message = caller.post("/v1/messages", json=item("a")["params"])
        assert message.status_code == 200
