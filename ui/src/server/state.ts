// Asks the server what its view shows, and asks again when something was changed, or has come.
import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { tell } from "../frame/status.ts";
import { version } from "../list/journal.ts";
import { askJson, session } from "../live.ts";
import { describe } from "../parts/field.tsx";
import { useLoaded, type Loaded } from "../request/loading.ts";

/** Counts the times at which all is asked anew. */
const round = signal(0);
/** Requests that come one after the other change the figures once in this time. */
const CALM_MS = 1000;

export function refresh(): void {
  round.value += 1;
}

/** What the control interface answers about the session looked at; `ofAll`: about all sessions. */
export function useAsked<T>(path: string, ofAll = false): Loaded<T> {
  const about = ofAll ? null : session.value;
  return useLoaded(() => askJson<T>(path, { session: about }), [path, about, round.value]).value;
}

/** Ask anew when requests come. */
export function useNews(): void {
  const timer = useSignal<ReturnType<typeof setTimeout> | null>(null);
  const first = version.peek();
  useSignalEffect(() => {
    if (version.value === first || timer.peek() !== null) return;
    timer.value = setTimeout(() => {
      timer.value = null;
      refresh();
    }, CALM_MS);
  });
  useEffect(() => () => clearTimeout(timer.peek() ?? undefined), []);
}

/** Do what no field is for; the page's line says why it was refused. */
export function act(change: () => Promise<unknown>): void {
  change().then(refresh, (error: unknown) => tell(describe(error), "bad"));
}

/** A change that the server may refuse. */
export interface Doing {
  mistake: string | null;
  run: (change: () => Promise<unknown>) => Promise<void>;
}

/** For a field that shows what the server says against its value. */
export function useDoing(): Doing {
  const mistake = useSignal<string | null>(null);
  const run = async (change: () => Promise<unknown>): Promise<void> => {
    mistake.value = null;
    try {
      await change();
    } catch (error) {
      mistake.value = describe(error);
    }
    refresh();
  };
  return { mistake: mistake.value, run };
}
