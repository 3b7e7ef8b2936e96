"""Settings check themselves, whoever makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import MockApp, asgi_transport
from mockserver.records.settings import Settings, SettingWords


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"profile": "antropic"}, ValueError, "profile: expected relay or anthropic, got 'antropic'"),
        ({"validation": "x"}, ValueError, "validation: expected strict or warn or off, got 'x'"),
        ({"unmatched": "eror"}, ValueError, "unmatched: expected auto or error or generate, got 'eror'"),
        ({"pace": "fast"}, ValueError, "pace: expected none or realtime, got 'fast'"),
        ({"pace": {"first": "1s"}}, ValueError, "pace: expected none or realtime, got {'first': '1s'}"),
        ({"seed": "x"}, TypeError, "seed: expected a whole number, got 'x'"),
        ({"seed": True}, TypeError, "seed: expected a whole number, got True"),
        ({"api_keys": ["abc", " "]}, ValueError, "api_keys: expected keys, got an empty text"),
        ({"api_keys": "abc"}, TypeError, "api_keys: expected a tuple or list of texts, got str"),
        ({"allowed_hosts": [7]}, TypeError, r"allowed_hosts: expected a tuple or list of texts, got \[7\]"),
        ({"store": 7}, TypeError, "store: expected a path, got 7"),
        ({"store": ""}, ValueError, "store: expected memory, a folder, or valkey://HOST, got ''"),
        ({"session_idle": "1h"}, TypeError, "session_idle: expected seconds or None, got '1h'"),
    ],
)
def test_wrong_setting_is_told(given: Any, error: type[Exception], told: str) -> None:
    for make in (Settings, asgi_transport):
        with pytest.raises(error, match=f"^{told}$"):
            make(**given)


def test_lists_and_paths_will_do() -> None:
    settings = Settings(fixtures=[Path("a.yaml")], api_keys=["one"])  # type: ignore[arg-type]
    assert (settings.fixtures, settings.api_keys) == (("a.yaml",), ("one",))


def test_application_takes_settings_alone() -> None:
    with pytest.raises(TypeError, match=r'expected Settings\(fixtures=\("FILE.yaml",\)\) or other .*, got \'a.yaml\''):
        MockApp("a.yaml")  # type: ignore[arg-type]


def test_words_are_the_fields() -> None:
    assert {*SettingWords.__annotations__} == {*Settings.__struct_fields__} - {"fixtures"}


def test_printing_settings_shows_no_key() -> None:
    shown = repr(Settings(api_keys=("sk-ant-api03-0123456789-wxyz",), seed=7))
    assert "api_keys=('sk-ant-…wxyz',)" in shown
    assert "seed=7" in shown
    assert "0123456789" not in shown
