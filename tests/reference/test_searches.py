"""The cost of the patterns in callers' schemas is counted before anything is compiled or searched."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.budget import LIMITS, Budget
from mockserver.reference.schemas import callers
from mockserver.reference.schemas.callers import compile_schema, is_valid
from mockserver.reference.schemas.costs import make_budget
from mockserver.reference.schemas.searches import count_comparisons, count_positions, count_steps, measure_size

FOUR_DEEP = r"(((\w{10}){10}){9}){9}x"


@pytest.mark.parametrize(
    ("pattern", "positions"),
    [
        ("", 0),
        ("abc", 3),
        (r"\w\n[a\]b]x", 4),
        ("a{3}", 4),
        ("a{2,5}b", 7),
        ("a{7,}", 8),
        ("a+", 2),
        ("(ab){10}", 31),
        ("((a{10}){10}){10}", 1_221),
        (r"\p{Lu}{2}", 3),
        ("a{,3}", 4),
        ("a{ 2 , 5 }b", 7),
        ("{{)(", 3),
        ("a{00000000000002}", 3),
        ("((((a{9999999999}){9999999999}", 10**12),
    ],
)
def test_repetitions_are_copies(pattern: str, positions: int) -> None:
    assert count_positions(pattern) == positions


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["[", "\\p{", "{1,", "{ ", "{1", "(", "\\", "[\\"])
def test_broken_pattern_is_measured_in_linear_time(part: str) -> None:
    for pattern in (part * 20_000, part + " " * 60_000, part + "1" * 60_000):
        assert measure_size(pattern) >= len(pattern)


def test_wide_classes_are_large() -> None:
    sizes = [measure_size(f"{part}{{100}}") for part in ("a", "[a-z]", ".", r"\p{L}")]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 10 * sizes[-2] > 50 * sizes[0]


def test_long_pattern_is_not_read() -> None:
    assert measure_size("(" * 10_000_000) > LIMITS.schema_patterns


def test_going_back_costs_the_square_of_the_length() -> None:
    assert count_comparisons(5, 1_000, backtracks=False) == 5_000
    assert count_comparisons(5, 1_000, backtracks=True) == 6_000_000
    assert count_steps("(?=a)[ab]*c", "a" * 10_000) > 100 * count_steps("(?:a)[ab]*c", "a" * 10_000)


TOO_LARGE: dict[str, Any] = {
    "nested": {"pattern": "((\\W{90}){90}){90}"},
    "many": {"anyOf": [{"pattern": f"(.{{90}}){{50}}{number}"} for number in range(30)]},
    "names": {"patternProperties": {f"(.{{90}}){{50}}{number}": {} for number in range(30)}},
    "long": {"pattern": "a" * 200_000},
}


@pytest.mark.parametrize("schema", TOO_LARGE.values(), ids=TOO_LARGE)
def test_large_patterns_are_not_compiled(monkeypatch: pytest.MonkeyPatch, schema: Any) -> None:
    monkeypatch.setattr(callers, "_compile", lambda *_: pytest.fail("it is compiled"))
    assert compile_schema(schema) is None


def test_patterns_of_several_schemas_share_a_budget() -> None:
    budget = make_budget()
    found = [compile_schema({"pattern": f"(.{{90}}){{50}}{number}"}, budget=budget) for number in range(30)]
    assert found[0] is not None
    assert found[-1] is None


COSTLY: dict[str, tuple[Any, Any]] = {
    "lookahead": ({"anyOf": [{"pattern": f"(?=a)[ab]*c{number}"} for number in range(200)]}, "a" * 10_000),
    "linear": ({"anyOf": [{"pattern": f"[ab]{{50}}c{number}"} for number in range(200)]}, "a" * 100_000),
    "one search": ({"pattern": FOUR_DEEP}, "a" * 8_100),
    "names": ({"patternProperties": {f"[ab]{{50}}c{number}": {} for number in range(200)}}, {"a" * 100_000: 1}),
    "a name": ({"propertyNames": {"pattern": FOUR_DEEP}}, {"a" * 8_100: 1}),
    "items": ({"items": {"pattern": "(?=a)[ab]*c"}}, [f"{number}" * 300 for number in range(500)]),
    "a text that is a pattern": ({"items": {"format": "regex"}}, [f"(.{{90}}){{50}}{n}" for n in range(300)]),
    "a long pattern": ({"format": "regex"}, "a" * 3_000_000),
}


@pytest.mark.parametrize(("schema", "value"), COSTLY.values(), ids=COSTLY)
def test_costly_search_is_not_begun(schema: Any, value: Any) -> None:
    compiled = compile_schema(schema)
    assert compiled is not None
    assert not compiled.is_affordable(value)
    assert not is_valid(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^.{1,4000}$"}, "x" * 4_000),
        ({"pattern": "^[A-Za-z0-9+/]+$"}, "x" * 1_000_000),
        ({"items": {"pattern": "^[a-z0-9-]{1,64}$"}}, ["some-name"] * 1_000),
        ({"items": {"pattern": r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$"}}, ["Passw0rdPassw0rd"] * 100),
        ({"patternProperties": {"^x-": {"type": "string"}}}, {f"x-{n}": "x" for n in range(1_000)}),
    ],
)
def test_common_patterns_are_checked(schema: Any, value: Any) -> None:
    assert is_valid(schema, value)


def test_several_values_share_a_budget() -> None:
    budget, schema = make_budget(), {"pattern": "[ab]{50}c"}
    assert [is_valid(schema, "a" * 300_000 + "c", budget) for _ in range(4)] == [True, True, False, False]
    assert not is_valid({"pattern": "a"}, "a", Budget(0, 10**6))
