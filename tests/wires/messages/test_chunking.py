"""Texts and tool inputs are cut as the API cuts them."""

from __future__ import annotations

import pytest

from mockserver.blocks.chunking import cut_input, cut_text, grain
from mockserver.blocks.dice import roll
from mockserver.blocks.partial_json import TornInput
from mockserver.blocks.units import PATTERNS, Units

UNITS = [
    (
        "word",
        "One  word, comes.\n\nAfter the other ",
        ["One", "  word,", " comes.", "\n\nAfter", " the", " other", " "],
    ),
    ("word", "我是 mock。はい", ["我", "是", " mock。", "は", "い"]),
    ("word", "👩\u200d🚀 e\u0301", ["👩\u200d🚀", " e\u0301"]),
    ("word", " \n ", [" \n "]),
    (
        "token",
        "Photosynthesis, 12345 - it's_",
        ["Photos", "ynthes", "is", ",", " 123", "45", " -", " it", "'", "s", "_"],
    ),
    ("token", "我是 mock", ["我", "是", " mock"]),
    ("token", "👍🏽👍🏽", ["👍🏽", "👍🏽"]),
    (1, "abc d", ["a", "b", "c", " ", "d"]),
    (1, "ae\u0301👩\u200d🚀b", ["a", "e\u0301", "👩\u200d🚀", "b"]),
    (3, "abcdefgh", ["abc", "def", "gh"]),
    (100, "abc", ["abc"]),
]


def test_texts_are_cut_like_tokens() -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it rests. " * 40
    pieces = list(cut_text(text, grain("claude-sonnet-4-6").text, roll(3)))
    sizes = sorted(len(piece) for piece in pieces)
    before_space = sum(piece.startswith(" ") for piece in pieces) / len(pieces)
    assert "".join(pieces) == text
    assert len(pieces[0]) <= 42
    assert 20 <= sizes[len(sizes) // 2] <= 70
    assert 0.4 <= before_space <= 0.85


@pytest.mark.parametrize("cluster", ["e\u0301", "👍🏽", "👩\u200d🚀", "1\ufe0f\u20e3"])
def test_combined_characters_stay_whole(cluster: str) -> None:
    for seed in range(20):
        assert all(len(piece) % len(cluster) == 0 for piece in cut_text(cluster * 20, (1, 2, 3, 5) * 4, roll(seed)))


@pytest.mark.parametrize(("unit", "text", "pieces"), UNITS)
def test_texts_are_cut_into_units(unit: str | int, text: str, pieces: list[str]) -> None:
    assert list(Units(unit).split(text)) == pieces
    pairs = ["".join(pieces[at : at + 2]) for at in range(0, len(pieces), 2)]
    assert unit not in PATTERNS or list(Units(unit, 2).split(text)) == pairs
    assert list(Units(unit).split("")) == []


def test_inputs_are_cut_into_units() -> None:
    assert list(cut_input({"a": "b c"}, roll(0), Units("word"))) == ["", '{"a":', ' "b', ' c"}']
    assert list(cut_input({"a": 1}, roll(0), Units(3))) == ["", '{"a', '": ', "1}"]
    assert list(cut_input({}, roll(0), Units(1))) == [""]
    torn = TornInput(['{"a": "b"', ', "c'])
    assert list(cut_input(torn, roll(0), Units(5))) == ["", '{"a":', ' "b",', ' "c']


def test_tool_inputs_are_cut_between_properties() -> None:
    given = {"city": "Oslo", "days": [1, {"a": 2}], "größe": 'so "groß"'}
    written = '{"city": "Oslo", "days": [1,{"a":2}], "größe": "so \\"groß\\""}'
    for seed in range(20):
        pieces = list(cut_input(given, roll(seed)))
        assert "".join(pieces) == written
        assert pieces[0] == ""
        assert all(len(piece) <= 12 for piece in pieces[:-1])
        assert sum(piece.startswith(', "') for piece in pieces) + pieces.count(", ") == 2
        assert pieces[-1].endswith("}")
        assert pieces[-1] != "}"


def test_an_empty_input_is_one_empty_delta() -> None:
    assert list(cut_input({}, roll(0))) == [""]
