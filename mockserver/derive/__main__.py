"""Writes the schema files and the tables of the docs: ``python -m mockserver.derive``, the same as ``make schemas``."""

from __future__ import annotations

from mockserver.derive import config, pages, prebuilding, scenarios, surface, write
from mockserver.reference import schemas


def main() -> None:
    """Write all derived files, and print the names of those that changed."""
    folder = schemas.folder()
    written = (*write(folder), *surface.write(folder), *scenarios.write(folder), *config.write(folder))
    changed = [f"schemas/{name}" for name in written]
    changed += [f"docs/{name}" for name in pages.write(folder.parent / "docs")]
    schemas.clear_caches()
    changed += [f"mockserver/reference/data/prebuilt/{name}" for name in prebuilding.write()]
    print("\n".join(f"{name} changed" for name in changed) or "schemas/ is up to date")


if __name__ == "__main__":
    main()
