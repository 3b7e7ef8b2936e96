"""The command ``mockserver``, also as ``python -m mockserver``."""

from __future__ import annotations

import gc


def command() -> None:
    """The command line."""
    # Nothing that is made until the command works is garbage: looking for some would only delay it.
    gc.disable()
    from mockserver.cli import main
    from mockserver.cli.output import forget_unwritten, keep_standard_descriptors

    keep_standard_descriptors()
    try:
        main()
    finally:
        forget_unwritten()


if __name__ == "__main__":
    command()
