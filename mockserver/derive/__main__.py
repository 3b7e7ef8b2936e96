"""Writes the schema files: ``python -m mockserver.derive``, the same as ``make schemas``."""

from __future__ import annotations

from mockserver.derive import faults, prebuilding, write
from mockserver.reference import schemas


def main() -> None:
    """Write the schema files and what is prebuilt from them, and print the names of those that changed."""
    folder = schemas.folder()
    changed = [f"schemas/{name}" for name in (*write(folder), *faults.write(folder))]
    schemas.clear_caches()
    changed += [f"mockserver/reference/data/prebuilt/{name}" for name in prebuilding.write()]
    print("\n".join(f"{name} changed" for name in changed) or "schemas/ is up to date")


if __name__ == "__main__":
    main()
