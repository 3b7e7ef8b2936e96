"""User profiles as they are kept, and as the API shows them: in the shape of today and in those of three betas.

Source: SDK types, 2.14.0, which say what each header changes. Both API versions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

# The betas whose headers select an older shape, newest first; of several the newest counts (inferred: the SDK adds
# 2026-08-18 to what its caller asks for).
BETAS = ("user-profiles-2026-09-04", "user-profiles-2026-08-18", "user-profiles-2026-03-24")
TODAY = ""
_BARE = BETAS[1:]
DETAILS = ("account_status", "country", "email_hash", "entity_type", "name_hash", "onboarded_at", "reference_id")
# The latest moment that a time can show.
_LATEST = 253_402_300_799.0


class Profile(Struct, frozen=True):
    """A user profile. ``details`` are those of the external user that were given; times are seconds since 1970."""

    id: str
    created_at: float
    updated_at: float
    name: str | None = None
    access_type: str = "application"
    metadata: Mapping[str, str] = {}
    details: Mapping[str, str] = {}


def choose_shape(betas: Collection[str]) -> str:
    """The beta in whose shape a call is answered; ``TODAY`` without one."""
    return next((beta for beta in BETAS if beta in betas), TODAY)


def is_bare(shape: str) -> bool:
    """Whether the details of an external user stand beside the other fields in this shape."""
    return shape in _BARE


def show(profile: Profile, shape: str) -> dict[str, Any]:
    """A profile as the API shows it. Nothing is enforced, and no program was applied for."""
    details = {name: profile.details.get(name) for name in DETAILS}
    shown: dict[str, Any] = {"id": profile.id}
    if shape != BETAS[-1]:
        shown["access_type"] = profile.access_type
    shown["created_at"] = show_time(profile.created_at)
    if shape == TODAY:
        shown |= {"enforcement_actions": [], "enforcement_status": "unrestricted"}
    if is_bare(shape):
        shown["external_id"] = details["reference_id"]
    else:
        shown["external_user_details"] = details
    if shape == BETAS[1]:
        shown["external_user_onboarded_at"] = details["onboarded_at"]
    shown |= {"metadata": {**profile.metadata}, "name": profile.name}
    shown |= {"programs": {"cyber": None, "efs": None}} if shape == TODAY else {"trust_grants": {}}
    return {**shown, "type": "user_profile", "updated_at": show_time(profile.updated_at)}


def show_time(seconds: float) -> str:
    """A time in RFC 3339."""
    return f"{datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST), timezone.utc):%Y-%m-%dT%H:%M:%S.%fZ}"
