"""What is a skill, and what the API says of an upload that is none."""

from __future__ import annotations

import io
import zipfile

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.testing.server import MockServer
from tests.strict import error_of

MD = "my-skill/SKILL.md"
PLACE = "SKILL.md file must be exactly in the top-level folder."
GOOD = b"---\nname: my-skill\ndescription: It helps.\n---\n"
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
SERVER = MockServer(profile="anthropic")


def send(*files: tuple[str, bytes], title: str | None = None) -> httpx.Response:
    data = {} if title is None else {"display_name": title}
    with httpx.Client(transport=SERVER.transport, base_url="http://mock", headers=HEADERS) as client:
        answer: httpx.Response = client.post("/v1/skills", files=[("files[]", each) for each in files], data=data)
        return answer


def refused(*files: tuple[str, bytes], status: int = 400, title: str | None = None) -> str:
    message: str = error_of(send(*files, title=title), status)["message"]
    return message


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for path, data in files.items():
            made.writestr(path, data)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GOOD,
        b"---\ndescription: The folder is the name.\n---\nText --- of it",
        b"---\nname: my-skill\ndescription: |\n  Several\n  lines\nlicense: MIT\nmetadata: {a: 1}\n---",
        b"---\nname: 'my-skill'\ndescription: 2026-99-99\n---\n\xff",
    ],
)
def test_front_matter_is_read(content: bytes) -> None:
    assert send((MD, content)).status_code == 200


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "SKILL.md must start with YAML frontmatter (---)."),
        (b"# Title\n---\nname: my-skill\n---\n", "SKILL.md must start with YAML frontmatter (---)."),
        (b"---\nname: my-skill\n", "SKILL.md must start with YAML frontmatter (---)."),
        (b"---\nname: [\n---\n", "The frontmatter of SKILL.md is no valid YAML."),
        (b"---\na: &a [*a]\ndescription: *c\n---\n", "SKILL.md: description: it is required."),
        (b"---\na: " + b"[" * 9000 + b"\n---\n", "The frontmatter of SKILL.md is no valid YAML."),
        (b"---\na: " + b"[" * 500 + b"]" * 500 + b"\n---\n", "SKILL.md: description: it is required."),
        (b"---\n- name\n---\n", "The frontmatter of SKILL.md must be a mapping with name and description."),
        (b"---\nname: my-skill\n---\n", "SKILL.md: description: it is required."),
        (b"---\nname: my-skill\ndescription: [a]\n---\n", "SKILL.md: description: it is required."),
        (GOOD.replace(b"my-skill", b"My Skill"), "SKILL.md: name: at most 64 lowercase letters, digits and hyphens."),
        (GOOD.replace(b"my-skill", b"claude-x"), "SKILL.md: name: the words anthropic and claude are reserved."),
        (GOOD.replace(b"It", b"It" * 600), "SKILL.md: description: at most 1024 characters."),
        (GOOD.replace(b"It", b"<b>It</b>"), "SKILL.md: description: XML tags are not allowed."),
        (
            GOOD.replace(b"my-skill", b"other"),
            "The folder name 'my-skill' must match the skill name 'other' in SKILL.md.",
        ),
    ],
)
def test_bad_front_matter_is_told(content: bytes, told: str) -> None:
    assert refused((MD, content)) == told


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["SKILL.md"], PLACE),
        (["a/b/SKILL.md"], PLACE),
        (["my-skill/skill.txt"], PLACE),
        ([MD, "other/x.txt"], "All files must be inside the top-level folder"),
        ([MD, "x.txt"], "All files must be inside the top-level folder"),
        ([MD, MD], f"files[]: '{MD}' is there twice."),
        ([MD, "my-skill/../x"], "files[]: 'my-skill/../x' is no path below a folder."),
        (["/my-skill/SKILL.md"], "files[]: '/my-skill/SKILL.md' is no path below a folder."),
        ([MD, "my-skill\\x"], "files[]: 'my-skill\\x' is no path below a folder."),
        ([MD, "my-skill/\u202ex"], None),
    ],
)
def test_bad_paths_are_told(paths: list[str], told: str | None) -> None:
    message = refused(*((path, GOOD) for path in paths))
    assert message == told if told else "is no path below a folder" in message


def test_files_are_required() -> None:
    with httpx.Client(transport=SERVER.transport, base_url="http://mock", headers=HEADERS) as client:
        other = client.post("/v1/skills", files=[("files", (MD, GOOD))])
        text = client.post("/v1/skills", files=[("files[]", (None, GOOD))])
        assert error_of(other, 400)["message"] == "files[]: Field required"
        assert error_of(text, 400)["message"] == "files[].0: Expected UploadFile, received: <class 'str'>"
        assert "multipart/form-data" in error_of(client.post("/v1/skills", json={}), 400)["message"]


def test_display_name_has_a_bound() -> None:
    assert send((MD, GOOD), title="x" * 255).status_code == 200
    told = refused((MD, GOOD), title="x" * 256)
    assert told == "display_name: String should have at most 255 characters"


def test_archive_stands_for_its_files() -> None:
    assert send(("it.zip", archive(**{MD: GOOD, "my-skill/a.txt": b"a"}))).status_code == 200
    assert refused(("it.zip", archive(**{"SKILL.md": GOOD}))) == PLACE
    assert "is no path" in refused(("it.zip", archive(**{MD: GOOD, "../../etc/x": b"a"})))
    assert refused(("it.zip", b"PK no archive")) == "files[]: the archive cannot be read."


def test_size_is_bounded() -> None:
    full = b"\0" * (31 * 1024 * 1024)
    assert refused((MD, GOOD), ("my-skill/x", full), status=413) == "Request exceeds the maximum size"
    bomb = archive(**{MD: GOOD, "my-skill/x": full})
    assert len(bomb) < 100_000
    assert refused(("it.zip", bomb), status=413) == "Request exceeds the maximum size"
    many = archive(**{f"my-skill/{number}": b"" for number in range(1001)})
    assert refused(("it.zip", many)) == "files[]: the archive holds more than 1000 files."
    most = [(MD, GOOD), *((f"my-skill/{number}", b"") for number in range(999))]
    assert send(*most, title="All").status_code == 200
    assert refused(*most, ("my-skill/x", b""), title="All") == "files[]: the form holds more than 1000 files."


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_damaged_archives_are_never_a_fault_of_ours(noise: bytes, start: int, end: int) -> None:
    whole = archive(**{MD: GOOD, "my-skill/a": b"a" * 50})
    answer = send(("it.zip", whole[:start] + noise + whole[end:]))
    assert answer.status_code in (200, 400)


@given(st.binary(max_size=300))
def test_any_front_matter_is_read_or_told(noise: bytes) -> None:
    assert send((MD, b"---\nname: my-skill\ndescription: x\n" + noise + b"\n---\n")).status_code in (200, 400)
