import type { JSX } from "preact";

export function Server(): JSX.Element {
  return <h2>Server</h2>;
}
