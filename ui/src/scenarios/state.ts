// What the view holds: the rows, what can be saved where, and what was said last.
import { computed, signal } from "@preact/signals";
import type { Fixtures, Obj, Scenario } from "../types.ts";
import { listScenarios, listSessions, readFixtures, readNewest, readSchema } from "./api.ts";
import { fits } from "./words.ts";

export const rows = signal<Scenario[] | null>(null);
export const filter = signal("");
export const shownRows = computed(() => (rows.value ?? []).filter((row) => fits(row, filter.value)));
/** Why the rows could not be read. */
export const failure = signal<string | null>(null);

export const schema = signal<Obj | undefined>(undefined);
export const fixtures = signal<Fixtures | null>(null);
export const sessions = signal<string[]>([]);

export interface Notice {
  /** The draft it is about. */
  key: string;
  message: string;
  isMistake: boolean;
  /** The request that may be sent again now. */
  again: number | null;
}
export const notice = signal<Notice | null>(null);

export async function refresh(): Promise<void> {
  try {
    rows.value = await listScenarios();
    failure.value = null;
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  }
}

/** Read what changes seldom. */
export async function prepare(): Promise<void> {
  const [found, writable, names] = await Promise.all([
    readSchema().catch(() => undefined),
    readFixtures(),
    listSessions(),
  ]);
  schema.value = found;
  fixtures.value = writable;
  sessions.value = names;
}

const EVERY_MS = 2000;
// Rows are read anew even where no request came, since files may have been loaded; long lists only when one came.
const [LONG, IDLE_ROUNDS] = [1000, 5];

/** Refresh the rows while requests come and somebody looks. Returns what ends it. */
export function watch(): () => void {
  let newest = -1;
  let rounds = 0;
  const look = async (): Promise<void> => {
    if (document.hidden) return;
    const number = await readNewest().catch(() => newest);
    rounds += 1;
    const isDue = rounds >= IDLE_ROUNDS && (rows.peek()?.length ?? 0) < LONG;
    if ((newest >= 0 && number !== newest) || isDue) {
      rounds = 0;
      await refresh();
    }
    newest = number;
  };
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => clearInterval(timer);
}
