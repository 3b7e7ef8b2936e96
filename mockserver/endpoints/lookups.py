"""What the rules ask other parts of a server."""

from __future__ import annotations

from mockserver.compose.editing import count_edited
from mockserver.endpoints.fixtures import Fixtures
from mockserver.reference.catalog import Model
from mockserver.reference.signing import Signer
from mockserver.validation import Lookups


def make_lookups(fixtures: Fixtures, signer: Signer) -> Lookups:
    """The functions that rules call, by the models of these fixtures."""

    def find_model(name: object) -> Model:
        return fixtures.catalogue.lookup(str(name or ""))

    return Lookups(
        examine=signer.examine,
        binding=lambda body: signer.binding(body, lambda maker: find_model(body.get("model")).reads(find_model(maker))),
        read_maker=signer.read_model,
        count=lambda body: count_edited(body, find_model(body.get("model"))),
        find_model=find_model,
        search_limits=lambda: fixtures.scenarios.search_limits,
    )
