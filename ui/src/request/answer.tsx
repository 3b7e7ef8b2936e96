// What was answered: a message as blocks, an error, or anything else as it is.
import type { JSX } from "preact";
import { LongText } from "../parts/fold.tsx";
import { formatCount } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { cutLine, makeVisible } from "../parts/text.ts";
import { get, getText } from "../parts/values.ts";
import type { Entry, Json, Tokens } from "../types.ts";
import { BlockView } from "./blocks.tsx";
import { tellAnswer, type Block } from "./conversation.ts";
import { linkToRequest } from "../router.ts";

interface Props {
  entry: Entry;
  blocks: Block[] | null;
  at: string | null;
}

export function AnswerView({ entry, blocks, at }: Props): JSX.Element {
  const kind = tellAnswer(entry);
  return (
    <section class={`answer answer-${kind}`} aria-label="Answer">
      <h3 class="answer-title">
        Answer
        {entry.stream && kind === "message" && <span class="detail"> as a stream{entry.finished ? "" : ", still leaving"}</span>}
      </h3>
      {kind === "message" && <Message blocks={blocks ?? []} answer={entry.answer} tokens={entry.tokens} at={at} />}
      {kind === "error" && <Failure entry={entry} />}
      {kind === "raw" && <LongText text={getText(entry.answer, "body") || "(an empty body)"} class="text mono" />}
      {kind === "value" && <JsonView value={entry.answer} />}
      {kind === "none" && <p class="nothing">{entry.finished ? "The journal holds no answer." : "No answer yet."}</p>}
      {entry.faults.length > 0 && (
        <p class="note">
          This is the answer before {cutLine(entry.faults.join(", "), 100)} struck it: <a href={linkToRequest(entry.number, "events")}>Events</a> shows what left.
        </p>
      )}
      {entry.hung_up && <p class="note">The client went away before the answer had left.</p>}
    </section>
  );
}

function Message({ blocks, answer, tokens, at }: { blocks: Block[]; answer: Json; tokens: Tokens | null; at: string | null }): JSX.Element {
  const reason = getText(answer, "stop_reason");
  const sequence = getText(answer, "stop_sequence");
  return (
    <div class="turn-blocks">
      {blocks.length === 0 && <p class="nothing">no content</p>}
      {blocks.map((block) => <BlockView block={block} at={at} key={block.path} />)}
      <p class="detail">
        {reason ? <>Stopped: <bdi>{cutLine(reason, 60)}</bdi></> : "No stop reason"}
        {sequence && <> (<bdi>{cutLine(sequence, 80)}</bdi>)</>}
        {tokens && ` · ${formatCount(tokens.output)} tokens out`}
      </p>
    </div>
  );
}

function Failure({ entry }: { entry: Entry }): JSX.Element {
  const error = get(entry.answer, "error") ?? null;
  const details = get(error, "details");
  return (
    <div class="failure">
      <p class="failure-type">{entry.status} <bdi>{cutLine(getText(error, "type"), 80)}</bdi></p>
      <LongText text={getText(error, "message")} />
      {entry.findings.map(({ rule, source, hint, path }, index) => (
        <p class="detail" key={index}>
          Rule <code>{rule}</code>{path ? <> at <code>{makeVisible(path)}</code></> : null}{source ? <> · <bdi>{makeVisible(source)}</bdi></> : null}
          {hint ? <><br />{hint}</> : null}
        </p>
      ))}
      {details !== undefined && <JsonView value={details} />}
    </div>
  );
}
