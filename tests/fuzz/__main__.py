"""``make fuzz``: attacks until the time is over, and says which cases did harm or took long; exit 1 when any did.

python -m tests.fuzz [--minutes M] [--start N] [TARGET ...]
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from random import Random

from tests.fuzz.targets import TARGETS, targets

# Seconds of CPU that one case may take.
SLOW = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Attacks the server with mutated inputs.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--start", type=int, default=1_000_000, help="the number of the first case (default: 1000000)")
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS, "wire"], help="which targets (default: all)")
    options = parser.parse_args()
    deadline, number, harm = time.monotonic() + options.minutes * 60, options.start, 0
    with targets() as found:
        names = options.targets or [*found]
        while time.monotonic() < deadline:
            for name in names:
                started = time.process_time()
                try:
                    found[name](Random(f"{name} {number}"))
                except Exception:
                    harm += 1
                    print(f"HARM  case {number} of {name}\n{traceback.format_exc()}", flush=True)
                if (took := time.process_time() - started) > SLOW:
                    harm += 1
                    print(f"SLOW  case {number} of {name}: {took:.1f} s", flush=True)
            number += 1
    cases = (number - options.start) * len(names)
    print(f"{cases:,} cases of {', '.join(names)}: {harm} did harm")
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
