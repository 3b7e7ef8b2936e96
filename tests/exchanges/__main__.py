"""``python -m tests.exchanges COMMIT [--json FILE]``: compares a commit with what is here; exit 1 when they differ."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from .comparing import compare, report
from .replay import Outcomes, read

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """Check the commit out into a worktree, and remove it at the end."""
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, commit], cwd=ROOT, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def replays(folder: Path, *checkouts: Path) -> list[Outcomes]:
    """Replay the exchanges with each checkout, all at the same time.

    Raises:
        RuntimeError: a replay failed; its own messages went to the console.
    """
    # Every replay takes the exchanges of this checkout; order of sets and time zone are the same for all.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC", "PYTHONPATH": str(ROOT)}
    files = [folder / f"{number}.json" for number, _ in enumerate(checkouts)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.exchanges.replay", place, file],
            cwd=ROOT,
            env=environment,
        )
        for place, file in zip(checkouts, files, strict=True)
    ]
    try:
        codes = [process.wait() for process in running]
    finally:
        for process in running:
            process.kill()
    if any(codes):
        raise RuntimeError(f"the replays ended with {codes}")
    return [read(file.read_text("utf-8")) for file in files]


def main() -> int:
    """Compare, and print the differences."""
    parser = argparse.ArgumentParser(prog="python -m tests.exchanges")
    parser.add_argument("commit", help="what to compare with")
    parser.add_argument("--json", type=Path, help="a file for all differences, ungrouped")
    arguments = parser.parse_args()
    # SIGTERM must not leave a worktree behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with TemporaryDirectory() as folder, checkout(arguments.commit, Path(folder) / "base") as base:
        before, after = replays(Path(folder), base, ROOT)
    found = compare(before, after)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=2), "utf-8")
    print(report(found) if found else "No difference.")
    print(f"{len(found)} differences in {len({each.name for each in found})} of {len(after)} exchanges")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
