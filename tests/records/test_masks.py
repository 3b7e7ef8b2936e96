"""Secrets are masked wherever they may be shown."""

from __future__ import annotations

import pytest

from mockserver.records.masks import is_secret, label, mask, mask_headers, mask_query


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sk-ant-api03-0123456789-wxyz", "sk-ant-…wxyz"),
        ("sk-0123456789wxyz", "sk-…wxyz"),
        ("Bearer sk-0123456789wxyz", "Bearer sk-…wxyz"),
        ("0123456789wxyz", "…wxyz"),
        ("sk-any", "***"),
        ("", "***"),
        ("Digest username=a, response=0123456789", "***"),
    ],
)
def test_masked_values_show_four_characters(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_labels_tell_short_keys_apart() -> None:
    labels = {label(key) for key in ("sk-any", "sk-one", "test")}
    assert len(labels) == 3
    assert all(shown.startswith("key-") for shown in labels)
    assert label("sk-0123456789wxyz") == "sk-…wxyz"


@pytest.mark.parametrize(
    "name", ["x-api-key", "authorization", "proxy-authorization", "cookie", "x-goog-api-key", "x-auth-token"]
)
def test_secret_headers_are_masked(name: str) -> None:
    assert mask_headers({name: "secret"}) == {name: "***"}


@pytest.mark.parametrize("name", ["content-type", "anthropic-version", "x-mock-session", "user-agent", "host"])
def test_other_headers_stay(name: str) -> None:
    assert not is_secret(name)
    assert mask_headers({name: "value"}) == {name: "value"}


def test_secrets_in_queries_are_masked() -> None:
    assert mask_query("beta=true&api_key=sk-0123456789&key=x") == "beta=true&api_key=***&key=***"
    assert mask_query("beta=true") == "beta=true"
