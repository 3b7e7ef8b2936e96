"""How long a request waits for what it expects to come."""

from __future__ import annotations

from mockserver.control.requests import ControlRequest, RefusalError
from mockserver.delivery.kinds import seconds

# Seconds. Who waits longer asks again: proxies cut what is silent for a minute.
LONGEST_WAIT = 60.0


class PendingError(RefusalError):
    """What is expected has not come yet, and still may: ``wait`` seconds later it is final."""

    wait = 0.0


def read_wait(request: ControlRequest) -> float:
    """The seconds for which the request wants to wait: the query parameter ``wait``, such as ``5s``; 0 without it.

    Raises:
        RefusalError: it is no duration, or too long.
    """
    text = request.query.get("wait", "0s")
    try:
        wait = seconds(text)
    except ValueError:
        wait = -1.0
    if not 0 <= wait <= LONGEST_WAIT:
        raise RefusalError(400, f"wait is {text[:40]!r}.", f"a duration such as 5s or 300ms, at most {LONGEST_WAIT:g}s")
    return wait
