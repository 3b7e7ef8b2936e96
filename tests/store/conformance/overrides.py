"""Settings changed at run time, and faults set for the next answers."""

from __future__ import annotations

from mockserver.records.reply import Fault, Pace
from mockserver.store import ActiveSettings, FaultPlan, Overrides
from mockserver.store.protocols import FaultStore
from tests.store.conformance.subject import WORKERS, Subject, at_once

CUT, STALL = (Fault("disconnect", after_events=4),), (Fault("stall"), Fault("crlf"))


def take(store: FaultStore, session: str) -> tuple[Fault, ...]:
    found = store.find(session)
    return found if found and store.take(session, found) else ()


class FaultsAndOverrides(Subject):
    """See `mockserver.store.protocols.FaultStore` and ``OverrideStore``."""

    def test_session_overrides_server_overrides_settings(self) -> None:
        overrides = self.open(pace="none", unmatched="generate", validation="strict", tool_use="asked").overrides
        assert overrides.active("a") == ActiveSettings("none", "generate", "strict", "asked")
        overrides.change(None, {"pace": "realtime", "unmatched": "error"})
        overrides.change("a", {"unmatched": "generate", "validation": "warn", "tool_use": "once"})
        assert overrides.active("a") == ActiveSettings("realtime", "generate", "warn", "once")
        assert overrides.active("b") == overrides.active(None) == ActiveSettings("realtime", "error", "strict", "asked")
        overrides.change("a", {"advice": "Ask again."})
        assert (overrides.active("a").advice, overrides.active("b").advice) == ("Ask again.", "")

    def test_changes_add_up_and_are_taken_back(self) -> None:
        overrides = self.open().overrides
        pace = Pace(first=0.3, tokens_per_second=40.0)
        assert overrides.change("a", {"pace": pace}) == Overrides(pace=pace)
        assert overrides.change("a", {"unmatched": "error"}) == Overrides(pace=pace, unmatched="error")
        assert overrides.change("a", {"pace": None}) == overrides.get("a") == Overrides(unmatched="error")
        assert (overrides.get(None), overrides.get("nobody")) == (Overrides(), Overrides())

    def test_asking_makes_no_session(self) -> None:
        store = self.open()
        store.overrides.active("a"), store.overrides.get("a"), store.faults.get("a"), store.faults.find("a")
        assert store.sessions.names() == ()

    def test_changes_of_many_are_all_there(self) -> None:
        overrides = self.open().overrides
        names = ("pace", "unmatched", "validation", "tool_use")
        at_once(lambda number: overrides.change("a", {names[number % 4]: "x"}))
        assert overrides.get("a") == Overrides("x", "x", "x", "x")

    def test_faults_strike_so_many_answers(self) -> None:
        faults = self.open().faults
        faults.set(None, FaultPlan(STALL))
        faults.set("a", FaultPlan(CUT, calls=2))
        assert (faults.get("a"), faults.get(None)) == (FaultPlan(CUT, 2), FaultPlan(STALL, 1))
        assert [take(faults, "a") for _ in range(4)] == [CUT, CUT, STALL, ()]
        assert (faults.get("a"), faults.get(None), faults.find("b")) == (None, None, ())

    def test_later_plan_takes_the_place_of_an_earlier_one(self) -> None:
        faults = self.open().faults
        faults.set("a", FaultPlan(CUT, calls=9))
        faults.set("a", FaultPlan(STALL))
        assert [take(faults, "a") for _ in range(2)] == [STALL, ()]
        faults.set("a", FaultPlan(CUT))
        faults.set("a", None)
        assert faults.find("a") == ()
        assert not faults.take("a", CUT)

    def test_faults_strike_no_more_of_many_than_planned(self) -> None:
        faults = self.open().faults
        faults.set(None, FaultPlan(CUT, calls=100))
        struck = at_once(lambda number: sum(faults.take(f"s{number}", CUT) for _ in range(50)))
        assert (sum(struck), 50 * WORKERS > 100) == (100, True)
