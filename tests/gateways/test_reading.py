"""Files that describe a gateway: what they say over a preset, and their mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from mockserver.derive import gateways as derived
from mockserver.gateways.presets import FOLDER, list_presets
from mockserver.gateways.reading import is_path, load
from mockserver.gateways.records import Channel, Gateway, KeyRow, PathRow, Upstream
from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.masks import show_line
from mockserver.records.reply import Fault

SCHEMA = Draft202012Validator(derived.schema())


def read(folder: Path, text: str) -> Gateway:
    path = folder / "gateway.yaml"
    path.write_text(text, "utf-8")
    return load(str(path))


def complaints(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return caught.value.problems


# What a file may say -----------------------------------------------------------------------------------------------


def test_empty_file_is_the_usual_preset_by_its_own_name(tmp_path: Path) -> None:
    gateway, preset = read(tmp_path, ""), load("new-api")
    assert gateway.name == "gateway"
    assert (gateway.errors, gateway.channels, gateway.headers) == (preset.errors, preset.channels, preset.headers)


def test_file_is_like_the_preset_that_it_names(tmp_path: Path) -> None:
    gateway = read(tmp_path, "{like: one-api, name: ours, language: en}")
    assert (gateway.name, gateway.language, gateway.wires) == ("ours", "en", ("chat",))
    assert gateway.errors == load("one-api").errors


def test_mappings_are_merged_by_key(tmp_path: Path) -> None:
    gateway, preset = (
        read(
            tmp_path,
            "errors: {user_banned: {status: 418}, no_token: {texts: {en: Who?}}, own: {status: 451, texts: Not now}}\n"
            'headers: {x-by: us}\nversion: "7"\nmodels: {gpt-4o: {owner: us}}',
        ),
        load("new-api"),
    )
    banned, was = gateway.errors["user_banned"], preset.errors["user_banned"]
    assert (banned.status, banned.texts) == (418, was.texts)
    assert (gateway.errors["no_token"].word("zh", {}), gateway.errors["no_token"].word("en", {})) == (
        "无效的令牌",
        "Who?",
    )
    assert {gateway.errors["own"].word(language, {}) for language in ("zh", "en")} == {"Not now"}
    assert gateway.headers == {"X-New-Api-Version": "7", "x-by": "us"}
    assert gateway.listed == {**preset.listed, "gpt-4o": "us"}


def test_own_paths_and_endings_come_first(tmp_path: Path) -> None:
    gateway, preset = (
        read(
            tmp_path,
            "paths: [{path: /v1/files*, body: {data: []}, key: false}]\n"
            "names: [{ending: -deep, does: effort, values: {effort: max}}]",
        ),
        load("new-api"),
    )
    assert gateway.paths[1:] == preset.paths
    assert (gateway.paths[0].body, gateway.paths[0].needs_key, gateway.paths[0].method) == ({"data": []}, False, "")
    assert gateway.names[1:] == preset.names
    assert gateway.names[0].values == {"effort": "max"}


def test_wire_that_the_preset_lacks_has_its_path(tmp_path: Path) -> None:
    """Behind those that the file says itself, and before the preset's."""
    gateway, preset = read(tmp_path, "{like: one-api, wires: [messages, chat], paths: [{path: /a}]}"), load("one-api")
    assert gateway.paths == (PathRow("/a"), PathRow("/v1/messages", "POST"), *preset.paths)
    assert read(tmp_path, "{like: one-api, wires: [chat]}").paths == preset.paths
    assert read(tmp_path, "wires: [messages, chat]").paths == load("new-api").paths


def test_own_channels_replace_those_of_the_preset(tmp_path: Path) -> None:
    gateway = read(
        tmp_path, "channels: [{name: down, error: 503, models: gpt-*}, converted, {name: native, models: [claude-*]}]"
    )
    preset = load("new-api")
    down, converted, native = gateway.channels
    assert down == Channel("down", ("gpt-*",), error=Upstream(503), faults={"messages": (), "chat": ()})
    assert converted == preset.find_channel("converted")
    known = preset.find_channel("native")
    assert known is not None
    assert (native.models, native.faults) == (("claude-*",), known.faults)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("503", Upstream(503)),
        ("overloaded_error", Upstream(529, "overloaded_error", "Overloaded")),
        ("do_request_failed", "do_request_failed"),
        ("{status: 500, message: Oh}", Upstream(500, "", "Oh")),
        ("{status: 429, type: rate_limit_error, message: Slow}", Upstream(429, "rate_limit_error", "Slow")),
        ("{status: 400, code: c}", Upstream(400, code="c")),
    ],
)
def test_channel_has_an_error(tmp_path: Path, written: str, error: object) -> None:
    gateway = read(tmp_path, f"channels: [{{name: a, error: {written}}}]")
    assert gateway.channels[0].error == error


