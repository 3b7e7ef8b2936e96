"""What a config file says, and what is told of mistakes in it."""

from __future__ import annotations

import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mockserver.config.finding import find
from mockserver.config.reading import Config, load, merge
from mockserver.derive import config as derived
from mockserver.records.errors import ScenarioError
from mockserver.records.options import OPTIONS, USERS, options_of
from tests.conftest import ROOT

SECRET = "sk-ant-api03-0123456789-wxyz"


def read(folder: Path, text: str, name: str = "mockserver.yaml") -> Config:
    path = folder / name
    path.write_text(text)
    return load(path)


def mistakes(folder: Path, text: str, name: str = "mockserver.yaml") -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(folder, text, name)
    return [str(problem).removeprefix(f"{folder}{os.sep}") for problem in caught.value.problems]


FORMS = {
    "mockserver.yaml": (
        "fixtures: here\nseed: 3\napi_keys: [one, two]\nserve: {port: 9, reload: true}\nrun:\n  port: 0\n"
    ),
    "other.json": json.dumps(
        {
            "fixtures": ["here"],
            "seed": 3,
            "api_keys": ["one", "two"],
            "serve": {"port": 9, "reload": True},
            "run": {"port": 0},
        }
    ),
    "pyproject.toml": """
[project]
name = "mine"
[tool.mockserver]
fixtures = "here"
seed = 3
api_keys = [
  "one",
  "two",
]
serve = {port = 9, reload = true}
[tool.mockserver.run]
port = 0
[tool.other]
port = 1
""",
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_says_the_same(tmp_path: Path, name: str) -> None:
    (tmp_path / "here").mkdir()
    config = read(tmp_path, FORMS[name], name)
    common = {"fixtures": (str(tmp_path / "here"),), "seed": 3, "api_keys": ("one", "two")}
    assert config.options("serve") == {**common, "port": 9, "reload": True}
    assert config.options("run") == {**common, "port": 0}
    assert config.options("pytest") == {"fixtures": common["fixtures"], "seed": 3}
    assert config.options("check") == {"fixtures": common["fixtures"]}


@pytest.mark.parametrize("name", FORMS)
def test_editors_of_windows_are_understood(tmp_path: Path, name: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + FORMS[name].lstrip().replace("\n", "\r\n").encode())
    assert load(tmp_path / name).options("run")["port"] == 0
    if name.endswith(".toml"):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf[tool.mockserver]\r\nseed = 1\r\n")
        assert find(tmp_path) == tmp_path / name


def test_places_are_those_of_the_keys(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    yaml = read(tmp_path, FORMS["mockserver.yaml"])
    assert [
        str(yaml.place(*at)).rpartition("/")[2] for at in (("serve", "port"), ("run", "port"), ("run", "seed"))
    ] == [
        "mockserver.yaml:4:9",
        "mockserver.yaml:6:3",
        "mockserver.yaml:2:1",
    ]
    toml = read(tmp_path, FORMS["pyproject.toml"], "pyproject.toml")
    assert [
        str(toml.place(*at)).rpartition("/")[2] for at in (("serve", "port"), ("run", "port"), ("run", "seed"))
    ] == [
        "pyproject.toml:11:1",
        "pyproject.toml:13:1",
        "pyproject.toml:6:1",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "x-anchors: [1]\n"])
def test_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).options("serve") == {}


def test_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a.yaml").write_text("scenarios: []")
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mockserver.yaml").write_text(
        f"fixtures: [a.yaml, ~/a.yaml, {tmp_path}/a.yaml]\nrun: {{report: out/r.json, junit: '-'}}\n"
    )
    options = load(Path("../mockserver.yaml")).options("run")
    assert [Path(path).resolve() for path in options["fixtures"]] == [(tmp_path / "a.yaml").resolve()] * 3
    assert all(Path(path).is_absolute() for path in options["fixtures"])
    assert Path(options["report"]).resolve() == tmp_path.resolve() / "out" / "r.json"
    assert options["junit"] == "-"


def test_dates_of_toml_are_texts(tmp_path: Path) -> None:
    text = "[tool.mockserver]\nlifecycle = 2026-12-24\n"
    assert read(tmp_path, text, "pyproject.toml").options("serve") == {"lifecycle": "2026-12-24"}


