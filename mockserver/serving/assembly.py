"""Settings become parts: builds what a server is made of, and loads its fixtures again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver import compose, scenarios
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.explaining import AnswerInspector, MissExplainer
from mockserver.endpoints.fixtures import Fixtures
from mockserver.endpoints.lookups import make_lookups
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.rewriting import AnswerWriter
from mockserver.gateways.records import Gateway
from mockserver.recordings.answers import read_message
from mockserver.recordings.recorder import Recorders
from mockserver.records.clock import Clock
from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Reply
from mockserver.records.settings import AS_FILES_SAY, Settings
from mockserver.reference import catalog, schemas
from mockserver.reference.catalog import Model
from mockserver.reference.signing import Signer
from mockserver.scenarios.keeping import KeptFile
from mockserver.serving import recording
from mockserver.serving.functions import call_function
from mockserver.serving.storing import open_store
from mockserver.store import JournalReader
from mockserver.validation import Checker
from mockserver.wires import parse_fault, strikes_any


def _check_locale(locale: str) -> None:
    from mockserver.compose.generated.texts import check_locale  # rarely needed, and slow to import

    check_locale(locale)


def _find_usual_error(name: str) -> Failure:
    from mockserver.gateways.failing import find_error  # rarely needed
    from mockserver.gateways.reading import DEFAULT, load

    return find_error(load(DEFAULT), name)


HOOKS = scenarios.Extensions(
    parse_fault=parse_fault,
    find_gateway_error=_find_usual_error,
    strikes_any=strikes_any,
    check_locale=_check_locale,
    call=call_function,
)


def build(settings: Settings, slot: int | None = None, began: float | None = None) -> Parts:
    """The parts of a server with these settings.

    Args:
        settings: what to serve and how.
        slot: the number of a process that shares the store with others, see ``open_store``; None: there are none.
        began: when they began, in seconds since 1970; None: now.

    Raises:
        ScenarioError: the fixtures hold mistakes.
        StoreError: the folder of the store cannot be used.
        RecordingError: nothing can be recorded as the settings say, or there is nothing to replay.
        TypeError: these are no settings.
        ValueError: there is no gateway of that name.
    """
    if not isinstance(settings, Settings):
        raise TypeError(f'settings: expected Settings(fixtures=("FILE.yaml",)) or other Settings, got {settings!r}')
    folder = recording.open_folder(settings)
    if folder is not None:
        settings = recording.add_cassettes(settings, folder)
    gateway = _load_gateway(settings.gateway) if settings.gateway else None
    # Derived from the seed, so that two servers with one seed sign alike.
    signer = Signer(f"messages-mockserver {settings.seed}".encode())
    clock = make_clock()
    reader = scenarios.FileReader()
    hooks = make_hooks(settings, gateway)
    loaded = scenarios.load(settings.fixtures, hooks, reader)
    fixtures = Fixtures(loaded, reader.looked, clock, settings.lifecycle, reader.revision, began)
    # Opened last: nothing that fails leaves it open.
    store, compiler = open_store(settings, clock, slot), Compiler(hooks, settings.session_bytes)
    explain = MissExplainer(store, fixtures, compiler)
    inspect, write = AnswerInspector(fixtures), AnswerWriter(gateway)
    journal = JournalReader(store.journal, explain, settings.own_secrets, inspect, write)
    lookups, generate = make_lookups(fixtures, signer), _generator(settings.seed)
    own = settings, store, fixtures, compiler, journal, Checker(settings.profile), signer, lookups, generate, clock
    parts = Parts(*own, Recorders(), gateway)
    if folder is not None:
        recording.start(parts, folder)
    return parts


def _load_gateway(name: str) -> Gateway:
    # Imported when first needed: most servers are like none.
    from mockserver.gateways.reading import load

    return load(name)


def make_hooks(settings: Settings, gateway: Gateway | None) -> scenarios.Extensions:
    """What other parts of a server with these settings know of scenarios."""
    hooks = replace(HOOKS, replay=settings.replay) if settings.replay != AS_FILES_SAY else HOOKS
    return _know_gateway(hooks, gateway)


def _know_gateway(hooks: scenarios.Extensions, gateway: Gateway | None) -> scenarios.Extensions:
    """The same with the errors of a gateway; None: of the usual one."""
    if gateway is None:
        return hooks
    from mockserver.gateways.failing import find_error  # rarely needed

    return replace(hooks, find_gateway_error=partial(find_error, gateway))


def make_clock() -> Clock:
    """The system's clock. It is looked up at each reading, so that tests may put another in its place."""
    return Clock(now=lambda: time.time(), monotonic=lambda: time.monotonic())


