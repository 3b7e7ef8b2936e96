"""The words that ask for the API's own tools: complete in every language, and compiled."""

from __future__ import annotations

import pytest

from mockserver.reference import tool_words

LANGUAGES = ("en", "de", "es", "zh", "ja")


@pytest.mark.parametrize("tool", sorted(tool_words.list_tools()))
def test_every_tool_has_words_in_every_language(tool: str) -> None:
    assert set(LANGUAGES) <= set(tool_words._read()["tools"][tool])
    assert tool_words.find("Hello", tool, ["a server"]) is None


@pytest.mark.parametrize("kind", ["before", "after"])
def test_every_language_has_negations(kind: str) -> None:
    assert set(tool_words._read()[kind]) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Use deep wiki.", True),
        ("use the Deep-Wiki server", True),
        ("ask deep_wiki", True),
        ("Deep wikis are nice", False),
        ("Do not use deep wiki.", False),
        ("用deep wiki查", True),
        ("a.b*c", False),
        ("Use it.", False),
    ],
)
def test_servers_are_found_by_name(text: str, *, found: bool) -> None:
    assert (tool_words.find(text, "mcp_toolset", ["deep-wiki", "a.b*c", ""]) is not None) is found


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://example.com/a?b=1.", ["https://example.com/a?b=1"]),
        ("(https://example.com), http://b.example!", ["https://example.com", "http://b.example"]),
        ("请看https://example.com/a这里", ["https://example.com/a"]),
        ("no url", []),
    ],
)
def test_urls_end_before_punctuation(text: str, urls: list[str]) -> None:
    assert tool_words.find_urls(text) == urls