MISTAKES = [
    ("prot: 1", ['mockserver.yaml:1:1: "prot" is no key of the config: did you mean "port"?']),
    ("api-keys: [a]", ['mockserver.yaml:1:1: "api-keys" is no key of the config: did you mean "api_keys"?']),
    ("serve:\n  prot: 1", ['mockserver.yaml:2:3: "prot" is no key of serve: did you mean "port"?']),
    ("pytest: {port: 1}", ['mockserver.yaml:1:10: "port" is no key of pytest: *']),
    ("run: {workers: 2}", ['mockserver.yaml:1:7: "workers" is no key of run: *']),
    ("port: 70000", ["mockserver.yaml:1:7: port: expected a port from 0 to 65535, got 70000"]),
    ("port: '80'", ['mockserver.yaml:1:7: port: expected a port from 0 to 65535, got "80"']),
    ("workers: 0", ["mockserver.yaml:1:10: workers: expected a whole number from 1 to 100, got 0"]),
    ("seed:", ["mockserver.yaml:1:6: seed: expected a whole number, got nothing"]),
    ("fixtures:\n  # - scenarios", ["mockserver.yaml:1:10: fixtures: expected a path, got nothing"]),
    ("profile:", ["mockserver.yaml:1:9: profile: expected relay or anthropic, got nothing"]),
    ("control_token:", ["mockserver.yaml:1:15: control_token: expected a text, got nothing"]),
    ("seed: true", ["mockserver.yaml:1:7: seed: expected a whole number, got true"]),
    ("profile: antropic", ['mockserver.yaml:1:10: "antropic" is no value of profile: did you mean "anthropic"?']),
    ("unmatched: 7", ["mockserver.yaml:1:12: unmatched: expected auto or error or generate, got 7"]),
    ("reload: yes", ['mockserver.yaml:1:9: reload: expected true or false, got "yes": write true']),
    ("keep: 7 weeks", ["mockserver.yaml:1:7: keep: expected a time such as *, or always, got '7 weeks'"]),
    ('store: ""', ["mockserver.yaml:1:8: store: expected memory, a folder, or valkey://HOST, got ''"]),
    ("store: mockserver.yaml", ["mockserver.yaml:1:8: expected memory or a folder, there is a file *"]),
    ("lifecycle: soon", ["mockserver.yaml:1:12: lifecycle: expected *, got 'soon'"]),
    ("prefixes: [/v1]", ["mockserver.yaml:1:11: prefixes: expected a path such as /anthropic, *"]),
    ("allowed_origins: app", ["mockserver.yaml:1:18: allowed_origins: expected an origin such as *"]),
    ("host:", ["mockserver.yaml:1:6: host: expected a text, got nothing"]),
    ("fixtures: gone", ['mockserver.yaml:1:11: there is no file or folder "gone"; relative paths count from *']),
    ("fixtures: [7]", ['mockserver.yaml:1:12: expected a path, got 7: in quotes it is a text: "7"']),
    ("ssl_certfile: gone.pem", ['mockserver.yaml:1:15: there is no file "gone.pem"; *']),
    ("ssl_keyfile: .", ['mockserver.yaml:1:14: there is no file "."; *']),
    ("report: .", ['mockserver.yaml:1:9: there is a folder "."; *']),
    ("serve: 7", ["mockserver.yaml:1:8: serve: expected a mapping (serve), got 7"]),
    ("[]", ["mockserver.yaml:1:1: expected a mapping (the config), got []"]),
    ("scenarios: []", ["mockserver.yaml:1:1: this is the file of the server's options, and it holds scenarios: *"]),
    (
        "port: 1\nport: 2",
        ['mockserver.yaml:2:1: the key "port" stands here a second time (first on line 1): leave out one of them'],
    ),
    ("port: {", ["mockserver.yaml:*: this is not YAML: *"]),
    ("a: &a [*a]", ["mockserver.yaml:*"]),
    ("port: !!python/object:os.system 1", ["mockserver.yaml:1:7: the tag * is not known here: use plain values"]),
    (f"api_keys: {{a: {SECRET}}}", ["mockserver.yaml:1:11: api_keys: expected a text, got [*][*][*]"]),
    ("control_token: 'a b'", ["mockserver.yaml:1:16: control_token: expected letters, digits and signs *"]),
    ("api_keys: ''", ["mockserver.yaml:1:11: api_keys: expected keys, got an empty text"]),
    (
        "fixtures: [gone, 7]\nprofile: strict\nprefixes: /v1\nrun: 7\nserve: {prot: 1, fixtures: gone}",
        [
            "mockserver.yaml:1:18: expected a path, got 7: *",
            'mockserver.yaml:2:10: "strict" is no value of profile: *',
            "mockserver.yaml:3:11: prefixes: expected a path such as /anthropic, *",
            "mockserver.yaml:4:6: run: expected a mapping (run), got 7",
            'mockserver.yaml:5:9: "prot" is no key of serve: *',
            'mockserver.yaml:5:28: there is no file or folder "gone"; *',
        ],
    ),
    ("prot: 1\nsede: 2", ["mockserver.yaml:1:1: *", "mockserver.yaml:2:1: *"]),
    (
        "fixtures: [gone]\nprot: 1\nprefixes: [/v1]\nserve: 7\nrun: {report: ., prot: 1}",
        [
            "mockserver.yaml:1:12: there is no *",
            'mockserver.yaml:2:1: "prot" is no key *',
            "mockserver.yaml:3:11: prefixes: *",
            "mockserver.yaml:4:8: serve: expected *",
            'mockserver.yaml:5:15: there is a folder "."; *',
            'mockserver.yaml:5:18: "prot" is no key *',
        ],
    ),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, told: list[str]) -> None:
    found = mistakes(tmp_path, text)
    assert len(found) == len(told), found
    wanted = [each.replace("got []", "got [[]]") for each in told]
    assert [each for each, pattern in zip(found, wanted, strict=True) if not fnmatchcase(each, pattern)] == []
    assert SECRET not in "".join(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.mockserver]\nseed = 1\nprot = 1\n", 'pyproject.toml:3:1: "prot" is no key of the config: *'),
        ("[tool.mockserver.serve]\nport = 'x'\n", "pyproject.toml:2:1: port: expected a port from 0 to 65535, *"),
        ("[tool.mockserver]\nport = \n", "pyproject.toml:2:*: this is not TOML: *"),
        ("[tool.other]\n", "pyproject.toml:1:1: there is no table [[]tool.mockserver] in this file"),
        ("[tool]\nmockserver = 7\n", "pyproject.toml:1:1: expected a mapping (the config), got 7"),
        (f"[tool.mockserver]\na = {'[' * 3000}{']' * 3000}\n", "pyproject.toml:*"),
    ],
)
def test_mistakes_in_pyproject_are_told_too(tmp_path: Path, text: str, told: str) -> None:
    (found,) = mistakes(tmp_path, text, "pyproject.toml")
    assert fnmatchcase(found, told), found


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "this config file cannot be read" in mistakes_of(tmp_path / "gone.yaml")
    assert "this config file cannot be read" in mistakes_of(tmp_path)
    large = tmp_path / "large.yaml"
    large.write_text("# " + "x" * 2**20)
    assert "it is larger than 1 MB" in mistakes_of(large)
    wild = tmp_path / "wild.yaml"
    wild.write_bytes(b"seed: \xff")
    assert "no UTF-8" in mistakes_of(wild)


