"""What is changed at one replica holds at the others at once: each request here goes to the next one."""

from __future__ import annotations

import anthropic
import httpx2 as httpx

from mockserver import MockServer
from tests.crash.server import Server
from tests.replicas.asking import Asker, make_body

THREADS = {"anthropic-beta": "message-threads-2026-08-12"}
DIAGNOSTICS = {"anthropic-beta": "cache-diagnosis-2026-04-07"}


def test_script_is_given_in_order(asker: Asker) -> None:
    asker.add(name="s", when={}, calls=[f"answer {number}" for number in range(9)])
    assert [asker.hear() for _ in range(9)] == [f"answer {number}" for number in range(9)]
    (row,) = asker.get("/_mock/scenarios", params={"session": asker.session, "scope": "session"})["scenarios"]
    assert row["used"] == 9


def test_settings_hold_everywhere(asker: Asker) -> None:
    asker.ask()
    asker.change(unmatched="error")
    assert [asker.send("POST", "/v1/messages", json=make_body()).status_code for _ in asker.urls] == [404] * 3
    asker.change(unmatched="generate")
    assert [asker.send("POST", "/v1/messages", json=make_body()).status_code for _ in asker.urls] == [200] * 3


def test_faults_are_used_up_once(asker: Asker) -> None:
    asker.ask()
    asker.change(faults={"then": "null_usage", "calls": 2})
    seen = [asker.ask()["usage"]["input_tokens"] is None for _ in range(6)]
    assert seen == [True, True, False, False, False, False]


def test_moved_clock_is_the_same_everywhere(asker: Asker) -> None:
    asker.ask()
    asker.post("/_mock/clock", {"set": "2031-05-06T07:08:09Z"})
    asker.post("/_mock/clock", {"freeze": True})
    dates = [asker.send("POST", "/v1/messages", json=make_body()).headers["date"] for _ in asker.urls]
    assert dates == ["Tue, 06 May 2031 07:08:09 GMT"] * 3


def test_removed_scripts_answer_nowhere(asker: Asker) -> None:
    asker.add(name="gone", when={}, reply="scripted")
    assert [asker.hear() for _ in asker.urls] == ["scripted"] * 3
    asker.send("DELETE", "/_mock/scenarios/gone", params={"session": asker.session}).raise_for_status()
    assert "scripted" not in [asker.hear() for _ in asker.urls]


def test_reset_is_seen_everywhere(asker: Asker) -> None:
    asker.add(name="s", when={}, calls=["first", "second"])
    asker.change(validation="off")
    assert asker.hear() == "first"
    asker.send("POST", "/_mock/reset", params={"session": asker.session}).raise_for_status()
    assert not {"first", "second"} & {asker.hear() for _ in asker.urls}
    assert [len(asker.read_journal()) for _ in asker.urls] == [3] * 3


def test_thread_goes_on_at_another_replica(asker: Asker) -> None:
    model = {"model": "claude-opus-5-5"}
    said = asker.post("/v1/messages", make_body(**model, thread={"type": "create"}), headers=THREADS)
    former = said["id"]
    for _ in range(4):
        thread = {"type": "continue", "previous_message_id": said["id"]}
        said = asker.post("/v1/messages", make_body("And?", **model, thread=thread), headers=THREADS)
    # Each answer can be continued once, wherever that was.
    again = make_body("And?", **model, thread={"type": "continue", "previous_message_id": former})
    for _ in asker.urls:
        refused = asker.send("POST", "/v1/messages", json=again, headers=THREADS)
        assert "has already been continued" in refused.json()["error"]["message"]


def test_prompt_written_at_one_replica_is_read_at_another(asker: Asker) -> None:
    system = [{"type": "text", "text": "word " * 6000, "cache_control": {"type": "ephemeral"}}]
    written, *read = [asker.ask(system=system)["usage"] for _ in range(4)]
    size = written["cache_creation_input_tokens"]
    assert size > 0
    assert [(each["cache_read_input_tokens"], each["cache_creation_input_tokens"]) for each in read] == [(size, 0)] * 3


def test_cache_misses_are_explained_by_another_replica(asker: Asker) -> None:
    def ask(system: str, previous: str | None) -> dict[str, object]:
        body = make_body(system=system, diagnostics={"previous_message_id": previous})
        answer: dict[str, object] = asker.post("/v1/messages", body, headers=DIAGNOSTICS)
        return answer

    first = ask("You are A.", None)
    second = ask("You are B.", str(first["id"]))
    assert second["diagnostics"] is not None
    assert "system" in str(second["diagnostics"])


def test_chat_and_messages_share_a_script(asker: Asker) -> None:
    asker.add(name="s", when={}, calls=["one", "two", "three", "four"])
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}]}
    heard = []
    for _ in range(2):
        heard.append(asker.post("/v1/chat/completions", body)["choices"][0]["message"]["content"])
        heard.append(asker.hear())
    assert heard == ["one", "two", "three", "four"]


def test_sdk_is_answered_by_any_replica(servers: list[Server], asker: Asker) -> None:
    asker.add(name="s", when={}, calls=["one", "two", "three"])
    heard = []
    for server in servers:
        with (
            anthropic.Anthropic(base_url=server.url, api_key="k", default_headers=_session(asker)) as client,
            client.messages.stream(**make_body()) as stream,
        ):
            heard.append(stream.get_final_text())
    assert heard == ["one", "two", "three"]


def _session(asker: Asker) -> dict[str, str]:
    return {"x-mock-session": asker.session}


def test_what_is_done_to_all_sessions_is_done_at_all_replicas(store: str) -> None:
    with (
        MockServer(store=store) as first,
        MockServer(store=store) as second,
        Asker([first.url, second.url]) as one,
        Asker([first.url, second.url]) as other,
    ):
        one.add(name="s", when={}, reply="scripted")
        assert [one.hear(), one.hear(), other.hear() == "scripted"] == ["scripted", "scripted", False]
        httpx.post(f"{first.url}/_mock/reset").raise_for_status()
        assert "scripted" not in [one.hear(), one.hear()]
        assert [len(one.read_journal()), len(other.read_journal())] == [2, 0]
        httpx.patch(f"{second.url}/_mock/settings", json={"unmatched": "error"}).raise_for_status()
        seen = [other.send("POST", "/v1/messages", json=make_body()).status_code for _ in range(4)]
        assert seen == [404] * 4
