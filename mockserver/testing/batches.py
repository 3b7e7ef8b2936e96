"""The message batches of a test: what the application sent, how far they are, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from mockserver.endpoints.batches import viewing
from mockserver.endpoints.parts import Parts
from mockserver.records.masks import show_value

# Longer lists of ids show their beginning.
_SHOWN = 10


class MockBatch:
    """A message batch that the application created.

    Attributes:
        id: its id.
    """

    def __init__(self, mock: Parts, session: str, batch_id: str) -> None:
        self._mock, self._session = mock, session
        self.id = batch_id

    def __repr__(self) -> str:
        return f"<MockBatch {self.id} of {self.count}, {self.state}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MockBatch) and (self._session, self.id) == (other._session, other.id)

    def __hash__(self) -> int:
        return hash((self._session, self.id))

    @property
    def state(self) -> str:
        """``in_progress``, ``canceling`` or ``ended``; ``deleted`` when the application deleted it. Looking changes
        nothing: only the application's own requests count.
        """
        batch = viewing.find_batch(self._mock, self._session, self.id)
        return "deleted" if batch is None else batch.status

    @cached_property
    def items(self) -> tuple[dict[str, Any], ...]:
        """The requests as they were sent, in their order: ``{"custom_id": …, "params": …}``."""
        read = viewing.read_items(self._mock, self._session, self.id)
        return tuple({"custom_id": custom_id, "params": params} for custom_id, params in read)

    @property
    def count(self) -> int:
        """How many requests it has."""
        return len(self.items)

    @property
    def custom_ids(self) -> tuple[str, ...]:
        """The ids of its requests, in their order."""
        return tuple(item["custom_id"] for item in self.items)

    @property
    def params(self) -> tuple[Any, ...]:
        """The parameters of its requests, in their order."""
        return tuple(item["params"] for item in self.items)

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results by ``custom_id``: ``{"type": "succeeded", "message": …}`` ...; empty before it has ended."""
        batch = viewing.find_batch(self._mock, self._session, self.id)
        if batch is None:
            return {}
        return {row["custom_id"]: row["result"] for row in viewing.read_rows(self._mock, self._session, batch)}

    def finish(self) -> None:
        """End it now, whatever it would wait for."""
        viewing.finish(self._mock, self._session, self.id)


class MockBatches(Sequence[MockBatch]):
    """The batches of a session, oldest first: ``api.batches[0].custom_ids``, ``api.batches.finish()``."""

    def __init__(self, mock: Parts, session: str) -> None:
        self._mock, self._session = mock, session
        self._found = tuple(MockBatch(mock, session, each.id) for each in viewing.list_batches(mock, session))

    def __getitem__(self, index: Any) -> Any:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<MockBatches {list(self._found)}>"

    def finish(self, batch_id: str | None = None) -> None:
        """End a batch now, or (None) all of them.

        Args:
            batch_id: its id.

        Raises:
            ValueError: there is no such batch.
        """
        found = [each for each in self._found if batch_id in (None, each.id)]
        if batch_id is not None and not found:
            raise ValueError(f"there is no batch {show_value(batch_id)}; there are {[each.id for each in self._found]}")
        for each in found:
            each.finish()


def complain_of_batches(
    batches: Iterable[MockBatch], custom_ids: Iterable[str] | None, count: int | None, state: str | None
) -> str:
    """Complain unless a batch has these ids in any order, so many requests, and this state; None: any."""
    batches, wanted_ids = tuple(batches), None if custom_ids is None else sorted(custom_ids)
    for batch in batches:
        if (
            (wanted_ids is None or sorted(batch.custom_ids) == wanted_ids)
            and count in (None, batch.count)
            and state in (None, batch.state)
        ):
            return ""
    wanted = [
        f"the custom_ids {_list_ids(wanted_ids)}" if wanted_ids is not None else "",
        f"{count} requests" if count is not None else "",
        f"the state {state}" if state is not None else "",
    ]
    words = " and ".join(filter(None, wanted))
    lines = [f"expected a batch{f' with {words}' if words else ''}, but {'none fits' if batches else 'there is none'}"]
    lines += [
        f"  batches[{index}]: {batch.count} requests, {batch.state}: {_list_ids(batch.custom_ids)}"
        for index, batch in enumerate(batches)
    ]
    return "\n".join(lines)


def _list_ids(custom_ids: Sequence[str]) -> str:
    more = f" and {len(custom_ids) - _SHOWN} more" if len(custom_ids) > _SHOWN else ""
    return f"{json.dumps([*custom_ids[:_SHOWN]])}{more}"