def mistakes_of(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "nearer", "holds"),
    [
        ({"control_token": "a"}, {"no_control_token": True}, {"no_control_token": True}),
        ({"no_control_token": True}, {"control_token": "a"}, {"control_token": "a"}),
        ({"control_token": "a"}, {"no_control_token": False}, {"control_token": "a", "no_control_token": False}),
        ({"prefixes": ("/a",)}, {"prefixes": ("/b",)}, {"prefixes": ("/b",)}),
    ],
)
def test_nearer_options_win(file: Any, nearer: Any, holds: Any) -> None:
    assert merge(file, nearer) == holds


VALUES: dict[str, Any] = {
    "fixtures": [],
    "gateway": "one-api",
    "allow_edit": ".",
    "ssl_certfile": "mockserver.yaml",
    "ssl_keyfile": "mockserver.yaml",
    "profile": "anthropic",
    "unmatched": "error",
    "function_timeout": 2.5,
    "tool_use": "once",
    "validation": "off",
    "pace": "realtime",
    "lifecycle": "today",
    "keep": "12h",
    "prefixes": ["/a"],
    "allowed_origins": ["https://app.example"],
    "replay": "exact",
    "record_mode": "all",
}


def sample(key: str) -> Any:
    """A value that the option takes and that is not its default."""
    default = OPTIONS[key].default
    given = not default if isinstance(default, bool) else (default or 0) + 1 if isinstance(default, int) else "text"
    return VALUES.get(key, [given] if default == () else given)


@pytest.mark.parametrize("key", OPTIONS)
def test_every_option_is_a_key_and_in_the_schema(tmp_path: Path, key: str) -> None:
    value = sample(key)
    config = read(tmp_path, json.dumps({key: value}))
    schema = Draft202012Validator(derived.schema())
    assert schema.is_valid({key: value})
    assert not schema.is_valid({key: {"no": "value"}})
    for user in USERS:
        is_taken = key in options_of(user)
        assert (key in config.options(user)) is is_taken
        assert schema.is_valid({user: {key: value}}) is is_taken
    assert not schema.is_valid({f"{key}s_": value})


def test_examples_of_the_docs_are_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "config.md").read_text("utf-8")
    (tmp_path / "scenarios").mkdir()
    shown = re.findall(r"^```(yaml|toml)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert [kind for kind, _ in shown] == ["yaml", "toml"]
    for kind, text in shown:
        config = read(tmp_path, text, "mockserver.yaml" if kind == "yaml" else "pyproject.toml")
        assert config.options("serve")["port"] == 8080
        assert config.options("run")["profile"] == "anthropic"


def test_store_is_memory_or_a_folder_that_may_be_missing(tmp_path: Path) -> None:
    assert read(tmp_path, "store: memory").options("serve")["store"] == "memory"
    for name in ("./memory", "kept"):
        assert read(tmp_path, f"store: {name}").options("serve")["store"] == str(tmp_path / name)
