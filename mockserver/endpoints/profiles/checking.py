"""What the body of a request says of a user profile, checked.

The rules are those that the SDK's types state (2.14.0); the texts are the API's for such values elsewhere. Both API
versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from mockserver.endpoints.profiles import shapes
from mockserver.endpoints.profiles.shapes import BETAS, is_bare
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt

Check = Callable[[str, Any, float], None]
_MOST_PAIRS, _LONGEST_KEY, _LONGEST_VALUE = 16, 64, 512
# "No more than 1 minute in the future".
_AHEAD = 60.0
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")


class Given(Struct, frozen=True):
    """What a body gives: None, or an empty mapping, where it gives nothing."""

    name: str | None = None
    access_type: str | None = None
    metadata: Mapping[str, str] = {}
    details: Mapping[str, str] = {}


def read_given(body: Mapping[str, Any], shape: str, at: float, *, is_update: bool) -> Given:
    """What a body says of a profile.

    Args:
        body: the body.
        shape: the beta in whose shape it is.
        at: the time of the call.
        is_update: whether it changes a profile: its ``null`` clears nothing, an empty text of ``metadata`` a pair.

    Raises:
        ApiError: 400, a value is wrong, or a key is none of this shape.
    """
    beside = {"external_id": "reference_id"} if is_bare(shape) else {}
    if shape == BETAS[1]:
        beside["external_user_onboarded_at"] = "onboarded_at"
    known = {"name", "metadata", "access_type", *beside}
    known |= set() if is_bare(shape) else {"external_user_details"}
    for key in body:
        if key not in known or (key == "access_type" and shape == BETAS[-1]):
            raise refuse(f"{excerpt(key)}: Extra inputs are not permitted")
    details = {inner: body[key] for key, inner in beside.items() if body.get(key) is not None}
    for inner, value in details.items():
        _check_detail(next(key for key, each in beside.items() if each == inner), inner, value, at)
    if "external_user_details" in body:
        details = _read_details(body["external_user_details"], at, is_update=is_update)
    if body.get("name") is not None:
        _check_text("name", body["name"], 0, 255)
    if (kind := body.get("access_type")) is not None or ("access_type" in body and not is_update):
        _check_choice("access_type", kind, ("application", "passthrough"))
    metadata = _read_metadata(body["metadata"], is_update=is_update) if "metadata" in body else {}
    return Given(body.get("name"), kind, metadata, details)


def merge_metadata(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The pairs of a profile with those of an update: an empty text removes one.

    Raises:
        ApiError: 400, there are too many.
    """
    merged = {key: value for key, value in {**before, **given}.items() if value}
    _check_count(merged)
    return merged


def refuse(message: str) -> ApiError:
    """The refusal of a body or a query."""
    return ApiError(Finding(message, "user_profiles", "SDK types, 2.14.0; text inferred"))


def check_choices(path: str, values: Sequence[Any], allowed: Sequence[str]) -> None:
    """Check that a value, or each of a list of them, is one of those allowed."""
    for index, value in enumerate(values):
        _check_choice(f"{path}.{index}" if len(allowed) > 2 else path, value, allowed)


def _read_details(given: Any, at: float, *, is_update: bool) -> dict[str, str]:
    path = "external_user_details"
    if not isinstance(given, Mapping):
        raise refuse(f"{path}: Input should be an object")
    details: dict[str, str] = {}
    for name, value in given.items():
        if name not in shapes.DETAILS:
            raise refuse(f"{path}.{excerpt(name)}: Extra inputs are not permitted")
        # "Once set, a value cannot be cleared and `null` is rejected"; a new profile may have it, but for a time.
        if value is not None or is_update or name == "onboarded_at":
            _check_detail(f"{path}.{name}", name, value, at)
            details[name] = value
    return details


def _check_detail(path: str, name: str, value: Any, at: float) -> None:
    if name in _CHOICES:
        _check_choice(path, value, _CHOICES[name])
    elif name == "country":
        _check_text(path, value, 0, 255)
        if not re.fullmatch("[A-Z]{2}", value):
            raise refuse(f"{path}: String should match pattern '^[A-Z]{{2}}$'")
    elif name == "onboarded_at":
        _check_time(path, value, at)
    else:
        _check_text(path, value, 1, 255)


_CHOICES: Mapping[str, Sequence[str]] = {
    "account_status": ("active", "suspended", "blocked"),
    "entity_type": ("individual", "business", "non_profit", "government"),
}


def _read_metadata(given: Any, *, is_update: bool) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise refuse("metadata: Input should be an object")
    for key, value in given.items():
        if len(key) > _LONGEST_KEY:
            raise refuse(f"metadata.{excerpt(key)}.[key]: String should have at most {_LONGEST_KEY} characters")
        _check_text(f"metadata.{excerpt(key)}", value, 0 if is_update else 1, _LONGEST_VALUE)
    _check_count(given)
    return dict(given)


def _check_count(metadata: Mapping[str, str]) -> None:
    if len(metadata) > _MOST_PAIRS:
        told = f"Dictionary should have at most {_MOST_PAIRS} items after validation, not {len(metadata)}"
        raise refuse(f"metadata: {told}")


def _check_text(path: str, value: Any, least: int, most: int) -> None:
    if not isinstance(value, str):
        raise refuse(f"{path}: Input should be a valid string")
    if len(value) < least:
        raise refuse(f"{path}: String should have at least {least} character")
    if len(value) > most:
        raise refuse(f"{path}: String should have at most {most} characters")


def _check_choice(path: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        quoted = [f"'{each}'" for each in allowed]
        raise refuse(f"{path}: Input should be {', '.join(quoted[:-1])} or {quoted[-1]}")


def _check_time(path: str, value: Any, at: float) -> None:
    moment = _read_time(value) if isinstance(value, str) else None
    if moment is None:
        raise refuse(f"{path}: Input should be a valid datetime")
    if moment > at + _AHEAD:
        raise refuse(f"{path}: Input should be no more than 1 minute in the future")


def _read_time(text: str) -> float | None:
    if not _TIME.fullmatch(text):
        return None
    whole, _, fraction = text.replace("Z", "+00:00").partition(".")
    zone = fraction.lstrip("0123456789")
    try:
        return datetime.fromisoformat(f"{whole}{zone}").astimezone(timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None
