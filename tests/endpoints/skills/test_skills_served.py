"""Skills and their versions over the SDK and as JSON, in both shapes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver.records.errors import ScenarioError
from mockserver.testing.names import EndpointName
from mockserver.testing.server import MockServer
from tests.strict import error_of

OLD = "skills-2025-10-02"
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
PUBLISHED = ["xlsx", "pptx", "docx", "pdf"]


def about(name: str = "my-skill", description: str = "What it is for.") -> bytes:
    return f"---\nname: {name}\ndescription: {description}\n---\n\nDo this.\n".encode()


def files(name: str = "my-skill", more: Mapping[str, bytes] = MappingProxyType({})) -> list[tuple[str, bytes]]:
    rest = [(f"{name}/{path}", data) for path, data in more.items()]
    return [(f"{name}/SKILL.md", about(name)), *rest]


@pytest.fixture(params=["relay", "anthropic"])
def server(request: pytest.FixtureRequest) -> MockServer:
    return MockServer(profile=request.param)


@pytest.fixture
def http(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        yield client


@pytest.fixture
def client(server: MockServer) -> anthropic.Anthropic:
    http = httpx.Client(transport=server.transport)
    return anthropic.Anthropic(base_url="http://mock", api_key="k", http_client=http, max_retries=0)


def upload(http: httpx.Client, path: str = "/v1/skills", *, name: str = "my-skill", **more: Any) -> dict[str, Any]:
    parts = [("files[]", each) for each in files(name)]
    answer = http.post(path, files=parts, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_skill_lives(client: anthropic.Anthropic) -> None:
    made = client.skills.create(files=files(), display_name="Mine")
    assert (made.display_name, made.source.type, made.type) == ("Mine", "custom", "skill")
    assert made.created_at == made.updated_at
    assert client.skills.retrieve(made.id) == made
    version = client.skills.versions.create(made.id, files=files())
    assert (version.name, version.description, version.skill_id) == ("my-skill", "What it is for.", made.id)
    changed = client.skills.retrieve(made.id)
    assert changed.latest_version_id == version.id != made.latest_version_id
    assert changed.updated_at > made.updated_at
    assert [each.id for each in client.skills.versions.list(made.id)] == [version.id, made.latest_version_id]
    assert client.skills.versions.delete(version.id, skill_id=made.id).to_dict() == {
        "id": version.id,
        "type": "skill_version_deleted",
    }
    assert client.skills.retrieve(made.id).latest_version_id == made.latest_version_id
    assert client.skills.delete(made.id).to_dict() == {"id": made.id, "type": "skill_deleted"}
    for gone in (
        lambda: client.skills.retrieve(made.id),
        lambda: client.skills.versions.list(made.id),
        lambda: client.skills.versions.create(made.id, files=files()),
        lambda: client.skills.delete(made.id),
    ):
        with pytest.raises(anthropic.NotFoundError, match=f"Skill `{made.id}` not found"):
            gone()


def test_name_stands_for_a_display_name(client: anthropic.Anthropic) -> None:
    assert client.skills.create(files=files()).display_name == "my-skill"
    assert client.skills.create(files=files()).display_name == "my-skill", "it need not be unique"


def test_shape_of_today(http: httpx.Client) -> None:
    made = upload(http, data={"display_name": "Mine"})
    keys = ["id", "created_at", "display_name", "latest_version_id", "source", "type", "updated_at"]
    assert list(made) == keys
    assert made["source"] == {"type": "custom"}
    assert made["latest_version_id"].startswith("skver_01")
    version = http.get(f"/v1/skills/{made['id']}/versions/{made['latest_version_id']}").json()
    assert list(version) == ["id", "created_at", "description", "name", "skill_id", "type"]
    assert list(http.get("/v1/skills").json()) == ["data", "next_page"]


def test_shape_of_the_beta(http: httpx.Client) -> None:
    http.headers["anthropic-beta"] = OLD
    made = upload(http, data={"display_title": "Mine"})
    assert list(made) == ["id", "created_at", "display_title", "latest_version", "source", "type", "updated_at"]
    assert (made["display_title"], made["source"]) == ("Mine", "custom")
    (version,) = http.get(f"/v1/skills/{made['id']}/versions").json()["data"]
    assert list(version) == ["id", "created_at", "description", "directory", "name", "skill_id", "type", "version"]
    assert version["id"].startswith("skillver_01")
    assert version["version"] == made["latest_version"]
    assert version["version"].isdigit()
    for name in (version["version"], version["id"]):
        assert http.get(f"/v1/skills/{made['id']}/versions/{name}").json() == version
    assert list(http.get("/v1/skills").json()) == ["data", "has_more", "next_page"]
    assert upload(http)["display_title"] is None


def test_beta_deletes_versions_first(http: httpx.Client) -> None:
    made = upload(http, headers={"anthropic-beta": OLD})
    path = f"/v1/skills/{made['id']}"
    last = f"{path}/versions/{made['latest_version']}"
    told = error_of(http.delete(last), 400)["message"]
    assert told == "Cannot delete the only version of a skill. Delete the skill instead."
    http.headers["anthropic-beta"] = OLD
    told = error_of(http.delete(path), 400)["message"]
    assert told == "Cannot delete skill with existing versions. Delete all versions first."
    assert http.delete(last).json() == {"id": made["latest_version"], "type": "skill_version_deleted"}
    assert http.get(path).json()["latest_version"] is None
    assert http.delete(path).json() == {"id": made["id"], "type": "skill_deleted"}


def test_beta_takes_a_title_once(http: httpx.Client) -> None:
    http.headers["anthropic-beta"] = OLD
    upload(http, data={"display_title": "Mine"})
    parts = [("files[]", each) for each in files("other")]
    told = error_of(http.post("/v1/skills", files=parts, data={"display_title": "Mine"}), 400)["message"]
    assert told == "Skill cannot reuse an existing display_title"
    upload(http, data={"display_title": "Other"})


def test_published_skills_are_there_and_read_only(http: httpx.Client) -> None:
    assert [each["id"] for each in http.get("/v1/skills?source=anthropic").json()["data"]] == PUBLISHED
    for name in PUBLISHED:
        skill = http.get(f"/v1/skills/{name}").json()
        assert (skill["source"], skill["latest_version_id"]) == ({"type": "anthropic"}, "20251013")
        (version,) = http.get(f"/v1/skills/{name}/versions").json()["data"]
        assert http.get(f"/v1/skills/{name}/versions/20251013").json() == version
        told = f"Skill `{name}` is published by Anthropic and read-only."
        assert error_of(http.delete(f"/v1/skills/{name}"), 403)["message"] == told
        assert error_of(http.delete(f"/v1/skills/{name}/versions/20251013"), 403)["message"] == told
        error_of(http.get(f"/v1/skills/{name}/versions/20251013/content"), 404)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9, 10, 20])
def test_lists_page_to_their_end(client: anthropic.Anthropic, limit: int) -> None:
    made = [client.skills.create(files=files()).id for _ in range(5)][::-1]
    assert [each.id for each in client.skills.list(limit=limit)] == [*made, *PUBLISHED]
    assert [each.id for each in client.skills.list(limit=limit, source="custom")] == made
    assert [each.id for each in client.skills.list(limit=limit, source="anthropic")] == PUBLISHED
    versions = [client.skills.versions.create(made[0], files=files()).id for _ in range(4)][::-1]
    assert [each.id for each in client.skills.versions.list(made[0], limit=limit)][:-1] == versions


def test_list_goes_on_behind_what_was_deleted(client: anthropic.Anthropic) -> None:
    made = [client.skills.create(files=files()).id for _ in range(4)][::-1]
    page = client.skills.list(limit=2)
    client.skills.delete(made[1])
    client.skills.create(files=files())
    assert [each.id for each in page.get_next_page().data] == made[2:]


@pytest.mark.parametrize("path", ["/v1/skills", "/v1/skills/xlsx/versions"])
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("limit=1001", "limit: Input should be less than or equal to 1000"),
        ("page=x", "page: Invalid page token"),
        ("page=page_ZmlsZTox", "page: Invalid page token"),
    ],
)
def test_bad_query_is_refused(http: httpx.Client, path: str, query: str, told: str) -> None:
    assert error_of(http.get(f"{path}?{query}"), 400)["message"] == told


def test_archive_is_downloaded(client: anthropic.Anthropic) -> None:
    big = bytes(range(256)) * 4096
    made = client.skills.create(files=files(more={"a/b.bin": big, "é.txt": b"x"}))
    answer = client.beta.skills.versions.with_raw_response.download(made.latest_version_id, skill_id=made.id)
    assert answer.headers["content-disposition"] == 'attachment; filename="my-skill.zip"'
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.read())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["my-skill/SKILL.md", "my-skill/a/b.bin", "my-skill/é.txt"]
        assert archive.read("my-skill/a/b.bin") == big
    again = client.skills.create(
        files=[("it.ZIP", client.beta.skills.versions.download(made.latest_version_id, skill_id=made.id).read())]
    )
    assert again.display_name == "my-skill"


def test_sessions_have_skills_of_their_own(server: MockServer, http: httpx.Client) -> None:
    made = upload(http)
    error_of(http.get(f"/v1/skills/{made['id']}", headers={"x-mock-session": "other"}), 404)
    server.session("k").reset()
    error_of(http.get(f"/v1/skills/{made['id']}"), 404)
    assert server.mock.store.blobs.held() == 0


def test_contents_go_with_their_skill(server: MockServer, http: httpx.Client) -> None:
    made = upload(http)
    upload(http, f"/v1/skills/{made['id']}/versions")
    assert server.mock.store.blobs.held() > 0
    http.delete(f"/v1/skills/{made['id']}")
    assert server.mock.store.blobs.held() == 0


def test_versions_keep_the_name(http: httpx.Client) -> None:
    made = upload(http)
    parts = [("files[]", each) for each in files("other")]
    told = error_of(http.post(f"/v1/skills/{made['id']}/versions", files=parts), 400)["message"]
    assert told == "The skill name 'other' in SKILL.md must match that of the skill, 'my-skill'."


def test_full_store_keeps_nothing() -> None:
    server = MockServer(blob_bytes=100)
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as http:
        error_of(http.post("/v1/skills", files=[("files[]", each) for each in files()]), 503)
        assert http.get("/v1/skills?source=custom").json()["data"] == []


def test_scenarios_change_and_fail(server: MockServer, http: httpx.Client) -> None:
    api = server.session("k")
    api.when(endpoint="skills", method="POST").reply(json={"display_name": "Scripted"}, times=1)
    api.when(endpoint="skills", method="POST", body={"$.display_name": "Bad"}).error("overloaded_error")
    api.when(endpoint="skills/{id}", method="GET").reply(json={"latest_version_id": "skver_1"}, times=1)
    parts = [("files[]", each) for each in files()]
    assert http.post("/v1/skills", files=parts, data={"display_name": "Bad"}).status_code == 529
    made = upload(http)
    assert made["display_name"] == "Scripted"
    assert http.get(f"/v1/skills/{made['id']}").json()["latest_version_id"] == "skver_1"
    assert http.get(f"/v1/skills/{made['id']}").json()["latest_version_id"] == made["latest_version_id"]
    assert json.loads(api.requests[0].body) == {
        "display_name": "Bad",
        "files": [{"filename": "my-skill/SKILL.md", "size_bytes": len(about())}],
    }


def test_ids_that_a_script_gives_are_kept(server: MockServer, http: httpx.Client) -> None:
    api = server.session("k")
    api.when(endpoint="skills", method="POST").reply(json={"id": "skill_own", "latest_version_id": "skver_first"})
    api.when(endpoint="skills/{id}/versions", method="POST").reply(json={"id": "skillver_own", "version": "7"})
    for _ in range(2):  # the second one takes the place of the first, with its versions
        made = upload(http)
        assert http.get("/v1/skills/skill_own").json() == made
        assert [each["id"] for each in http.get("/v1/skills/skill_own/versions").json()["data"]] == ["skver_first"]
        version = upload(http, "/v1/skills/skill_own/versions", headers={"anthropic-beta": OLD})
        for name in ("skillver_own", "skver_own", "7"):
            assert http.get(f"/v1/skills/skill_own/versions/{name}", headers={"anthropic-beta": OLD}).json() == version
    assert [each["id"] for each in http.get("/v1/skills?source=custom").json()["data"]] == ["skill_own"]


@pytest.mark.parametrize("endpoint", ["skills", "skills/{id}/versions", "user_profiles"])
def test_id_that_no_path_can_hold_is_a_mistake(server: MockServer, endpoint: EndpointName) -> None:
    with pytest.raises(ScenarioError, match="expected an id of letters"):
        server.session("k").when(endpoint=endpoint, method="POST").reply(json={"id": "a/b"})


def test_journal_keeps_no_bytes_of_refused_uploads(server: MockServer, http: httpx.Client) -> None:
    error_of(http.post("/v1/skills", files=[("files[]", ("SKILL.md", about()))]), 400)
    (call,) = server.session("k").requests
    assert json.loads(call.body) == {"files": [{"filename": "SKILL.md", "size_bytes": len(about())}]}


def test_functions_of_the_user_see_the_fields(server: MockServer, http: httpx.Client) -> None:
    api = server.session("k")
    api.when(path="/v1/skills", method="POST").reply(lambda prompt: str(prompt.body["display_name"]))
    answer = http.post("/v1/skills", files=[("files[]", each) for each in files()], data={"display_name": "Mine"})
    assert answer.json()["content"][0]["text"] == "Mine"
