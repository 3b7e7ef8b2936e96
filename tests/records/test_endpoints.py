"""The names of endpoints: one table for scenarios, claims, the journal and the routes."""

from __future__ import annotations

from typing import get_args

import pytest

from mockserver.endpoints.table import ROUTES, name_of
from mockserver.records.endpoints import ENDPOINTS, NAMES, SCRIPTED_NAMES, resolve_names
from mockserver.reference import schemas
from mockserver.scenarios.format.endpoints import VALUES
from mockserver.testing.names import EndpointName, WireName
from mockserver.wires import WIRES


def test_every_route_has_its_endpoint() -> None:
    assert {name_of(route) for route in ROUTES} == {endpoint.name for endpoint in ENDPOINTS}
    assert set(get_args(EndpointName)) == {*SCRIPTED_NAMES} == {*NAMES} - {"chat/completions", "chat"}
    assert set(get_args(WireName)) == {*WIRES}


def test_every_endpoint_has_its_values() -> None:
    assert {"messages", *VALUES} == {endpoint.name for endpoint in ENDPOINTS if not endpoint.prompts_of}


def test_endpoint_that_shares_prompts_is_named_after_its_wire() -> None:
    sharing = [endpoint for endpoint in ENDPOINTS if endpoint.prompts_of]
    wires = {name_of(route): route.wire for route in ROUTES}
    assert {endpoint.short: endpoint.prompts_of for endpoint in sharing} == {"chat": "messages"}
    assert [wires[endpoint.name] for endpoint in sharing] == [endpoint.short for endpoint in sharing]
    assert {endpoint.schema for endpoint in ENDPOINTS if endpoint.schema} <= {*schemas.ENDPOINTS}


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ("messages", {"messages", "chat/completions"}),
        ("chat", {"chat/completions"}),
        ("chat/completions", {"chat/completions"}),
        ("count_tokens", {"messages/count_tokens"}),
        ("models", {"models", "models/{id}"}),
        ("models/{id}", {"models/{id}"}),
        (["models", "count_tokens"], {"models", "models/{id}", "messages/count_tokens"}),
        ("nothing", set()),
    ],
)
def test_name_means_what_is_below_its_ids(names: str | list[str], meant: set[str]) -> None:
    assert resolve_names(names) == meant
