"""What clients were told, kept by them to hold the server to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

Script = tuple[str, str]  # the session and the name of a scenario


@dataclass
class Batch:
    """A batch that was acknowledged: its session, its custom ids in order, and the script that answers its items."""

    session: str
    custom_ids: list[str]
    script: str


@dataclass
class Ledger:
    """All that was acknowledged, over all lives of a server."""

    scripts: dict[Script, int] = field(default_factory=dict)
    told: dict[Script, set[int]] = field(default_factory=dict)
    # How often a client asked for the next answer of a script, and got none.
    unanswered: dict[Script, int] = field(default_factory=dict)
    files: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    # A deleted file's session, and its content by digest.
    deleted: dict[str, tuple[str, str]] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    # The session and id of each call of this life, and when it was answered; and how many there were before.
    calls: list[tuple[str, str, float]] = field(default_factory=list)
    looked_up: int = 0
    wrong: list[str] = field(default_factory=list)

    def tell(self, script: Script, position: int) -> None:
        """An answer of a script was told; another one of the same position is a mistake."""
        told = self.told.setdefault(script, set())
        if position in told:
            self.wrong.append(f"answer {position} of {script} was given twice")
        told.add(position)

    def lose(self, script: Script) -> None:
        """An answer was asked for, and whether it was used up nobody knows."""
        self.unanswered[script] = self.unanswered.get(script, 0) + 1

    def keep_file(self, file_id: str, session: str, content: bytes) -> None:
        """A file was acknowledged."""
        if file_id in self.files or file_id in self.deleted:
            self.wrong.append(f"two files have the id {file_id}")
        self.files[file_id] = (session, digest(content), len(content))

    def keep_batch(self, batch_id: str, batch: Batch) -> None:
        """A batch was acknowledged."""
        if batch_id in self.batches:
            self.wrong.append(f"two batches have the id {batch_id}")
        self.batches[batch_id] = batch

    def summarize(self) -> str:
        """How much was promised."""
        told = sum(map(len, self.told.values()))
        return (
            f"{told} answers of {len(self.scripts)} scripts, {len(self.files)} files, {len(self.deleted)} deleted, "
            f"{len(self.batches)} batches of {sum(len(batch.custom_ids) for batch in self.batches.values())} items, "
            f"{self.looked_up} calls looked up in the journal"
        )


def digest(content: bytes) -> str:
    """The name of a content, by what it is."""
    return hashlib.sha256(content).hexdigest()
