// Changes in runs: what stayed the same is shown together, and so are messages that were added.
import type { Change, ChangeKind, Json } from "../types.ts";

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

/** The messages in a run of added parts, by their places; null where it holds something else. */
export function findMessages({ kind, changes }: Group): [number, Json][] | null {
  if (kind !== "added") return null;
  const messages = changes.map(({ path, after }): [number, Json] => [Number(/^messages\[(\d+)\]$/.exec(path)?.[1] ?? NaN), after]);
  return messages.some(([index]) => Number.isNaN(index)) ? null : messages;
}
