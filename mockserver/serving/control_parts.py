"""The control interface, built from the other parts of a server: what it asks them, and what would answer a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from mockserver import scenarios
from mockserver.control import Control, Services
from mockserver.control.services import FixtureFiles, ScenarioSource
from mockserver.endpoints import objects
from mockserver.endpoints.batches.viewing import finish_and_show
from mockserver.endpoints.explaining import explain
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import Place, Problem
from mockserver.records.reply import Answer
from mockserver.records.version import __version__
from mockserver.scenarios import Scenario
from mockserver.serving import assembly
from mockserver.serving.assembly import HOOKS
from mockserver.store import Entry, Script


def build_control(mock: Parts, is_ready: Callable[[], bool] = lambda: True) -> Control:
    """The control interface of a server; ``is_ready`` says whether it takes further requests."""
    return Control(
        mock.settings,
        mock.store,
        mock.journal,
        Services(
            version=__version__,
            fixtures=lambda: mock.fixtures.scenarios.scenarios,
            read_scripts=mock.compiler.scripts,
            compile=mock.compiler.scenarios,
            condition=scenarios.condition,
            answer=_read_answer,
            explain=lambda call: explain(call, mock),
            batch_plan=lambda words: scenarios.read_batches(words, Place("settings")),
            finish_batch=lambda session, name, call: finish_and_show(mock, session, name, call),
            write_scenario=lambda entry: _write_scenario(entry, mock),
            sketch_scenario=lambda entry, **how: _sketch_scenario(entry, mock, **how),
            check=lambda text: _check(text, mock),
            word=lambda scenario, script: _word(mock, scenario, script),
            files=cache(lambda: _open_files(mock)),
            list_batches=lambda sessions, limit, call: objects.list_batches(mock, sessions, limit, call),
            list_files=lambda sessions, limit, _: objects.list_files(mock, sessions, limit),
            wire_of=mock.wire_of,
            health=lambda: _health(mock),
            is_ready=is_ready,
        ),
    )


def _read_answer(words: Mapping[str, Any]) -> Answer:
    """The answer that the words of a fixture stand for; its placeholders have no call to fill them in."""
    (scenario,) = scenarios.parse({"reply": words}, "settings", HOOKS)
    step = scenario.steps[0]
    return step.constant or Answer()


def _write_scenario(entry: Mapping[str, Any], mock: Parts) -> str:
    from mockserver.cassettes.exporting import write_scenario  # rarely needed, with all that reads recordings

    return write_scenario(entry, mock)


def _sketch_scenario(entry: Entry, mock: Parts, *, is_once: bool = False) -> str:
    from mockserver.cassettes.sketching import sketch_scenario  # likewise

    return sketch_scenario(entry, mock, is_once=is_once)


def _check(text: str, mock: Parts) -> tuple[Sequence[Scenario], Sequence[Problem]]:
    return scenarios.lint_text(text, "added", assembly.make_lint_hooks(mock.gateway), mock.clock.now())


def _open_files(mock: Parts) -> FixtureFiles:
    from mockserver.serving.editing import files  # rarely needed

    return files.FixtureFiles(mock)


def _word(mock: Parts, scenario: Any, script: Script | None) -> ScenarioSource:
    from mockserver.serving.editing.texts import word_scenario  # rarely needed, with all that writes YAML

    return word_scenario(mock, scenario, script)


def _health(mock: Parts) -> dict[str, Any]:
    error = mock.fixtures.error
    return {
        "scenarios": len(mock.fixtures.scenarios),
        "fixtures": list(assembly.watched(mock)),
        **({"reload_error": error} if error else {}),
    }
