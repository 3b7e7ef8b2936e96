"""``mockserver drift``: compares the schemas with the SDK installed beside the command."""

from __future__ import annotations

import click


def drift() -> int:
    """Prints each difference; returns the exit status: 1 when there is one, 2 when there is no SDK to compare with."""
    try:
        import anthropic

        from mockserver.derive import drift as differences
    except ModuleNotFoundError as error:
        click.echo(f"mockserver: drift compares with the anthropic SDK; {error.name} is not installed here.", err=True)
        return 2
    found = differences()
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} differences from anthropic {anthropic.__version__}", err=True)
    return 1 if found else 0
