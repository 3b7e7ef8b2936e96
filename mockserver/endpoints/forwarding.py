"""Calls that no scenario answers, in sessions that are recorded: an upstream answers them.

Nothing of them is refused here, but what would use our key of the upstream: pages of other sites, and whoever has no
key of those that the server accepts, if it has a list. Probes of clients are no calls of the API, and are answered as
ever.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mockserver import auth, scenarios
from mockserver.control import guard
from mockserver.decoding import decode
from mockserver.endpoints import probes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prefixes import cut_prefix, find_path
from mockserver.endpoints.prompts import read_loosely
from mockserver.endpoints.scripted import find_offer
from mockserver.endpoints.table import find_limit, find_route, name_of
from mockserver.recordings.recorder import Recorder
from mockserver.records.call import VERSIONS, Call
from mockserver.records.endpoints import BY_NAME, name_prompts
from mockserver.records.errors import ApiError, Finding, ScenarioError
from mockserver.records.settings import Settings
from mockserver.records.spool import SPOOLED
from mockserver.reference import catalog
from mockserver.reference.costs import Lookup
from mockserver.store import Candidates

_FOREIGN_PAGE = Finding(
    "A page of this Origin may not use the key of the upstream that is recorded; --allowed-origin permits it.",
    "recording.page",
    "docs/recording.md",
    "origin",
    403,
)
# A page may also lead a name of its own to this machine.
_FOREIGN_HOST = Finding(
    "The key of the upstream that is recorded is not used under this Host; --allowed-host permits it, as does a key "
    "that --api-key names.",
    "recording.host",
    "docs/recording.md",
    "host",
    403,
)


class Forwarding(Struct, frozen=True, eq=False):
    """A call that the upstream of ``recorder`` answers.

    ``arrival`` has its body decoded, where that can be done. ``path`` is behind the prefix of a gateway.
    ``candidates`` are the scenarios of which none fitted; None: there are none. ``objection`` is what this server would
    have refused it for. ``lookup`` finds the models whose prices count.
    """

    recorder: Recorder
    arrival: Arrival
    path: str
    candidates: Candidates | None = None
    objection: Finding | None = None
    lookup: Lookup = catalog.lookup


def find_forwarding(arrival: Arrival, parts: Parts, recorder: Recorder) -> Forwarding | None:
    """What is to be forwarded; None for a call that is answered here, be it because it was not received as a whole.

    Raises:
        ApiError: it comes from a page that may not use the key of the upstream.
    """
    call, settings = arrival.call, parts.settings
    if not _is_whole(call, settings) or parts.store.sessions.is_lost(arrival.session):
        return None
    if not recorder.upstream.forwards_auth and not _is_let_in(call, settings):
        return None
    call = cut_prefix(_decode(call, settings), settings)
    # The API has no HEAD, but an upstream may.
    is_asked = call.method == "HEAD" and "/v1/" in call.api_path
    if not is_asked and probes.find_probe(call) is not None:
        return None
    found = find_route(call)
    if isinstance(found, ApiError):
        arrival = replace(arrival, call=call)
    else:
        route = found.route
        arrival = replace(arrival, call=call, endpoint=name_of(route), wire=route.wire, parameters=found.parameters)
    offer = find_offer(replace(arrival, endpoint=name_prompts(arrival.endpoint)), parts)
    candidates = None
    if offer is not None:
        counts = parts.store.counters.counts(arrival.session)
        prompt = read_loosely(call, arrival.session, name_prompts(arrival.endpoint), arrival.wire)
        try:
            if scenarios.choose(offer.loaded, prompt, counts, offer.added).scenario is not None:
                return None
        except ScenarioError:
            return None  # whether one fits is not known: the answer here says so
        candidates = Candidates(parts.fixtures.current.revision, offer.ids, counts)
    if not (recorder.upstream.forwards_auth or call.in_process):
        _check_page(call, settings)
    objection, lookup = _find_objection(arrival, parts), parts.fixtures.catalogue.lookup
    return Forwarding(recorder, arrival, find_path(call) or "/", candidates, objection, lookup)


def _is_let_in(call: Call, settings: Settings) -> bool:
    """Whether whoever calls may use the key of the upstream."""
    if not settings.api_keys:
        return True
    try:
        auth.check_key(call, settings)
    except ApiError:
        return False
    return True


def _check_page(call: Call, settings: Settings) -> None:
    """Check that no page of another site uses the key of the upstream.

    Raises:
        ApiError: one would.
    """
    if not guard.is_page_allowed(call, settings):
        raise ApiError(_FOREIGN_PAGE)
    if not settings.api_keys and not guard.is_host_allowed(call, settings):
        raise ApiError(_FOREIGN_HOST)


def _is_whole(call: Call, settings: Settings) -> bool:
    """Whether the body is there as it was sent."""
    if call.is_dropped or (call.spool is not None and call.spool.error):
        return False
    if not call.body and "upgrade" in call.headers and call.announced:
        return False
    most = max(call.size, call.announced)
    return most <= settings.max_body or most <= find_limit(call, settings)


def _decode(call: Call, settings: Settings) -> Call:
    """The call with its body decompressed; as it is when that fails, which is for the upstream to say."""
    if "content-encoding" not in call.headers:
        return call
    most = find_limit(call, settings)
    try:
        return decode(call, most, SPOOLED if most > settings.max_body else most)
    except ApiError:
        return call


def _find_objection(arrival: Arrival, parts: Parts) -> Finding | None:
    """What the rules say of the body; not of what only the upstream knows: files, and threads."""
    call, endpoint = arrival.call, BY_NAME.get(arrival.endpoint)
    if endpoint is None or not endpoint.schema or call.spool is not None:
        return None
    version = call.version if call.version in VERSIONS else VERSIONS[0]
    try:
        charset = auth.charset(call)
        checked = parts.checker.check(
            call.body, endpoint.schema, version, call.betas, parts.lookups, headers=call.headers, charset=charset
        )
    except ApiError as error:
        return error.finding
    return checked.finding
