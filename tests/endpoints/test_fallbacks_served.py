"""Server-side fallbacks: what one model declines, the next one answers, whole and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
import pytest

from mockserver import asgi_transport
from mockserver.compose.generated.magic_strings import REFUSAL
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.strict import error_of, events_of

LIST, NEWER = "server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01"
NEXT = {"model": "claude-opus-4-8"}
BOTH = [{"model": "claude-opus-5"}, NEXT]
HELLO = {"role": "user", "content": "Hello."}
Profile = Literal["relay", "anthropic"]


class Asking:
    """Asks a server with some scenarios; each answer is the same whole and streamed, unless it may differ."""

    def __init__(self, folder: Path, scenarios: str, profile: Profile = "anthropic", **settings: Any) -> None:
        path = folder / "scenarios.yaml"
        path.write_text(f"scenarios:\n{scenarios}", "utf-8")
        self.transport = asgi_transport(path, profile=profile, **settings)

    def post(self, version: str = VERSIONS[-1], beta: str = NEWER, **body: Any) -> httpx.Response:
        headers = {"x-api-key": "k", "anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
        asked = {"model": "claude-fable-5", "max_tokens": 256, "messages": [HELLO], "fallbacks": BOTH, **body}
        with httpx.Client(transport=self.transport, base_url="http://test", headers=headers) as client:
            answer: httpx.Response = client.post("/v1/messages", json=asked)
            return answer

    def whole(self, **more: Any) -> dict[str, Any]:
        message: dict[str, Any] = self.post(**more).raise_for_status().json()
        assert validate_response(message, beta=True) == []
        return message

    def events(self, **more: Any) -> list[dict[str, Any]]:
        events = events_of(self.post(stream=True, **more).raise_for_status().text)
        assert validate_stream(events, beta=True) == []
        return events

    def both(self, **more: Any) -> dict[str, Any]:
        whole, streamed = self.whole(**more), fold(self.events(**more))
        assert list(whole) == list(streamed)
        assert {**whole, "id": None} == {**streamed, "id": None}
        return whole

    def entry(self) -> dict[str, Any]:
        """The last request in the journal."""
        with httpx.Client(transport=self.transport, base_url="http://test") as client:
            number = client.get("/_mock/requests").json()["requests"][-1]["number"]
            entry: dict[str, Any] = client.get(f"/_mock/requests/{number}").json()
            return entry


def hop(declined: str, served: str, category: str | None = "cyber") -> dict[str, Any]:
    trigger = {"type": "refusal", "category": category}
    return {"type": "fallback", "from": {"model": declined}, "to": {"model": served}, "trigger": trigger}


def iterations(message: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["type"], each["model"]) for each in message["usage"]["iterations"]]


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


DECLINED = "  - {name: declined, reply: {refusal: cyber}}\n"
MIDWAY = "  - {name: declined, reply: {text: I would, refusal: cyber}}\n"
NEVER = "  - {name: never, when: {model: '*'}, reply: {refusal: {category: bio, explanation: No.}}}\n"
OPUS_5 = "  - {name: second, when: {model: claude-opus-5}, reply: Opus 5 says so.}\n"
OPUS_4 = "  - {name: third, when: {model: claude-opus-4-8}, reply: Opus 4.8 says so.}\n"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("beta", [LIST, NEWER])
@pytest.mark.parametrize("unmatched", ["generate", "error"])
@pytest.mark.parametrize(
    ("model", "fallbacks"),
    [
        ("claude-fable-5", BOTH),
        ("claude-opus-5", [NEXT]),
        ("claude-opus-5-5", [NEXT]),
        ("claude-sonnet-5-5", [{"model": "claude-sonnet-5"}]),
    ],
)
def test_the_simplest_refusal_is_answered_by_the_next_model(
    tmp_path: Path, version: str, beta: str, unmatched: str, model: str, fallbacks: Any
) -> None:
    asking = Asking(tmp_path, DECLINED, unmatched=unmatched)
    message = asking.both(version=version, beta=beta, model=model, fallbacks=fallbacks)
    served = fallbacks[0]["model"]
    assert message["content"][0] == hop(model, served)
    assert message["content"][-1]["type"] == "text"
    assert (message["model"], message["stop_reason"], message["stop_details"]) == (served, "end_turn", None)
    assert iterations(message) == [("message", model), ("fallback_message", served)]
    declined, last = message["usage"]["iterations"]
    assert declined["output_tokens"] < last["output_tokens"] == message["usage"]["output_tokens"]
    assert last["input_tokens"] == message["usage"]["input_tokens"]
    assert (asking.entry()["scenario"], asking.entry()["fallbacks"]) == ("declined", [None])


def test_a_decline_before_output_leaves_no_trace_at_the_start_of_a_stream(tmp_path: Path) -> None:
    start, *rest = Asking(tmp_path, DECLINED).events()
    assert start["message"]["model"] == "claude-opus-5"
    assert rest[0]["content_block"] == hop("claude-fable-5", "claude-opus-5")
    assert [event["type"] for event in rest[1:3]] == ["ping", "content_block_stop"]
    assert "iterations" not in start["message"]["usage"]


@pytest.mark.parametrize("more", ["text: [I, would]", "tool_use: look", "thinking: Hm."])
def test_a_decline_in_mid_output_goes_on_behind_it_in_a_stream_alone(tmp_path: Path, more: str) -> None:
    asking = Asking(tmp_path, f"  - {{name: declined, reply: {{{more}, refusal: bio}}}}\n{OPUS_5}")
    whole, events = asking.whole(), asking.events()
    assert whole["content"] == [hop("claude-fable-5", "claude-opus-5", "bio"), text("Opus 5 says so.")]
    assert events[0]["message"]["model"] == "claude-fable-5"
    streamed = fold(events)
    partial = len(streamed["content"]) - 2
    assert streamed["content"][partial:] == whole["content"]
    assert partial == (2 if "[" in more else 1)
    assert streamed["model"] == whole["model"] == "claude-opus-5"
    assert streamed["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert streamed["usage"]["iterations"] == whole["usage"]["iterations"]


CACHED = [{"type": "text", "text": "Be brief. " * 3000, "cache_control": {"type": "ephemeral"}}]


@pytest.mark.parametrize("system", ["Be brief. " * 50, CACHED], ids=["plain", "cached"])
@pytest.mark.parametrize("before", ["", DECLINED], ids=["the first model", "the second"])
@pytest.mark.parametrize(
    "more", ["text: I would", "tool_use: look", "thinking: Hm.", "web_search: {query: a, results: []}"]
)
def test_a_stream_starts_with_the_counts_of_the_model_it_names(
    tmp_path: Path, more: str, before: str, system: Any
) -> None:
    declined = f"  - {{name: midway, when: {{model: '*'}}, reply: {{{more}, refusal: bio}}}}\n"
    long = f"  - {{when: {{model: claude-opus-4-8}}, reply: {'Opus 4.8 says so. ' * 20}}}\n"
    asking = Asking(tmp_path, before + long + (declined if not before else declined.replace("'*'", "claude-opus-5")))
    start, *_ = events = asking.events(system=system, fallbacks=BOTH if before else [NEXT])
    whole, shown = fold(events), start["message"]["usage"]
    attempt = whole["usage"]["iterations"][1 if before else 0]
    assert (start["message"]["model"], whole["model"]) == (attempt["model"], "claude-opus-4-8")
    counts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
    assert {key: shown[key] for key in counts} == {key: attempt[key] for key in counts}
    assert 0 < shown["output_tokens"] <= attempt["output_tokens"] < whole["usage"]["output_tokens"]
    assert whole["usage"]["cache_creation"] == whole["usage"]["iterations"][-1]["cache_creation"]


def test_ids_of_two_models_differ(tmp_path: Path) -> None:
    second = "  - {name: second, when: {model: claude-opus-5}, reply: {tool_use: look}}\n"
    asking = Asking(tmp_path, f"  - {{name: declined, reply: {{tool_use: look, refusal: bio}}}}\n{second}")
    first, last = (block["id"] for block in fold(asking.events())["content"] if block["type"] == "tool_use")
    assert first != last


def test_scenarios_that_name_the_next_model_speak_for_it(tmp_path: Path) -> None:
    asking = Asking(tmp_path, DECLINED + OPUS_4 + OPUS_5)
    assert asking.both()["content"][1:] == [text("Opus 5 says so.")]
    assert asking.entry()["fallbacks"] == ["second"]
    assert asking.both(fallbacks=[NEXT])["content"][1:] == [text("Opus 4.8 says so.")]


def test_each_refusal_goes_to_one_model_more(tmp_path: Path) -> None:
    second = "  - {name: second, when: {model: claude-opus-5}, reply: {refusal: bio}}\n"
    asking = Asking(tmp_path, DECLINED + second + OPUS_4)
    message = asking.both()
    assert message["content"] == [
        hop("claude-fable-5", "claude-opus-5"),
        hop("claude-opus-5", "claude-opus-4-8", "bio"),
        text("Opus 4.8 says so."),
    ]
    assert iterations(message) == [
        ("message", "claude-fable-5"),
        ("message", "claude-opus-5"),
        ("fallback_message", "claude-opus-4-8"),
    ]
    assert asking.entry()["fallbacks"] == ["second", "third"]


def test_a_second_decline_in_mid_output_names_the_second_model_at_the_start(tmp_path: Path) -> None:
    second = "  - {name: second, when: {model: claude-opus-5}, reply: {text: Well, refusal: bio}}\n"
    events = Asking(tmp_path, DECLINED + second + OPUS_4).events()
    assert events[0]["message"]["model"] == "claude-opus-5"
    kinds = [block["type"] for block in fold(events)["content"]]
    assert kinds == ["fallback", "text", "fallback", "text"]
    assert fold(events)["model"] == "claude-opus-4-8"


def test_when_all_decline_the_last_refusal_stands(tmp_path: Path) -> None:
    message = Asking(tmp_path, NEVER).both()
    assert [block["type"] for block in message["content"]] == ["fallback", "fallback"]
    assert (message["model"], message["stop_reason"]) == ("claude-opus-4-8", "refusal")
    assert message["stop_details"] == {
        "type": "refusal",
        "category": "bio",
        "explanation": "No.",
        "recommended_model": None,
    }
    assert iterations(message)[-1] == ("fallback_message", "claude-opus-4-8")


@pytest.mark.parametrize("error", ["{error: overloaded_error}", "{error: 429}", "{raw: {status: 502, body: x}}"])
@pytest.mark.parametrize("declined", [DECLINED, MIDWAY])
def test_a_model_that_cannot_be_asked_is_recommended(tmp_path: Path, error: str, declined: str) -> None:
    second = f"  - {{name: second, when: {{model: claude-opus-5}}, reply: {error}}}\n"
    asking = Asking(tmp_path, declined + second + OPUS_4)
    message = asking.both()
    assert (message["model"], message["stop_reason"]) == ("claude-fable-5", "refusal")
    assert message["stop_details"]["recommended_model"] == "claude-opus-5"
    assert "fallback" not in [block["type"] for block in message["content"]]
    assert iterations(message) == [("message", "claude-fable-5")]
    assert asking.entry()["fallbacks"] == ["second"]


@pytest.mark.parametrize("status", [429, 500, 529])
def test_errors_of_the_requested_model_come_through(tmp_path: Path, status: int) -> None:
    asking = Asking(tmp_path, f"  - {{name: failed, reply: {{error: {status}}}}}\n{OPUS_5}")
    error_of(asking.post(), status)
    assert asking.entry()["fallbacks"] == []


@pytest.mark.parametrize("reply", ["Fine.", "{text: Fine., stop_reason: max_tokens}", "{generate: true}"])
def test_what_is_no_refusal_stays(tmp_path: Path, reply: str) -> None:
    message = Asking(tmp_path, f"  - {{name: fine, reply: {reply}}}\n{OPUS_5}").both()
    assert message["model"] == "claude-fable-5"
    assert iterations(message) == [("message", "claude-fable-5")]


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("claude-opus-5", "claude-opus-4-8"),
        ("claude-fable-5-1", "claude-opus-4-8"),
        ("claude-sonnet-5-5", "claude-sonnet-5"),
        ("claude-haiku-5-5", None),
        ("claude-mythos-5-1", None),
    ],
)
def test_the_default_is_what_the_catalogue_lists_first(tmp_path: Path, model: str, served: str | None) -> None:
    message = Asking(tmp_path, DECLINED).both(model=model, fallbacks="default")
    assert message["model"] == (served or model)
    assert message["stop_reason"] == ("end_turn" if served else "refusal")
    assert served or message["stop_details"]["recommended_model"] is None


def test_the_refusal_test_string_falls_back_too(tmp_path: Path) -> None:
    sent = [{"role": "user", "content": REFUSAL}]
    asking = Asking(tmp_path, OPUS_4)
    message = asking.both(messages=sent)
    assert message["content"][0] == hop("claude-fable-5", "claude-opus-5", None)
    assert message["stop_reason"] == "end_turn"
    assert asking.both(messages=sent, fallbacks=[NEXT])["content"][-1] == text("Opus 4.8 says so.")
    alone = asking.both(messages=sent, fallbacks=None)
    assert (alone["content"], alone["stop_reason"]) == ([], "refusal")
    assert "recommended_model" not in alone["stop_details"]


def test_an_attempt_keeps_to_the_limit_of_its_entry(tmp_path: Path) -> None:
    message = Asking(tmp_path, DECLINED).both(fallbacks=[{**NEXT, "max_tokens": 9}])
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("max_tokens", 9)


def test_a_scripted_hop_stays_as_written(tmp_path: Path) -> None:
    own = "{content: [{type: fallback, to: {model: claude-opus-4-8}}, A text.], refusal: bio}"
    message = Asking(tmp_path, f"  - {{name: own, reply: {own}}}\n{OPUS_5}").both()
    assert message["content"] == [hop("claude-fable-5", "claude-opus-4-8", None), text("A text.")]
    assert iterations(message) == [("message", "claude-fable-5"), ("fallback_message", "claude-opus-4-8")]


def test_answers_of_all_models_are_used_up_together(tmp_path: Path) -> None:
    calls = "  - {name: second, when: {model: claude-opus-5}, calls: [One., {refusal: bio}]}\n"
    broken = "  - {name: third, when: {model: claude-opus-4-8}, reply: '{{ [] | first | upper }}'}\n"
    asking = Asking(tmp_path, DECLINED + calls + broken, unmatched="error")
    assert asking.whole()["content"][-1] == text("One.")
    # The third model's scenario cannot answer: nothing is used up, so that the same comes again.
    for _ in range(2):
        assert "A scenario could not answer" in error_of(asking.post(), 500)["message"]


def test_headers_faults_and_pace_go_together(tmp_path: Path) -> None:
    first = "  - {name: first, reply: {refusal: cyber, headers: {x-a: '1', x-b: '1'}, fault: no_ping}}\n"
    second = (
        "  - {name: second, when: {model: claude-opus-5}, reply: {text: a, headers: {x-b: '2'}, fault: done_marker}}\n"
    )
    asking = Asking(tmp_path, first + second)
    answer = asking.post(stream=True)
    assert (answer.headers["x-a"], answer.headers["x-b"]) == ("1", "2")
    assert "[DONE]" in answer.text
    assert "ping" not in answer.text
    assert asking.entry()["faults"] == ["no_ping", "done_marker"]


@pytest.mark.parametrize(
    "given",
    [7, "x", {}, [None], ["a", 5], [{"model": 5}], [{"model": "a" * 9000, "thinking": 1, "output_config": []}]],
)
@pytest.mark.parametrize("validation", ["warn", "off"])
def test_unchecked_junk_is_no_reason_to_fail(tmp_path: Path, given: Any, validation: str) -> None:
    message = Asking(tmp_path, MIDWAY, validation=validation).post(beta="", fallbacks=given)
    assert message.status_code == 200


def test_gateways_names_fall_back_as_they_are_written(tmp_path: Path) -> None:
    asking = Asking(tmp_path, DECLINED, profile="relay")
    message = asking.both(model="anthropic/claude-fable-5", fallbacks=[{"model": "anthropic/claude-opus-4.8"}])
    assert message["content"][0] == hop("anthropic/claude-fable-5", "anthropic/claude-opus-4.8")
    assert message["model"] == "anthropic/claude-opus-4.8"


def test_a_gateways_name_is_recommended_as_it_is_written(tmp_path: Path) -> None:
    busy = "  - {name: busy, when: {model: '*opus-4.8'}, reply: {error: overloaded_error}}\n"
    asking = Asking(tmp_path, DECLINED + busy, profile="relay")
    message = asking.both(model="anthropic/claude-fable-5", fallbacks=[{"model": "anthropic/claude-opus-4.8"}])
    assert message["stop_details"]["recommended_model"] == "anthropic/claude-opus-4.8"
