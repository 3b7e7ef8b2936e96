"""(To be written.)"""

from __future__ import annotations

from typing import Any

from mockserver.store.valkey.data import Data


class ValkeyPromptCache:
    """(To be written.)"""

    def __init__(self, data: Data, *others: Any) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)


class ValkeyFingerprints:
    """(To be written.)"""

    def __init__(self, data: Data, *others: Any) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)
