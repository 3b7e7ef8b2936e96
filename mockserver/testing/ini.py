"""The settings of the tests' server: those of pytest's ini file, and what the config file says besides.

Every pytest run asks for the config file, so this imports the rest when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Claims are made of the requests in the journal: a test may send many, each with some bytes of `journal_bytes`.
JOURNAL_ENTRIES = 100_000


def find_config(config: pytest.Config) -> Path | None:
    """The config file: the one that the ini file names, else the nearest one from the root of the tests upwards."""
    named = config.getini("messages_config")
    if named == "none":
        return None
    if named:
        return config.rootpath / str(named)
    from mockserver.config.finding import find

    return find(config.rootpath)


def _read_config(config: pytest.Config) -> dict[str, Any]:
    """The options of the config file for the plugin."""
    path = find_config(config)
    if path is None:
        return {}
    from mockserver.config.reading import load

    with report_mistakes(""):
        return load(path).options("pytest")


def read_settings(config: pytest.Config) -> dict[str, Any]:
    """The arguments of the server: the ini file wins over the config file, and that over ``messages_strict`` unless
    the ini file says it. ``source`` is where the fixtures are named.
    """
    from mockserver.records.settings import PROFILES, UNMATCHED, Settings
    from mockserver.reference.prebuilt import locate_data

    with report_mistakes("messages_strict: "):
        strict = config.getini("messages_strict")
    configured, gateway = _read_config(config), _find_gateway(config)
    # The strict profile is that of the API itself, which is behind a gateway.
    is_exact = strict is not False and not (gateway or configured.get("gateway"))
    implied = {"profile": PROFILES[is_exact], "unmatched": UNMATCHED[strict is not False]}
    settings: dict[str, Any] = {
        "validation": "strict",
        "tool_use": "asked",
        "journal_entries": JOURNAL_ENTRIES,
        **implied,
        **configured,
        **(implied if strict != "" else {}),
        **({"gateway": gateway} if gateway else {}),
    }
    for name in ("profile", "unmatched", "validation", "tool_use", "lifecycle"):
        settings[name] = config.getini(f"messages_{name}") or settings.get(name, "")
    if config.getini("messages_upstream"):
        settings["upstream"] = str(config.getini("messages_upstream"))
    if config.getini("messages_prefixes"):
        settings["prefixes"] = tuple(config.getini("messages_prefixes"))
    with report_mistakes("messages_"):
        Settings(**{name: value for name, value in settings.items() if name not in ("examples", "fixtures")})
    own = config.getini("messages_fixtures")
    examples = [locate_data("fixtures")] if settings.pop("examples", False) and not own else []
    fixtures = [*(own or settings.get("fixtures", ())), *examples]
    return {**settings, "fixtures": fixtures, "source": "messages_fixtures: " if own else ""}


def _find_gateway(config: pytest.Config) -> str:
    """The gateway that the ini file names: a preset, or a file, from the root of the tests on; "": none."""
    name = str(config.getini("messages_gateway"))
    if not name:
        return ""
    from mockserver.gateways.reading import is_path

    return str(config.rootpath / name) if is_path(name) else name


@contextmanager
def report_mistakes(source: str) -> Iterator[None]:
    """Fail the test with a mistake in the ini file or a marker, or a claim that does not hold, instead of a trace."""
    from mockserver.records.errors import ScenarioError

    try:
        yield
    except (AssertionError, ScenarioError, ValueError, pytest.UsageError) as error:
        from mockserver.records.masks import show_text

        raise pytest.fail.Exception(show_text(f"{source}{error}"), pytrace=False) from None
