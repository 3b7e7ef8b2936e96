// A JSON value to be read.
import type { JSX } from "preact";
import type { Json } from "../types.ts";

export function JsonView({ value }: { value: Json }): JSX.Element {
  return <pre class="json">{JSON.stringify(value, null, 2)}</pre>;
}
