// The status of an answer, with its colour.
import type { JSX } from "preact";

export function StatusBadge({ status }: { status: number }): JSX.Element {
  return <span class={`badge badge-${Math.floor(status / 100)}xx`}>{status}</span>;
}
