"""Writes the schema files: ``python -m mockserver.derive``, the same as ``make schemas``."""

from __future__ import annotations

from mockserver import schemas
from mockserver.derive import write


def main() -> None:
    """Writes the schema files and says which ones changed."""
    changed = write(schemas.folder())
    print("\n".join(f"schemas/{name} changed" for name in changed) or "schemas/ is up to date")


if __name__ == "__main__":
    main()
