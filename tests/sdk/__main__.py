"""``make sdk-tests``: runs the SDK's generated tests against a server of each profile.

python -m tests.sdk SDIST PYTHON: the folder of its source distribution, and a Python with what its tests import
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from mockserver import MockServer
from tests.sdk.judging import judge, read_outcomes, read_table, summarize

HERE = Path(__file__).parent
# The endpoints that this server has; each also below beta/.
SUBJECTS = ("test_messages.py", "messages", "test_models.py", "test_files.py", "test_skills.py", "skills")
MOST = 40  # of what is wrong
Profile = Literal["relay", "anthropic"]
PROFILES: tuple[Profile, ...] = ("relay", "anthropic")


def find_tests(sdist: Path) -> list[str]:
    """The paths of the tests in question, from the folder of the source distribution."""
    below = ("tests/api_resources", "tests/api_resources/beta")
    found = [f"{folder}/{name}" for folder in below for name in SUBJECTS if (sdist / folder / name).exists()]
    assert any("beta/messages" in path for path in found), f"the SDK's tests are laid out otherwise: {found}"
    return found


def run(profile: Profile, sdist: Path, python: str) -> list[str]:
    """What is wrong in a profile."""
    with MockServer(HERE / "objects.yaml", profile=profile) as server, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        environment = {**os.environ, "MOCK_URL": server.url, "PYTHONPATH": str(HERE)}
        command = [python, "-m", "pytest", "-p", "own_session", "-q", "--no-header", f"--junit-xml={report}"]
        # What is judged is the message of each failure; tracebacks of hundreds take most of the time.
        command += ["--tb=line", *find_tests(sdist)]
        subprocess.run(command, cwd=sdist, env=environment, stdout=subprocess.DEVNULL, check=False)
        outcomes = read_outcomes(report.read_text(encoding="utf-8"))
    print(f"profile {profile}:", *summarize(outcomes), sep="\n", flush=True)
    return judge(outcomes, read_table(profile))


def main(sdist: str, python: str) -> int:
    wrong = [f"{profile}: {text}" for profile in PROFILES for text in run(profile, Path(sdist), python)]
    print(*wrong[:MOST], *[f"and {len(wrong) - MOST} more"] * (len(wrong) > MOST), sep="\n")
    print(f"{len(wrong)} things are not as tests/sdk/expected.yaml says" if wrong else "all are as the table says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], str(Path(sys.argv[2]).absolute())))
