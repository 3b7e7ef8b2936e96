"""``make fit``: fits the rates of ``mockserver/reference/tokens/rates.py`` and prints them, with five-fold figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import ceil
from statistics import median, quantiles
from textwrap import wrap

from mockserver.blocks.counting import measure_request
from mockserver.reference.catalog import lookup
from mockserver.reference.tokens import Rates
from tests.fitting.prior import KNOWN, KNOWN_WEIGHT, PRIOR, SCRIPTS
from tests.fitting.rows import FOLDS, Row, choose_tokenizer, list_groups, read_rows
from tests.fitting.solving import Equation, solve

# Counts are rounded up.
HALF = 0.5
NOTHING = Rates()
ONE = {name: Rates(**{name: 1.0}) for name in {**PRIOR["old"], **PRIOR["new"]}}


def describe(row: Row) -> Equation:
    """How often a request holds each thing that has a rate, and the tokens that these have to explain."""
    model, tokenizer = lookup(row.body["model"]), choose_tokenizer(row)
    fixed, nothing = measure_request(row.body, model, SCRIPTS[tokenizer]), measure_request(row.body, model, NOTHING)
    counts = {name: measure_request(row.body, model, ONE[name]) - nothing for name in PRIOR[tokenizer]}
    target = row.tokens - HALF - fixed
    weight = KNOWN_WEIGHT if row.id.startswith("known") else 1.0
    return Equation({name: count for name, count in counts.items() if count}, target, row.tokens, weight)


def find_error(equation: Equation, rates: Mapping[str, float]) -> float:
    """How far the count is from the tokens, as a share of them."""
    counted = sum(rates[name] * count for name, count in equation.counts.items())
    return ceil(counted - equation.target - HALF) / equation.size


def list_known() -> list[Row]:
    """The known prompts as rows."""
    return [
        Row(
            f"known {text}",
            {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": text}]},
            tokens,
            True,
        )
        for text, tokens in KNOWN.items()
    ]


def summarize(errors: Iterable[float]) -> str:
    """Number, median and 90th percentile."""
    sizes = [abs(error) for error in errors]
    worst = quantiles(sizes, n=10)[-1] if len(sizes) > 9 else max(sizes)
    return f"{len(sizes)} | {100 * median(sizes):.1f} % | {100 * worst:.1f} % |"


def show_rates(tokenizer: str, rates: Mapping[str, float]) -> str:
    """The rates as they stand in ``rates.py``."""
    scripts = {
        name: value for name in SCRIPTS[tokenizer].__struct_fields__ if (value := getattr(SCRIPTS[tokenizer], name))
    }
    lines = wrap(", ".join(f"{name}={value:.3g}" for name, value in rates.items()) + ",", 112)
    lines.append(", ".join(f"{name}={value:.3g}" for name, value in scripts.items()) + ",")
    return f"{tokenizer.upper()} = Rates(\n" + "".join(f"    {line}\n" for line in lines) + "    ..., \n)"


def main() -> None:
    """Fit, cross-validate, print."""
    rows = [*read_rows(), *list_known()]
    described = {row.id: describe(row) for row in rows}
    errors: dict[str, list[float]] = defaultdict(list)
    for tokenizer, prior in PRIOR.items():
        own = [row for row in rows if choose_tokenizer(row) == tokenizer]
        print(show_rates(tokenizer, solve([described[row.id] for row in own], prior)), "\n")
        for fold in range(FOLDS):
            rates = solve([described[row.id] for row in own if row.fold != fold], prior)
            for row in own:
                if row.fold == fold and not row.missed:
                    equation = described[row.id]
                    for group in list_groups(row):
                        errors[group].append(find_error(equation, rates))
    for group in sorted(errors, key=lambda group: -len(errors[group])):
        print(f"| {group} |", summarize(errors[group]))


if __name__ == "__main__":
    main()
