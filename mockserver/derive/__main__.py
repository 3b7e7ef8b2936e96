"""Writes all derived files, as ``make schemas`` does: ``python -m mockserver.derive``."""

from __future__ import annotations

from mockserver.derive import (
    chat,
    config,
    derive,
    gateways,
    pages,
    prebuilding,
    scenarios,
    suggestions,
    surface,
    write,
)
from mockserver.reference import schemas


def main() -> None:
    """Write all derived files, and print the names of those that changed."""
    folder = schemas.folder()
    written = [*write(derive(), folder), *write(chat.derive(), folder), *surface.write(folder)]
    written += [*scenarios.write(folder), *config.write(folder), *gateways.write(folder)]
    changed = [f"schemas/{name}" for name in written]
    changed += [f"docs/{name}" for name in pages.write(folder.parent / "docs")]
    changed += [f"ui/{name}" for name in suggestions.write(folder.parent / "ui")]
    schemas.clear_caches()
    changed += [f"mockserver/reference/data/prebuilt/{name}" for name in prebuilding.write()]
    print("\n".join(f"{name} changed" for name in changed) or "schemas/ is up to date")


if __name__ == "__main__":
    main()