@pytest.mark.parametrize(
    ("written", "messages", "chat"),
    [
        ("no_ping", ["no_ping"], ["no_ping"]),
        ("[no_ping, crlf]", ["no_ping", "crlf"], ["no_ping", "crlf"]),
        ("{then: split, bytes: 7}", ["split"], ["split"]),
        ("{messages: [no_ping, {then: split, bytes: 7}]}", ["no_ping", "split"], []),
        ("{messages: no_ping, chat: crlf}", ["no_ping"], ["crlf"]),
    ],
)
def test_channel_has_faults(tmp_path: Path, written: str, messages: list[str], chat: list[str]) -> None:
    faults = read(tmp_path, f"channels: [{{name: a, faults: {written}}}]").channels[0].faults
    assert [[fault.then for fault in faults.get(wire, ())] for wire in ("messages", "chat")] == [messages, chat]
    assert all(fault.options == {"bytes": 7} for fault in faults["messages"] if fault.then == "split")
    assert all(isinstance(fault, Fault) for fault in faults["messages"])


@pytest.mark.parametrize(
    ("written", "messages", "chat"),
    [
        ("{then: split, bytes: 7}", ["split"], ["split"]),
        ("[crlf]", ["crlf"], ["crlf"]),
        ("[]", [], []),
        ("{chat: crlf}", ["extra_newline"], ["crlf"]),
        ("{messages: crlf}", ["crlf"], []),
    ],
)
def test_faults_change_those_of_the_preset(tmp_path: Path, written: str, messages: list[str], chat: list[str]) -> None:
    """Those below wires by wire, others altogether."""
    faults = read(tmp_path, f"channels: [{{name: native, faults: {written}}}]").channels[0].faults
    assert [[fault.then for fault in faults.get(wire, ())] for wire in ("messages", "chat")] == [messages, chat]


def test_keys_get_errors_groups_and_models(tmp_path: Path) -> None:
    gateway = read(
        tmp_path,
        "keys: {sk-a: user_banned, sk-b: {error: token_expired}, "
        "sk-c: {group: vip, models: claude-*, admin: true}, sk-d: {}, sk-e: {models: []}}",
    )
    assert gateway.keys == {
        "sk-a": KeyRow("user_banned"),
        "sk-b": KeyRow("token_expired"),
        "sk-c": KeyRow("", "vip", ("claude-*",), True),
        "sk-d": KeyRow(),
        "sk-e": KeyRow(models=()),
    }
    assert "sk-a" not in repr(gateway)


def test_models_are_listed_or_refused(tmp_path: Path) -> None:
    gateway = read(
        tmp_path, "models: {gpt-9*: {error: model_not_found}, a: {owner: us}, b: , c: {owner: us, error: user_banned}}"
    )
    assert gateway.model_errors == {"gpt-9*": "model_not_found", "c": "user_banned"}
    assert {name: gateway.listed.get(name) for name in ("gpt-9*", "a", "b", "c")} == {
        "gpt-9*": None,
        "a": "us",
        "b": "custom",
        "c": "us",
    }


def test_words_name_what_calls_and_values_tell(tmp_path: Path) -> None:
    gateway = read(
        tmp_path,
        "errors:\n"
        "  own: {texts: '{model} {group} {method} {path} {key} {who} {\"a\": 1} {}', values: {who: me}}\n"
        "  invalid_body: {texts: {en: '{error}!'}}\n"
        "  token_exhausted: {texts: '{prefix}'}",
    )
    assert gateway.errors["own"].word("en", {"model": "m"}) == 'm {group} {method} {path} {key} me {"a": 1} {}'


def test_anchors_have_a_place(tmp_path: Path) -> None:
    gateway = read(tmp_path, "x-gone: &gone {error: user_banned}\nkeys: {sk-a: *gone}")
    assert gateway.keys["sk-a"].error == "user_banned"


