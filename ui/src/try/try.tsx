import type { JSX } from "preact";

export function Try(): JSX.Element {
  return <h2>Try</h2>;
}
