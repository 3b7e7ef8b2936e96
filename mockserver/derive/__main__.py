"""Writes the schema files: ``python -m mockserver.derive``, the same as ``make schemas``."""

from __future__ import annotations

from mockserver import schemas
from mockserver.derive import readying, write


def main() -> None:
    """Writes the schema files and what is made ready of them, and says which ones changed."""
    changed = [f"schemas/{name}" for name in write(schemas.folder())]
    schemas.forget()
    changed += [f"mockserver/data/ready/{name}" for name in readying.write()]
    print("\n".join(f"{name} changed" for name in changed) or "schemas/ is up to date")


if __name__ == "__main__":
    main()