def test_json_will_do(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    path.write_text(json.dumps({"keys": {"sk-a": "user_banned"}}), "utf-8")
    assert load(str(path)).keys == {"sk-a": KeyRow("user_banned")}


def test_example_of_the_docs_is_right(tmp_path: Path) -> None:
    page = Path("docs/gateways.md").read_text("utf-8")
    example = page.partition("## Your own\n")[2].split("```yaml\n")[1].split("```")[0]
    gateway = read(tmp_path, example)
    assert gateway.errors["too_late"].status == 451
    assert SCHEMA.is_valid(yaml.safe_load(example))


# Mistakes ----------------------------------------------------------------------------------------------------------

MISTAKES = [
    ("langage: en", 1, 1, '"langage" is no key of the gateway: did you mean "language"?'),
    ("language: fr", 1, 11, 'language: expected zh or en, got "fr"'),
    ("like: new-ap", 1, 7, '"new-ap" is no preset: did you mean "new-api"?'),
    ("retries: many", 1, 10, 'retries: expected a whole number from 0 to 9, got "many"'),
    ("keys: [a]", 1, 7, 'keys: expected a mapping of keys, got ["a"]'),
    ("keys:\n  sk-a: user_bannd", 2, 9, '"user_bannd" is no error of this gateway: did you mean "user_banned"?'),
    ("keys: {sk-a: {error: nope}}", 1, 22, '"nope" is no error of this gateway: known are'),
    ("keys: {sk-a: {eror: x}}", 1, 15, '"eror" is no key of the key: did you mean "error"?'),
    ("like: one-api\nkeys: {sk-a: group_forbidden}", 2, 14, '"group_forbidden" is no error of this gateway'),
    ("models: {m: {error: model_not_foun}}", 1, 21, '"model_not_foun" is no error of this gateway: did you mean'),
    ("channel: convertd", 1, 10, '"convertd" is no channel of this gateway: did you mean "converted"?'),
    ("channels: [{name: a}]\nchannel: native", 2, 10, '"native" is no channel of this gateway: known are a'),
    ("channels: [nativ]", 1, 12, '"nativ" is no channel of this gateway: did you mean "native"?'),
    ("channels: []", 1, 11, "channels: expected a list of channels, got []"),
    ("channels: [{models: a}]", 1, 12, 'the channel needs "name"'),
    ("channels: [{name: a, error: over_error}]", 1, 29, '"over_error" is no error of this gateway or of the API'),
    ("channels: [{name: a, error: 200}]", 1, 29, "error: expected a whole number from 300 to 599, got 200"),
    ("channels: [{name: a, faults: no_pin}]", 1, 30, "unknown fault 'no_pin'; did you mean 'no_ping'?"),
    ("channels: [{name: a, faults: {chat: no_pin}}]", 1, 37, "unknown fault 'no_pin'; did you mean 'no_ping'?"),
    ("channels: [{name: a, faults: {then: split, byte: 7}}]", 1, 44, "unknown option 'byte' of split"),
    ("paths: [{path: v1}]", 1, 16, "path: expected a path such as /v1/files*, without a query"),
    ("paths: [{path: /v1, error: nope}]", 1, 28, '"nope" is no error of this gateway'),
    ("paths: [{path: /v1, page: a, body: {}}]", 1, 9, "a path has one of error, body and page"),
    ("names: [{ending: -x, does: nothing}]", 1, 28, "does: expected thinking or adaptive or effort"),
    ("names: [{ending: -x, does: thinking, values: {share: 2}}]", 1, 54, "share: expected a number above 0, up to 1"),
    ("channels: [{name: a}, {name: b}, {name: a}]", 1, 34, 'there is a channel "a" already'),
    ("channels: [native, native]", 1, 20, 'there is a channel "native" already'),
    ("id_header: a b", 1, 12, 'id_header: expected the name of a header, got "a b"'),
    ("id_header: Content-Length", 1, 12, '"Content-Length" is for the server to say'),
    ("id_header: connection", 1, 12, '"connection" is for the server to say'),
    ('version: "1\\n2"', 1, 10, "version: expected a text on one line"),
    ("paths: [{path: /v1, method: post}]", 1, 29, 'method: expected a method such as POST, got "post"'),
    ("errors: {x: {status: 99}}", 1, 22, "status: expected a whole number from 200 to 599, got 99"),
    ("headers: {content-length: 1}", 1, 11, '"content-length" is for the server to say'),
    ("id_header: Content-Length", 1, 12, '"Content-Length" is for the server to say: name another header'),
    ("id_header: content-type", 1, 12, '"content-type" is for the server to say: name another header'),
    ("keys: {sk-: user_banned}", 1, 8, "expected a key such as sk-test, in ASCII and without spaces"),
    ("keys: {'Bearer sk-a': {}}", 1, 8, "expected a key such as sk-test, in ASCII and without spaces"),
    ("keys: {a: {}, sk-a: {}}", 1, 15, "this key stands here a second time: sk- before it counts for nothing"),
    ("keys: {sk-a: {}, a: {}}", 1, 18, "this key stands here a second time: sk- before it counts for nothing"),
    ("keys: {sk-a-b: {admin: true}}", 1, 8, "behind the first dash of an admin's key stands a channel"),
    ("channels: [{name: a, models: []}]", 1, 30, "models: expected the name of a model, got []"),
    ("models: {our-*: {owner: us}}", 1, 10, 'no list shows "our-*": a name with * has an error, and no owner'),
    ("models: {our-*: }", 1, 10, 'no list shows "our-*": a name with * has an error, and no owner'),
    ("names: [{ending: '', does: effort}]", 1, 18, 'ending: expected a text that is not empty, got ""'),
    ("channels: [{name: ''}]", 1, 19, 'name: expected a text that is not empty, got ""'),
    ("errors: {x: {texts: 'No {modle}'}}", 1, 21, '"modle" is no value of this error: did you mean "model"?'),
    (
        "errors: {x: {texts: {en: '{who}'}}}",
        1,
        26,
        '"who" is no value of this error: give it one below `values`; known',
    ),
    ("channels: [{name: a, faults: {chat: no_ping}}]", 1, 37, "no_ping changes nothing on the wire chat"),
    ("channels: [{name: a, faults: {messages: [crlf, no_usage]}}]", 1, 48, "no_usage changes nothing on the wire mess"),
    ("channels: [{name: a, renames: {a-*: b-*}}]", 1, 37, "a-*: expected the name of a model, without *, got"),
    ("keys: {sk-钥: {}}", 1, 8, "expected a key such as sk-test, in ASCII and without spaces"),
    ("paths: [{path: /a?b=c}]", 1, 16, 'path: expected a path such as /v1/files*, without a query, got "/a?b=c"'),
    ("a", 1, 1, 'expected a mapping (the gateway), got "a"'),
    ("keys: {sk-a: {}, sk-a: {}}", 1, 18, 'the key "sk-a" stands here a second time'),
    ("a: [", 2, 1, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), MISTAKES)
def test_mistake_is_told_with_its_place(tmp_path: Path, text: str, line: int, column: int, message: str) -> None:
    problems = complaints(tmp_path, text)
    places = [(each.place.line, each.place.column) for each in problems]
    assert (line, column) in places
    assert problems[places.index((line, column))].message.startswith(message)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Also those of names, where others have the wrong kind."""
    lines = [
        "language: fr",
        "keys: {sk-a: nope, sk-b: 7}",
        "channel: nope",
        "channels: [{name: a, faults: nope}, {nam: b}]",
        "errors: {x: 7}",
        "models: {m: {error: nope}, n: {error: x}}",
        "paths: [{path: /, error: nope}, {path: 7}]",
    ]
    found = [each.place.line for each in complaints(tmp_path, "\n".join(lines))]
    assert found == [1, 2, 2, 3, 4, 4, 5, 6, 7, 7]


def test_keys_are_masked_in_mistakes(tmp_path: Path) -> None:
    key = "sk-Ab3dEfGhIjKlMnOpQrStUv12"
    for text in (f"keys: [{key}]", f"keys: {{{key}: {{}}, {key}: {{}}}}", f"keys: {key}", f"keys: {{a: {{x: {key}}}}}"):
        for problem in complaints(tmp_path, text):
            assert key not in show_line(str(problem))


def test_schema_takes_what_is_right_and_no_misspelt_key() -> None:
    for name in list_presets():
        assert SCHEMA.is_valid(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")))
    for wrong in (
        "langage: en",
        "language: fr",
        "keys: []",
        "keys: {sk-: {}}",
        "models: {our-*: }",
        "models: {our-*: {error: user_banned, owner: us}}",
        "id_header: Content-Length",
        "keys: {a b: {}}",
        "paths: [{path: /, body: 1, page: x}]",
    ):
        assert not SCHEMA.is_valid(yaml.safe_load(wrong)), wrong


# Names and paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "is_file"),
    [("new-api", False), ("newapi", False), ("g.yaml", True), ("a/b", True), ("g.json", True)],
)
def test_paths_are_told_from_names(name: str, is_file: bool) -> None:
    assert is_path(name) is is_file


def test_unknown_preset_is_told_with_a_similar_one() -> None:
    with pytest.raises(ValueError, match='no preset "newapi" and no such file: did you mean "new-api"'):
        load("newapi")
    with pytest.raises(ValueError, match="give new-api or one-api, or the path of a YAML file"):
        load("something")


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file or directory"), (b"\xff: a", "no UTF-8 text")])
def test_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "gateway.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioError, match=reason):
        load(str(path))
    with pytest.raises(ScenarioError, match="Is a directory"):
        load(str(tmp_path))
