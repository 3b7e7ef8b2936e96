"""Says why scenarios did not answer a recorded call, when the journal is read."""

from __future__ import annotations

from mockserver import scenarios
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.fixtures import Fixtures
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Miss, ScenarioSet
from mockserver.store import CallRecord, Store, unreadable_keys


class MissExplainer:
    """Works out, from what the journal holds of a call, why the scenarios before the one that answered did not.

    Args:
        store: where the session's scripts are.
        fixtures: the scenarios of files.
        compiler: compiles scripts.
    """

    def __init__(self, store: Store, fixtures: Fixtures, compiler: Compiler) -> None:
        self._store = store
        self._fixtures = fixtures
        self._compiler = compiler

    def __call__(self, record: CallRecord, prompt: Prompt) -> tuple[Miss, ...]:
        """The misses of a call, whose prompt is given as received."""
        candidates = record.candidates
        unreadable = unreadable_keys(prompt)
        # How near a scenario is to fitting is measured by the user text.
        if candidates is None or "user" in unreadable:
            return ()
        scripts = self._store.scripts.find(record.call.session, candidates.scripts)
        tried = (*self._compiler.scenarios(scripts), *self._fixtures.at(candidates.fixtures).scenarios)
        winner = (record.scenario, record.place)
        end = next((at for at, each in enumerate(tried) if (each.name, each.place) == winner), len(tried))
        readable = tuple(each for each in tried[:end] if unreadable.isdisjoint(each.condition.source))
        return scenarios.explain(ScenarioSet(readable), prompt, candidates.counts)