def _generator(seed: int) -> compose.context.Generator:
    """Generates replies from the request and the server's seed alone: the same request gets the same text anywhere."""

    def generate(prompt: Prompt, model: Model, options: Mapping[str, Any], _: int) -> Answer:
        # Imported when first needed: a server whose scenarios always fit starts without it.
        from mockserver.compose.generate import generate

        return generate(prompt, model, options, seed)

    return generate


def reload(mock: Parts, known: Mapping[str, KeptFile] | None = None) -> tuple[Problem, ...]:
    """Loads the fixtures again; broken ones keep what was loaded before. Returns what is wrong with them.

    ``known`` is what was read of files meanwhile.
    """
    reader, hooks = scenarios.FileReader(), make_hooks(mock.settings, mock.gateway)
    try:
        loaded = scenarios.load(mock.settings.fixtures, hooks, reader, known or mock.fixtures.scenarios.kept)
        mock.fixtures.replace(loaded, reader.revision)
    except ScenarioError as error:
        mock.fixtures.fail(str(error))
        return error.problems
    finally:
        mock.fixtures.note(reader.looked)
    return ()


def watched(mock: Parts) -> tuple[str, ...]:
    """The files and folders whose change calls for a reload."""
    return tuple(dict.fromkeys((*mock.settings.fixtures, *mock.fixtures.scenarios.files)))


def lint(fixtures: Sequence[str], gateway: Gateway | None = None) -> list[Problem]:
    """The mistakes in fixtures, and the models in them that retire.

    Args:
        fixtures: files and folders.
        gateway: the one whose errors they name; None: the usual one.
    """
    from mockserver.cassettes.drift import checking  # no server needs it

    hooks = replace(
        make_lint_hooks(gateway),
        check_recorded_request=checking.check_request,
        check_recorded_response=checking.check_response,
    )
    return scenarios.lint(fixtures, hooks, make_clock().now())


def make_lint_hooks(gateway: Gateway | None) -> scenarios.Extensions:
    """What lint needs besides for words that are no cassette. ``gateway``: as ``lint`` has it."""
    return replace(_know_gateway(HOOKS, gateway), check_answer=breaches)


def breaches(answer: Answer, prompt: Prompt) -> Iterator[scenarios.Breach]:
    """Where the message that an answer becomes is none the API would send.

    What was recorded so is no mistake of whoever wrote the words.
    """
    if answer.kind != "message":
        return
    # The form in which it was recorded was once the API's, what it says is to be right today.
    said = replace(answer, recorded=None)
    outcome = compose.compose(said, prompt, compose.Context(catalog.lookup(prompt.model), Signer(b"lint")))
    message = outcome.message if isinstance(outcome, Reply) else {}
    recorded = read_message(answer.recorded.response) if answer.recorded else None
    known = set(_list_breaches(recorded)) if recorded else set()
    yield from (breach for breach in _list_breaches(message) if breach not in known)


def _list_breaches(message: Mapping[str, Any]) -> Iterator[scenarios.Breach]:
    for breach in schemas.response_validator("beta_message").iter_errors(orjson.loads(orjson.dumps(message))):
        yield tuple(breach.instance_path), _describe(breach)


def _describe(error: Any) -> str:
    """The error in the validator's words; of a name that is not in a list, with the whole list."""
    known = getattr(error.kind, "options", None)
    if known is None:
        return str(error.message)
    names = [name if isinstance(name, str) else orjson.dumps(name).decode() for name in known]
    return f"expected one of {', '.join(names)}, got {orjson.dumps(error.instance).decode()}"
