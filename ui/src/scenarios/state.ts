// What the view holds: the rows, what can be saved where, and what was said last.
import { computed, effect, signal } from "@preact/signals";
import { version } from "../list/journal.ts";
import type { Fixtures, Obj, Scenario } from "../types.ts";
import { listScenarios, listSessions, readFixtures, readSchema } from "./api.ts";
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
    schema.peek() ?? readSchema().catch(() => undefined),
    readFixtures(),
    listSessions(),
  ]);
  schema.value = found;
  fixtures.value = writable;
  sessions.value = names;
}

// Files may have been loaded though no request came. Long lists are read less often.
const [SOON_MS, IDLE_MS, LONG] = [500, 10_000, 1000];

/** Refresh the rows while requests come and somebody looks. Returns what ends it. */
export function watch(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    timer = undefined;
    if (!document.hidden) void refresh();
  };
  const isLong = (): boolean => (rows.peek()?.length ?? 0) > LONG;
  const stop = effect(() => {
    void version.value;
    timer ??= setTimeout(look, isLong() ? IDLE_MS : SOON_MS);
  });
  const idle = setInterval(() => isLong() || (timer ??= setTimeout(look)), IDLE_MS);
  return () => {
    stop();
    clearInterval(idle);
    clearTimeout(timer);
  };
}
