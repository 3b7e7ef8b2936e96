"""Names suggested for mistaken ones: never at a cost that grows with what callers send."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from mockserver.control.requests import RefusalError, check_keys
from mockserver.records.suggesting import find_similar, show_name
from mockserver.scenarios.answering.fakes import Fake
from mockserver.wires import parse_fault

LONG = "x" * 1_000_000


def test_similar_name_is_found() -> None:
    assert find_similar("sesion", ["limit", "session"]) == "session"
    assert find_similar("zzz", ["limit", "session"]) is None
    assert find_similar(7, ["limit"]) is None


def test_long_names_and_many_candidates_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, list[str]]] = []

    def seek(name: str, known: list[str], **_: Any) -> list[str]:
        seen.append((name, known))
        return []

    monkeypatch.setattr(difflib, "get_close_matches", seek)
    assert find_similar(LONG, ["limit"]) is None
    assert seen == []
    assert find_similar("a", [LONG, *map(str, range(5_000))]) is None
    assert len(seen[0][1]) == 999


def test_long_names_are_shown_cut() -> None:
    assert show_name("abc") == "abc"
    assert show_name(LONG) == "x" * 99 + "…"


def test_long_names_are_refused_in_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> list[str]:
        raise AssertionError

    monkeypatch.setattr(difflib, "get_close_matches", fail)
    with pytest.raises(RefusalError) as refused:
        check_keys({LONG: 1}, ("limit",))
    assert len(str(refused.value)) < 300
    with pytest.raises(ValueError, match="there is no fake") as caught:
        getattr(Fake("seed", 0.0), LONG)
    assert len(str(caught.value)) < 300
    for fault in (LONG, {"then": LONG}, {"then": [LONG]}, {"then": "disconnect", LONG: 1}):
        with pytest.raises(ValueError, match="unknown") as caught:
            parse_fault(fault)
        assert len(str(caught.value)) < 1_500
