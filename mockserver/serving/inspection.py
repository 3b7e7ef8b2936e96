"""Puts the control interface together: the services of other parts, and what would answer a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver import auth, journey, scenarios
from mockserver.control import Control, Explanation, Services
from mockserver.decoding import decode
from mockserver.endpoints.parts import Mock
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.records.reply import Answer
from mockserver.records.version import __version__
from mockserver.serving import assembly
from mockserver.serving.assembly import HOOKS


def control(mock: Mock) -> Control:
    """The control interface of a server."""
    return Control(
        mock.settings,
        mock.store,
        mock.journal,
        Services(
            version=__version__,
            endpoints=tuple(journey.ENDPOINTS),
            fixtures=lambda: mock.fixtures.scenarios.scenarios,
            read_scripts=mock.compiler.scripts,
            compile=mock.compiler.scenarios,
            condition=scenarios.condition,
            answer=_answer,
            explain=lambda call: explain(call, mock),
            health=lambda: _health(mock),
        ),
    )


def explain(call: Call, mock: Mock) -> Explanation:
    """What would answer the call, and why the other scenarios do not. Changes nothing."""
    session = call.session
    try:
        call = decode(call, mock.settings.max_body)
        auth.authenticate(call, mock.settings)
        return _explained(call, mock, session)
    except ApiError as error:
        return Explanation("error", finding=error.finding)
    except Exception:
        refused = journey.overlooked(call, mock, session, "messages")
        if refused is None:
            raise
        return Explanation("error", finding=refused)


def _explained(call: Call, mock: Mock, session: str) -> Explanation:
    prompt, finding, _ = journey.understood(call, mock, session, "messages")
    loaded, counts = mock.fixtures.scenarios, mock.store.counters.counts(session)
    added = mock.compiler.scenarios_of(mock.store.scripts.current(session))
    choice = scenarios.choose(loaded, prompt, counts, added)
    misses = scenarios.explain(loaded, prompt, counts, added)
    if choice.scenario is None:
        unmatched = mock.store.overrides.active(session).unmatched
        by = "generated" if unmatched == "generate" else "error"
        return Explanation(by, finding=finding, misses=misses)
    return Explanation(
        "scenario",
        scenario=choice.scenario.name,
        position=str(choice.position),
        place=choice.scenario.place,
        finding=finding,
        misses=misses,
    )


def _answer(words: Mapping[str, Any]) -> Answer:
    """The answer that the words of a fixture stand for; placeholders have no call to speak of."""
    (scenario,) = scenarios.parse({"reply": words}, "settings", HOOKS)
    step = scenario.steps[0]
    return step.constant or Answer()


def _health(mock: Mock) -> dict[str, Any]:
    error = mock.fixtures.error
    return {
        "scenarios": len(mock.fixtures.scenarios),
        "fixtures": list(assembly.watched(mock)),
        **({"reload_error": error} if error else {}),
    }
