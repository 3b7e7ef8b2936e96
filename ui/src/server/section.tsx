// A part of the view, under its heading.
import type { ComponentChildren, JSX } from "preact";
import type { Loaded } from "../request/loading.ts";

interface Props<T> {
  id: string;
  title: string;
  asked: Loaded<T>;
  /** Stands beside the heading. */
  aside?: ComponentChildren;
  isWide?: boolean;
  children: (value: T) => ComponentChildren;
}

export function Section<T>({ id, title, asked, aside, isWide = false, children }: Props<T>): JSX.Element {
  return (
    <section class={isWide ? "card card-wide" : "card"} aria-labelledby={id}>
      <div class="card-head"><h3 id={id}>{title}</h3>{aside}</div>
      {asked.error !== null && <p class="told told-bad" role="alert">{asked.error}</p>}
      {asked.value !== null && children(asked.value)}
    </section>
  );
}
