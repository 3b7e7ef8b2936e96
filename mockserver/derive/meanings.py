"""The texts that ``mockserver drift`` adds to each difference it finds: its effect on users, and what they can do."""

from __future__ import annotations

STRANGE = "nothing can be told of requests and answers: stay with the SDK that schemas/sources/sdk.txt names"
_LOST = "a rule of the server is about something that is gone: it has no effect"
_UNGATED = "no anthropic-beta header is known to enable it: profile anthropic refuses it in any case"
_RESPONSES = ("responses.json", "events.json", "errors.json", "chat_responses.json")


def of_schema(place: str, change: str) -> str:
    """The meaning of a difference of schemas, models or threads."""
    file, _, name = place.partition(" ")
    if change.startswith("the overlay speaks"):
        return _LOST
    if change.startswith("beta only"):
        return _UNGATED
    if file == "models.yaml":
        return (
            f'profile anthropic answers 404 to it; until then say in a fixture file: models: {{"{name}": {{like: …}}}}'
        )
    if file == "threads.py":
        return "the server does not refuse threads in this way; script it with error: {error_code: …}"
    if file in _RESPONSES:
        return _of_response(change)
    return _of_request(change)


def _of_request(change: str) -> str:
    if change.startswith("new"):
        return "the server refuses requests that use it (--validation warn lets them pass)"
    if change.startswith("no longer"):
        return "the server still takes or demands it, and the API may not"
    return "the server may refuse what the API takes, or take what it refuses"


def _of_response(change: str) -> str:
    if change.startswith("new"):
        return "the server never answers with it, and mockserver check objects to scripts that do"
    if change.startswith("no longer"):
        return "the server may still answer with it, and clients may ignore it"
    return "the server's answers may not be what clients of this SDK expect"


def of_surface(part: str, key: str, is_new: bool) -> str:
    """The meaning of a beta, an error, a route or a discriminator that is new or changed, or else gone."""
    if part == "betas":
        return (
            f"profile anthropic refuses it; --accept-beta {key} accepts it" if is_new else "the server still takes it"
        )
    if part == "errors":
        status, _, code = key.partition(" ")
        script = f"error: {{status: {status}{f', error_code: {code}' if code else ''}}}"
        return (
            f"clients have a class for it, and the server never answers so by itself; script it with {script}"
            if is_new
            else "clients see an error of its status only"
        )
    if part == "routes":
        method, _, path = key.partition(" ")
        when = f"when: {{method: {method}, path: {path.replace('{}', '*')}}}"
        return (
            f"clients can call it, and the server answers 404 unless a scenario does: {when}"
            if is_new
            else "clients of this SDK do not call it any more"
        )
    return (
        "clients tell the members of this union apart by this field: answers must have it"
        if is_new
        else "clients no longer tell the members of this union apart by a field"
    )


def of_day(model: str, day: str | None) -> str:
    """The meaning of another last day of a model; None: the SDK names none."""
    if day is None:
        return "clients no longer warn of its end: it has retired, or lives on"
    return (
        "warnings of mockserver check and lifecycle: today go by the catalogue's day; put it right in a fixture file: "
        f"models: {{{model}: {{retires_at: {day}}}}}"
    )
