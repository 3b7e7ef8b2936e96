"""Least absolute deviations with a prior, by weighted least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

Vector = Mapping[str, float]

# Errors below this share count as squares, those above by their size.
SMALL = 0.015
ROUNDS = 25
# The weight of the prior: what a rate costs that is off by its own prior value.
STIFFNESS = 0.15
# Rates whose prior is smaller than this are as free as if it were this.
LEAST = 0.4


class Equation(Struct, frozen=True):
    """``counts`` times the rates should give ``target``; the error is a share of ``size``; ``weight`` is in rows."""

    counts: Vector
    target: float
    size: float
    weight: float = 1.0


def solve(equations: Sequence[Equation], prior: Vector) -> dict[str, float]:
    """The rates that meet the equations best."""
    names = list(prior)
    place = {name: index for index, name in enumerate(names)}
    sparse = [[(place[name], count / row.size) for name, count in row.counts.items()] for row in equations]
    found = [prior[name] for name in names]
    for _ in range(ROUNDS):
        matrix = [[0.0] * len(names) for _ in names]
        right = [0.0] * len(names)
        for entries, row in zip(sparse, equations, strict=True):
            target = row.target / row.size
            error = abs(sum(share * found[at] for at, share in entries) - target)
            weight = row.weight / max(error, SMALL)
            for at, share in entries:
                right[at] += weight * share * target
                line = matrix[at]
                for other, more in entries:
                    line[other] += weight * share * more
        for index, name in enumerate(names):
            stiff = STIFFNESS / max(abs(prior[name]), LEAST) ** 2
            matrix[index][index] += stiff
            right[index] += stiff * prior[name]
        found = _eliminate(matrix, right)
    return dict(zip(names, found, strict=True))


def _eliminate(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a system of linear equations, by Gauss."""
    size = len(right)
    lines = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(lines[row][column]))
        lines[column], lines[pivot] = lines[pivot], lines[column]
        for row in range(column + 1, size):
            if factor := lines[row][column] / lines[column][column]:
                lines[row] = [a - factor * b for a, b in zip(lines[row], lines[column], strict=True)]
    found = [0.0] * size
    for row in reversed(range(size)):
        known = sum(lines[row][at] * found[at] for at in range(row + 1, size))
        found[row] = (lines[row][size] - known) / lines[row][row]
    return found
