// The request and the answer as they are, as trees.
import type { JSX } from "preact";
import { CopyButton } from "../parts/copy.tsx";
import { LongText } from "../parts/fold.tsx";
import { JsonView } from "../parts/json.tsx";
import type { Entry, Json } from "../types.ts";

export function RawTab({ entry, at }: { entry: Entry; at: string | null }): JSX.Element {
  const inAnswer = at?.startsWith("answer.") ?? false;
  return (
    <div class="raw">
      <Value title="Request body" value={entry.body} at={inAnswer || entry.read ? null : at} none="The request has no body." />
      {entry.read && <Value title="As it was read, in the Messages form" value={entry.read} at={inAnswer ? null : at} none="" />}
      {entry.messages && <Value title="The whole conversation of its thread" value={entry.messages} at={null} none="" />}
      <Value title="Answer" value={entry.answer} at={inAnswer && at && !entry.composed ? at.slice(7) : null} none="The journal holds no answer." />
      {entry.composed && <Value title="As it was composed, in the Messages form" value={entry.composed} at={inAnswer && at ? at.slice(7) : null} none="" />}
    </div>
  );
}

function Value({ title, value, at, none }: { title: string; value: Json; at: string | null; none: string }): JSX.Element {
  const text = (): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  const isEmpty = value === null || value === "";
  return (
    <section class="part">
      <header class="part-head">
        <h3 class="part-title">{title}</h3>
        {!isEmpty && <CopyButton text={text} />}
      </header>
      {isEmpty && <p class="nothing">{none}</p>}
      {!isEmpty && (typeof value === "string" ? <LongText text={value} class="text mono" /> : <JsonView value={value} at={at} hasTools />)}
    </section>
  );
}
