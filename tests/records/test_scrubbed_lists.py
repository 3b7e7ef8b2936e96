"""Lists of many calls look for the secrets of a body only where a text may repeat one."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.masks import Scrubber
from mockserver.records.masks import finding as finders

SECRET = "Zq7hunterWx9Kp2m001"


def make_scrubber(path: str = "/", body: Any = None, **headers: str) -> Scrubber:
    return Scrubber(Call("POST", path, headers, json.dumps(body).encode()))


def count_searches(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    searched: list[bytes] = []
    find = finders.find_in_body
    finders.find_in_small.cache_clear()

    def note(body: bytes) -> set[str]:
        searched.append(body)
        return find(body)

    monkeypatch.setattr(finders, "find_in_body", note)
    return searched


@pytest.mark.parametrize("text", ["POST", "/v1/messages/batches", "claude-opus-4-20250514", "a name…"])
def test_ordinary_texts_of_a_list_need_no_search(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = count_searches(monkeypatch)
    body = {"model": "claude-opus-4-20250514", "password": [SECRET] * 20}
    assert make_scrubber(body=body).brief(text, times=text.startswith("claude")) == text
    assert len(searched) == (1 if "…" in text else 0)


@pytest.mark.parametrize("text", [SECRET, f"a {SECRET}", f"/v1/{SECRET}/x", "Zq7hunterW...", "/" + SECRET + "x" * 300])
def test_text_of_a_list_that_repeats_a_secret_is_masked(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = count_searches(monkeypatch)
    for _ in range(2):
        assert "Zq7hunter" not in make_scrubber(body={"model": text, "password": SECRET}).brief(text)
    assert len(searched) == 1, "what was found is kept"


def test_escapes_hide_no_secret_from_a_list() -> None:
    body = json.dumps({"password": SECRET}).replace("Z", "\\u005a").encode()
    assert SECRET not in Scrubber(Call("POST", "/", {}, body)).brief(SECRET)


@pytest.mark.parametrize("before", ["", "u:", "user:", "me2:"])
def test_own_key_is_masked_in_base64_wherever_it_begins(before: str) -> None:
    raw = (before + SECRET + ":x").encode()
    inner = b64encode(raw).decode()[len(before) + 6 : -8]
    for encode in (b64encode, urlsafe_b64encode):
        shown = make_scrubber(**{"x-api-key": SECRET}).content(f"It is {encode(raw).decode()}.")
        assert inner not in shown


@pytest.mark.parametrize("key", ["password: @", "--api-key @", "-Dpassword=@", "GET /token/@", "a password='@'"])
def test_keys_in_a_finding_are_masked(key: str) -> None:
    path = f"metadata.{key.replace('@', SECRET)}"
    finding = make_scrubber().finding(Finding(f"{path}: Extra inputs are not permitted", "a", "b", path))
    assert SECRET not in finding.message + finding.path
    assert finding.message.endswith(": Extra inputs are not permitted")
