"""Bodies of any kind, and what they say of a profile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.endpoints.profiles.checking import Given, read_given
from mockserver.endpoints.profiles.shapes import BETAS, DETAILS, TODAY, Profile, show
from mockserver.records.errors import ApiError

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["application", "US", "active"])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
KEYS = ("name", "access_type", "metadata", "external_user_details", "external_id", "external_user_onboarded_at", "x")
BODIES = st.dictionaries(st.sampled_from(KEYS), VALUES | st.dictionaries(st.sampled_from(DETAILS), LEAVES), max_size=4)


@given(BODIES, st.sampled_from((TODAY, *BETAS)), st.booleans())
def test_any_body_is_read_or_refused(body: dict[str, Any], shape: str, is_update: bool) -> None:
    try:
        given_ = read_given(body, shape, 0.0, is_update=is_update)
    except ApiError:
        return
    assert isinstance(given_, Given)
    assert all(isinstance(value, str) for value in (*given_.metadata.values(), *given_.details.values()))
    assert given_.name is None or isinstance(given_.name, str)


@pytest.mark.parametrize(
    "text", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+01:00", "0001-01-01T00:00:00Z"]
)
def test_times_are_read(text: str) -> None:
    given_ = read_given({"external_user_details": {"onboarded_at": text}}, TODAY, 1_800_000_000.0, is_update=False)
    assert given_.details == {"onboarded_at": text}


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "", "2026-01-01T00:00:00+99:00"]
)
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ApiError, match="valid datetime"):
        read_given({"external_user_details": {"onboarded_at": text}}, TODAY, 1_800_000_000.0, is_update=False)


def test_times_beyond_the_calendar_are_shown() -> None:
    shown = show(Profile("uprof_1", 1e18, -5.0), TODAY)
    assert (shown["created_at"][:4], shown["updated_at"][:4]) == ("9999", "1970")
