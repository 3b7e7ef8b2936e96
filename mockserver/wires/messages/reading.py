"""The conversation in the body of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING


def read(
    body: Mapping[str, Any],
    call: Call,
    *,
    version: str,
    session: str,
    inherited: Mapping[str, Any] = NOTHING,
    history: tuple[Mapping[str, Any], ...] = (),
    endpoint: str = MESSAGES,
) -> Prompt:
    """Read the checked body of a call.

    Args:
        body: the JSON body.
        call: the call that it came with.
        version: the API version that the call is answered in.
        session: the name of the caller's session.
        inherited: the parameters of the thread that the body continues, which its own replace.
        history: the messages of that thread.
        endpoint: the name of the endpoint asked; "" when there is none.
    """
    whole = {**inherited, **body} if inherited else body
    return Prompt(
        whole,
        call.headers,
        version,
        call.betas,
        call.key,
        session,
        history,
        call.method,
        call.api_path,
        is_path_exact=call.local_path is not None,
        endpoint=endpoint,
        call=call,
    )
