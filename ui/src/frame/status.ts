// The line in which the page says what went wrong, or was done. It is told in one place.
import { signal } from "@preact/signals";

export interface Status {
  text: string;
  kind: "good" | "bad";
}

export const status = signal<Status | null>(null);
let timer: ReturnType<typeof setTimeout> | null = null;

/** Say something: an error stays until it is closed, or something else is said; all else goes after some seconds. */
export function tell(what: unknown, kind: Status["kind"] = "good"): void {
  const text = what instanceof Error ? what.message : String(what);
  status.value = { text, kind };
  if (timer !== null) clearTimeout(timer);
  timer = kind === "bad" ? null : setTimeout(() => (status.value = null), 5000);
}

export function dismiss(): void {
  status.value = null;
}
