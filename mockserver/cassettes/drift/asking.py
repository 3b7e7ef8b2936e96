"""Makes recorded requests again at an upstream, one at a time, and politely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.cassettes.drift.parts import MOST_BYTES
from mockserver.cassettes.drift.unaskable import TRANSIENT
from mockserver.recordings.clients import open_client
from mockserver.recordings.recorder import Upstream
from mockserver.records.exchanges import Chunk, RecordedRequest, RecordedResponse

# Seconds for an answer as a whole, and the longest Retry-After that is waited for.
WHOLE, MOST_WAIT = 900.0, 60.0
TRIES = 3
# Headers of a request that its connection makes anew, and those of whoever recorded.
_LEFT_OUT = frozenset(
    (
        *("host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"),
        *(
            "content-encoding",
            "accept-encoding",
            "authorization",
            "x-api-key",
            "cookie",
            "proxy-authorization",
            "expect",
        ),
    )
)


class UnansweredError(Exception):
    """There was no answer; the text says why. ``is_final``: further requests would get none either."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Asker:
    """Asks an upstream. To be used as a context manager.

    Args:
        upstream: where, and with which key.
        sleep: waits so many seconds.
        most_bytes: bytes of an answer that are read.
        whole: seconds that an answer may take as a whole.

    Raises:
        NoClientError: httpx2 is not installed, or proxies or certificates of the environment cannot be used.
    """

    def __init__(
        self,
        upstream: Upstream,
        sleep: Callable[[float], None] = time.sleep,
        most_bytes: int = MOST_BYTES,
        whole: float = WHOLE,
    ) -> None:
        self._upstream, self._sleep, self._most_bytes, self._whole = upstream, sleep, most_bytes, whole
        library, self._client = open_client("Client")
        self._errors: tuple[type[Exception], ...] = (library.HTTPError, library.InvalidURL, OSError, ValueError)
        self._unreachable: tuple[type[Exception], ...] = (library.ConnectError, library.ConnectTimeout)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, request: RecordedRequest) -> RecordedResponse:
        """The answer to a request. What passes (429, 529 and the like) is asked for three times at most.

        Raises:
            UnansweredError: the upstream cannot be reached, or its answer is no HTTP, or has no end.
        """
        for tried in range(1, TRIES + 1):
            response = self._ask_once(request)
            wait = _find_wait(response, tried)
            if response.status not in TRANSIENT or wait is None or tried == TRIES:
                break
            self._sleep(wait)
        return response

    def _ask_once(self, request: RecordedRequest) -> RecordedResponse:
        url = f"{self._upstream.url}{request.path}{'?' if request.query else ''}{request.query}"
        headers = {**_choose_headers(request.headers), **dict(self._upstream.headers)}
        try:
            with self._client.stream(request.method, url, headers=headers, content=request.body or None) as response:
                body = b"".join(self._read(response))
                return RecordedResponse(
                    response.status_code,
                    tuple((name.lower(), value) for name, value in response.headers.multi_items()),
                    (Chunk(body),) if body else (),
                )
        except self._unreachable as error:
            raise UnansweredError(f"the upstream cannot be reached: {_word(error)}", is_final=True) from error
        except self._errors as error:
            raise UnansweredError(f"the upstream gave no whole answer: {_word(error)}") from error

    def _read(self, response: Any) -> Iterator[bytes]:
        size, began = 0, time.monotonic()
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._most_bytes:
                raise UnansweredError(f"the answer has more than {self._most_bytes:,} bytes")
            if time.monotonic() - began > self._whole:
                raise UnansweredError(f"the answer has not ended in {self._whole:g} seconds")
            yield piece


def _choose_headers(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name not in _LEFT_OUT and not name.startswith("x-mock-")}
    # Not the client's own: it would name what cannot be decoded here.
    return {name: value for name, value in kept.items() if value.isprintable()}


def _find_wait(response: RecordedResponse, tried: int) -> float | None:
    """The seconds until a request may be made again; None when it should not be."""
    if response.header("x-should-retry") == "false":
        return None
    try:
        wait = float(response.header("retry-after") or tried)
    except ValueError:
        return float(tried)  # a date, which only proxies send
    return wait if 0 <= wait <= MOST_WAIT else None


def _word(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
