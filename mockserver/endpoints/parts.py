"""The parts of a server that its endpoints work with."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mockserver import compose
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.fixtures import Fixtures
from mockserver.endpoints.lookups import make_lookups
from mockserver.gateways.records import Channel, Gateway
from mockserver.recordings.recorder import Recorders
from mockserver.records.clock import Clock
from mockserver.records.reply import Failure
from mockserver.records.settings import Settings
from mockserver.reference.signing import Signer
from mockserver.store import CallRecord, JournalReader, Store
from mockserver.store.clocks import REAL, ClockSetting
from mockserver.validation import Checker, Lookups
from mockserver.wires import WIRES, Wire


def find_wire(
    gateway: Gateway | None, name: str, channel: str = "", asked: Channel | None = None, *, outcome: object = None
) -> Wire:
    """The wire format of that name, as a gateway speaks it for answers of the ``channel`` of that name, else of the
    one ``asked``.

    A scenario may say an error of a gateway also where there is none: that ``outcome`` is written as the usual one
    writes it.
    """
    # Imported when first needed: most servers are like no gateway.
    if gateway is None:
        if not (isinstance(outcome, Failure) and outcome.stage):
            return WIRES[name]
        from mockserver.gateways.reading import DEFAULT, load

        gateway = load(DEFAULT)
    from mockserver.gateways.speaking import speak

    return speak(name, gateway, gateway.find_channel(channel) or asked)


class Parts(Struct, frozen=True):
    """The parts of one server. Only the store changes, by its operations, and the fixtures when they are loaded again.

    ``journal`` reads what the store's journal holds, as it may be shown. ``recorders`` say
    whose calls are forwarded to an upstream where no scenario answers. ``gateway`` is the one that the server is like,
    None: it is the API itself; ``channel`` is the channel of it that is asked at this moment.
    """

    settings: Settings
    store: Store
    fixtures: Fixtures
    compiler: Compiler
    journal: JournalReader
    checker: Checker
    signer: Signer
    lookups: Lookups
    generate: compose.context.Generator
    clock: Clock
    recorders: Recorders
    gateway: Gateway | None = None
    channel: Channel | None = None

    def wire(self, name: str, channel: str = "", outcome: object = None) -> Wire:
        """The wire format of that name, as the gateway speaks it if there is one; of the ``channel`` of that name,
        else of the one that is asked at this moment. ``outcome``: as ``find_wire`` has it.
        """
        return find_wire(self.gateway, name, channel, self.channel, outcome=outcome)

    def wire_of(self, record: CallRecord) -> Wire:
        """The wire format of a recorded call, as the gateway speaks it if there is one."""
        return self.wire(record.wire, record.channel, record.outcome)

    def by(self, clock: ClockSetting, at: float) -> Parts:
        """The same parts by a clock that may have been moved, and shows the time ``at``: models are in the stage of
        their lives that they have then, wherever ``fixtures`` or ``lookups`` tell of them.
        """
        if clock is REAL or (fixtures := self.fixtures.by(clock, at)) is self.fixtures:
            return self
        return replace(self, fixtures=fixtures, lookups=make_lookups(fixtures, self.signer))
