// Changes in runs: what stayed the same is shown together.
import type { Change, ChangeKind } from "../types.ts";

export interface Group {
  kind: ChangeKind;
  changes: Change[];
}

export function groupChanges(changes: Change[]): Group[] {
  const groups: Group[] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    if (last && last.kind === change.kind) last.changes.push(change);
    else groups.push({ kind: change.kind, changes: [change] });
  }
  return groups;
}
