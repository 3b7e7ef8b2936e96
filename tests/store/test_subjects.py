"""No subject of the conformance tests hides a test of another one."""

from __future__ import annotations

from collections import Counter

from tests.store.conformance import StoreConformance


def test_each_test_has_a_name_of_its_own() -> None:
    names = Counter(name for subject in StoreConformance.__mro__ for name in vars(subject) if name.startswith("test_"))
    assert [name for name, count in names.items() if count > 1] == []
