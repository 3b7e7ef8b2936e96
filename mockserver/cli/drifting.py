"""``mockserver drift``: compares the schemas with the SDK installed beside the command."""

from __future__ import annotations

from mockserver.cli.output import tell, tell_error


def drift() -> int:
    """Print each difference; return the exit status: 1 when there is one, 2 when there is no SDK to compare with."""
    try:
        import anthropic

        from mockserver.derive import find_differences
    except ModuleNotFoundError as error:
        tell_error(f"mockserver: drift compares with the anthropic SDK; {error.name} is not installed here.")
        return 2
    differences = find_differences()
    for line in differences:
        tell(line)
    tell_error(f"{len(differences)} differences from anthropic {anthropic.__version__}")
    return 1 if differences else 0
