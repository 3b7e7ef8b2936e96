"""The version of this package, and the Python it needs; the build runs this too."""

import sys

__version__ = "0.1.0"

if sys.version_info < (3, 10):  # noqa: UP036  whoever has an older one is told so by name
    raise ImportError(
        "messages-mockserver needs Python 3.10 or newer, and this is Python {}.{}.{}: use another interpreter, "
        "such as `make PYTHON=python3.12 run`".format(*sys.version_info[:3])
    )
