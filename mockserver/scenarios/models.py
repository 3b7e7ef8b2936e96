"""The models of fixtures: those that a file adds or changes, and those that scenarios name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.days import RELEASE
from mockserver.records.errors import Place
from mockserver.reference import catalog, lifecycle
from mockserver.reference.catalog import Catalogue, Model, Prices
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.models import LIFE, MODEL
from mockserver.scenarios.matching.predicates import WILD
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.scripts import Scenario

# Fields of ``Model`` by the names of models.
Changes = Mapping[str, Mapping[str, Any]]
KEYS = ("models", "lifecycle")
_DAYS = ("created", "deprecated_at", "retires_at")


class ModelReader:
    """Gathers what files say of models: their ``models``, and whose day decides which are retired."""

    def __init__(self) -> None:
        self.changes: dict[str, Mapping[str, Any]] = {}
        self.lifecycle = ""

    def read(self, node: Node, *, is_file: bool) -> None:
        """Read the keys ``models`` and ``lifecycle`` of a document; mistakes are noted there."""
        for key in KEYS:
            if key in node.value and not is_file:
                node.at(key).complain(f"{key} works in fixture files only, which a server is started with", key=True)
        if not is_file:
            return
        if "lifecycle" in node.value and check(LIFE, below := node.at("lifecycle")):
            # What counts by default contradicts no other file.
            if below.value != RELEASE and self.lifecycle not in ("", RELEASE, below.value):
                below.complain(f"another file says lifecycle: {self.lifecycle}")
            elif below.value != RELEASE or not self.lifecycle:
                self.lifecycle = below.value
        if "models" in node.value and (models := node.at("models")).value is not None:
            self._read_models(models)

    def _read_models(self, node: Node) -> None:
        if not isinstance(node.value, dict):
            node.expect('a mapping of models by id, such as {"claude-next": {like: claude-opus-5}}')
            return
        for name, below in node.items():
            known = catalog.standard().change(self.changes)
            is_sound = all([check(MODEL, below), _check_names(name, below, known)])
            # Another may be like one with mistakes.
            fields = _read_fields(name, below.value, known) if is_sound else {}
            self.changes[name] = {**self.changes.get(name, {}), **fields}


def _check_names(name: str, node: Node, known: Catalogue) -> bool:
    """Whether the names in a model are those of models that are known, and its own names are free."""
    if not isinstance(node.value, dict):
        return False
    before, own = len(node.problems), known.lookup(name)
    like = node.value.get("like")
    if isinstance(like, str) and not known.lookup(like).is_named(like):
        node.at("like").complain(f'there is no model "{like}" to be like')
    for each in node.at("aliases") if isinstance(node.value.get("aliases"), list) else ():
        if not isinstance(each.value, str):
            continue
        found = known.lookup(each.value)
        if found.is_named(each.value) and not (found.id == own.id and own.is_named(name)):
            each.complain(f'"{each.value}" is a name of {found.id} already')
    return len(node.problems) == before


def _read_fields(name: str, given: Mapping[str, Any], known: Catalogue) -> dict[str, Any]:
    """The fields of ``Model`` for what a file gives; a stage that it does not give follows its dates."""
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    for key in _DAYS:
        if fields.get(key):
            fields[key] = f"{fields[key][:10]}T00:00:00Z"
    if "prices" in fields:
        fields["prices"] = Prices(*fields["prices"][:3])
    if "lifecycle" in fields:
        return {"deprecated_at": None, "retires_at": None, **fields}
    if "deprecated_at" in fields or "retires_at" in fields:
        found = known.lookup(name)
        before = found if found.is_named(name) else Model(id=name)
        given_days = {key: fields[key] for key in ("deprecated_at", "retires_at") if key in fields}
        # Without days it is active, whatever it was.
        stage = "active" if not any(given_days.values()) else before.lifecycle
        fields["lifecycle"] = lifecycle.stage_on(replace(before, lifecycle=stage, **given_days), known.released)
    return fields


def models_in_use(scenarios: Iterable[Scenario]) -> Iterator[tuple[str, Place]]:
    """The models that scenarios ask for or answer as, each with a place; globs that fit several models are left out."""
    for scenario in scenarios:
        wanted = scenario.condition.source.get("model")
        for name in wanted if isinstance(wanted, list) else (wanted,):
            if isinstance(name, str):
                yield from ((each, scenario.condition.place) for each in _expand(name))
        for step in scenario.steps:
            if step.constant is not None and step.constant.model:
                yield step.constant.model, step.place


def _expand(name: str) -> tuple[str, ...]:
    """The name itself; of a glob the only model that it fits, if there is just one."""
    if not set(name) & WILD:
        return (name,)
    from fnmatch import fnmatchcase

    fitting = [each.id for each in catalog.models() if any(fnmatchcase(own, name) for own in (each.id, *each.aliases))]
    return tuple(fitting) if len(fitting) == 1 else ()
