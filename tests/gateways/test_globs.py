"""Names with ``*``: in them, and in nothing else, characters stand for others."""

from __future__ import annotations

import pytest

from mockserver.gateways.admitting import find_path
from mockserver.gateways.globs import fits, fits_any
from mockserver.gateways.records import Channel, Gateway, PathRow


@pytest.mark.parametrize(
    ("name", "glob", "is_fitting"),
    [
        ("claude-sonnet-5[1m]", "claude-sonnet-5[1m]", True),
        ("claude-sonnet-5m", "claude-sonnet-5[1m]", False),
        ("claude-sonnet-5[1m]", "*[1m]", True),
        ("x?y", "x?y", True),
        ("xzy", "x?y", False),
        ("a/b/c", "a*c", True),
        ("[!a]", "[!a]", True),
        ("", "*", True),
        ("a", "A", False),
        ("a\nb", "a*b", True),
    ],
)
def test_only_stars_stand_for_others(name: str, glob: str, is_fitting: bool) -> None:
    assert fits(name, glob) is is_fitting
    assert fits_any(name, ("no", glob)) is is_fitting


def test_channels_and_paths_take_names_as_they_are() -> None:
    assert Channel("a", ("claude-opus-5[1m]",)).takes("claude-opus-5[1m]")
    row = PathRow("/v1/a[b]")
    assert find_path(Gateway("g", paths=(row,)), "GET", "/v1/a[b]") is row
    assert find_path(Gateway("g", paths=(row,)), "GET", "/v1/ab") is None
