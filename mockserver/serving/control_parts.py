"""The control interface, built from the other parts of a server: what it asks them, and what would answer a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver import auth, journey, scenarios
from mockserver.control import Control, Explanation, Hooks
from mockserver.decoding import decode
from mockserver.endpoints.parts import Mock
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.records.reply import Answer
from mockserver.records.version import __version__
from mockserver.serving import assembly
from mockserver.serving.assembly import HOOKS
from mockserver.store import Session, State


def build_control(mock: Mock) -> Control:
    """The control interface of a server."""
    return Control(
        mock.state,
        Hooks(
            version=__version__,
            endpoints=tuple(journey.ENDPOINTS),
            scenarios=lambda: mock.state.scenarios.scenarios,
            parse=lambda text, name: scenarios.parse(text, name, HOOKS),
            condition=scenarios.condition,
            answer=_read_answer,
            explain=lambda call: explain(call, mock),
            health=lambda: _health(mock),
        ),
    )


def explain(call: Call, mock: Mock) -> Explanation:
    """Find out what would answer the call, and why the other scenarios would not. Changes nothing."""
    session = mock.state.peek(call.session) or State(mock.settings).session(call.session, call.at)
    try:
        call = decode(call, mock.settings.max_body)
        auth.authenticate(call, mock.settings)
        return _explain_choice(call, mock, session)
    except ApiError as error:
        return Explanation("error", finding=error.finding)
    except Exception:
        finding = journey.overlooked(call, mock, session, "messages")
        if finding is None:
            raise
        return Explanation("error", finding=finding)


def _explain_choice(call: Call, mock: Mock, session: Session) -> Explanation:
    prompt, finding, _ = journey.understood(call, mock, session, "messages")
    choice = scenarios.choose(mock.state.scenarios, prompt, session.used, session.added)
    misses = scenarios.explain(mock.state.scenarios, prompt, session.used, session.added)
    if choice.scenario is None:
        unmatched = mock.state.options(session).unmatched
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


def _read_answer(words: Mapping[str, Any]) -> Answer:
    """The answer that the words of a fixture stand for; its placeholders have no call to fill them in."""
    (scenario,) = scenarios.parse({"reply": words}, "settings", HOOKS)
    entry = scenario.entries[0]
    return entry.constant or Answer()


def _health(mock: Mock) -> dict[str, Any]:
    error = mock.state.reload_error
    return {
        "scenarios": len(mock.state.scenarios),
        "fixtures": list(assembly.watched(mock)),
        **({"reload_error": error} if error else {}),
    }
