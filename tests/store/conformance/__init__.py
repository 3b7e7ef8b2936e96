"""What every store must do, subject by subject. A store passes when a class of its own inherits all of it."""

from __future__ import annotations

from tests.store.conformance.appending import Appending
from tests.store.conformance.bounds import Bounds
from tests.store.conformance.clocks import Clocks
from tests.store.conformance.counters import Counters
from tests.store.conformance.fingerprints import Fingerprints
from tests.store.conformance.journal import Journals
from tests.store.conformance.objects import Blobs, Objects
from tests.store.conformance.overrides import FaultsAndOverrides
from tests.store.conformance.prompt_cache import PromptCaches
from tests.store.conformance.scripts import Scripts
from tests.store.conformance.sessions import Sessions
from tests.store.conformance.stats import Figures
from tests.store.conformance.threads import Threads


class StoreConformance(
    Appending,
    Blobs,
    Bounds,
    Clocks,
    Counters,
    FaultsAndOverrides,
    Figures,
    Fingerprints,
    Journals,
    Objects,
    PromptCaches,
    Scripts,
    Sessions,
    Threads,
):
    """All subjects."""
