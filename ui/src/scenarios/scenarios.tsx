import type { JSX } from "preact";

export function Scenarios(): JSX.Element {
  return <h2>Scenarios</h2>;
}
