// Asks the server what its view shows, and asks again when something was changed.
import { useEffect } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { askJson, session } from "../live.ts";
import { describe } from "../parts/field.tsx";

/** Counts the changes made here. */
const changes = signal(0);

export function refresh(): void {
  changes.value += 1;
}

export interface Asked<T> {
  /** The latest answer; null while there is none. */
  value: T | null;
  error: string | null;
}

/** What the control interface answers about the session looked at; `ofAll`: about all sessions. */
export function useAsked<T>(path: string, ofAll = false): Asked<T> {
  const asked = useSignal<Asked<T>>({ value: null, error: null });
  const about = ofAll ? null : session.value;
  useEffect(() => {
    let isGone = false;
    const keep = (next: Asked<T>): void => {
      if (!isGone) asked.value = next;
    };
    askJson<T>(path, { session: about }).then(
      (value) => keep({ value, error: null }),
      (error: unknown) => keep({ value: asked.value.value, error: describe(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [path, about, changes.value]);
  return asked.value;
}

/** A change that the server may refuse. */
export interface Doing {
  mistake: string | null;
  /** Returns whether it was done. */
  run: (change: () => Promise<unknown>) => Promise<boolean>;
}

export function useDoing(): Doing {
  const mistake = useSignal<string | null>(null);
  const run = async (change: () => Promise<unknown>): Promise<boolean> => {
    mistake.value = null;
    try {
      await change();
    } catch (error) {
      mistake.value = describe(error);
    }
    refresh();
    return mistake.value === null;
  };
  return { mistake: mistake.value, run };
}
