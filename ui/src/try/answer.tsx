// The answer, as it comes. Whatever is said about it is put at its end or into room that is kept for it, so nothing jumps.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { StatusBadge } from "../parts/badge.tsx";
import { formatBytes, formatCount, formatDuration } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { makeVisible } from "../parts/text.ts";
import { Tabs } from "../request/tabs.tsx";
import { link } from "../router.ts";
import type { Json, Obj, Summary } from "../types.ts";
import { AnswerBlock, Code } from "./blocks.tsx";
import { findCalls } from "./body.ts";
import { readCompletion } from "./chat.ts";
import { Events } from "./events.tsx";
import { isObject } from "../parts/values.ts";
import type { Answer, Phase } from "./send.ts";
import { answer, body, follow, isRunning, record } from "./state.ts";

type Tab = "message" | "events" | "json" | "headers";
const TABS = [
  { name: "message", title: "Message" },
  { name: "events", title: "Events" },
  { name: "json", title: "JSON" },
  { name: "headers", title: "Headers" },
];
const PANEL = "answer-panel";

const PHASES: Record<Phase, string> = {
  waiting: "waiting for the answer",
  streaming: "the answer comes in",
  done: "complete",
  cut: "cut off",
  stopped: "stopped by you",
  failed: "no answer",
};

export function AnswerView({ answer }: { answer: Answer }): JSX.Element {
  const tab = useSignal<Tab>("message");
  return (
    <>
      <Head answer={answer} />
      <Tabs tabs={TABS} shown={tab.value} label="The answer as" panel={PANEL} onChoose={(name) => (tab.value = name as Tab)} />
      <Panel answer={answer} tab={tab.value} key={tab.value} />
      <Foot answer={answer} />
    </>
  );
}

function Head({ answer }: { answer: Answer }): JSX.Element {
  const isBad = answer.phase === "cut" || answer.phase === "failed" || (answer.phase === "done" && answer.told.notes.length > 0);
  return (
    <div class="answer-head">
      <p class="answer-state">
        {answer.status === null ? <span class="badge">–</span> : <StatusBadge status={answer.status} />}
        <span role="status" data-bad={isBad || undefined}>{tellPhase(answer)}</span>
      </p>
      <dl class="answer-facts">
        <Fact name="total"><Elapsed answer={answer} /></Fact>
        <Fact name="first byte">{answer.firstMs === null ? "–" : formatDuration(answer.firstMs)}</Fact>
        <Fact name="size">{formatBytes(answer.bytes)}</Fact>
        <Fact name="events">{answer.isStream ? formatCount(answer.events.length) : "–"}</Fact>
        <UsageFacts usage={isObject(answer.body?.usage) ? answer.body.usage : {}} />
      </dl>
    </div>
  );
}

function tellPhase({ phase, told, status, body }: Answer): string {
  if (phase !== "done") return PHASES[phase];
  if (told.error) return "ended with an error";
  if (isObject(body?.error) || (status ?? 0) >= 400) return "answered with an error";
  return told.notes.length ? "ended, but not as the API does" : PHASES.done;
}

/** The time goes on while nothing comes: a stall is to be seen. */
function Elapsed({ answer }: { answer: Answer }): JSX.Element {
  const [, tick] = useState(0);
  const since = useRef(performance.now() - answer.ms);
  const isOpen = answer.phase === "waiting" || answer.phase === "streaming";
  if (answer.phase === "waiting") since.current = performance.now() - answer.ms;
  useEffect(() => {
    if (!isOpen) return undefined;
    since.current = performance.now() - answer.ms;
    const timer = setInterval(() => tick((count) => count + 1), 100);
    return () => clearInterval(timer);
  }, [isOpen]);
  return <>{formatDuration(isOpen ? performance.now() - since.current : answer.ms)}</>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return <div class="answer-fact"><dt>{name}</dt><dd>{children}</dd></div>;
}

function UsageFacts({ usage }: { usage: Obj }): JSX.Element {
  const show = (value: Json | undefined): string => (typeof value === "number" ? formatCount(value) : "–");
  return (
    <>
      <Fact name="input">{show(usage.input_tokens ?? usage.prompt_tokens)}</Fact>
      <Fact name="cache read">{show(usage.cache_read_input_tokens)}</Fact>
      <Fact name="cache write">{show(usage.cache_creation_input_tokens)}</Fact>
      <Fact name="output">{show(usage.completion_tokens ?? usage.output_tokens)}</Fact>
    </>
  );
}

function Panel({ answer, tab }: { answer: Answer; tab: Tab }): JSX.Element {
  const panel = useRef<HTMLDivElement>(null);
  const isComing = answer.phase === "waiting" || answer.phase === "streaming";
  // It follows what comes as long as nobody has scrolled up to read.
  const isAtEnd = useRef(isComing);
  const end = useRef(0);
  if (answer.phase === "waiting") [isAtEnd.current, end.current] = [true, 0];
  useLayoutEffect(() => {
    const box = panel.current;
    if (!box || tab === "headers") return;
    // The event of a scroll comes only after what is drawn now.
    if (box.scrollTop < end.current - 1) isAtEnd.current = false;
    if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    end.current = box.scrollTop;
  });
  const note = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: { currentTarget: HTMLElement }): void => {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  return (
    <div class="answer-panel" id={PANEL} role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0} ref={panel} onScroll={note}>
      {tab === "message" && <Message answer={answer} />}
      {tab === "events" && <Events answer={answer} />}
      {tab === "json" && <Whole answer={answer} />}
      {tab === "headers" && <Headers headers={answer.headers} />}
    </div>
  );
}

/** A tree to be opened is made once all is there. */
function Whole({ answer: { body, text, phase } }: { answer: Answer }): JSX.Element {
  if (!body) return <Code>{text ?? ""}</Code>;
  return phase === "streaming" ? <Code>{JSON.stringify(body, null, 2)}</Code> : <JsonView value={body} hasTools />;
}

function Message({ answer }: { answer: Answer }): JSX.Element {
  const { told } = answer;
  const body = readCompletion(answer.body);
  const content = Array.isArray(body?.content) ? body.content : [];
  const error = isObject(body?.error) ? body.error : null;
  const blocks = answer.isStream ? told.blocks : content.filter(isObject);
  return (
    <>
      <ol class="answer-blocks">
        {blocks.map((block, index) => <AnswerBlock block={block} input={told.inputs[index]} isOpen={told.open.includes(index) && answer.phase === "streaming"} key={index} />)}
      </ol>
      {error && <div class="told told-bad" role="alert"><strong>{String(error.type ?? "error")}</strong><p><bdi>{makeVisible(String(error.message ?? ""))}</bdi></p></div>}
      {body && !error && !Array.isArray(body.content) && <JsonView value={body} />}
      {answer.text !== null && <Code>{answer.text}</Code>}
      <Ending answer={answer} />
    </>
  );
}

function Ending({ answer: { phase, body: given, told, comments } }: { answer: Answer }): JSX.Element {
  const body = readCompletion(given);
  const reason = typeof body?.stop_reason === "string" ? body.stop_reason : null;
  const notes = phase === "waiting" ? [] : told.notes;
  return (
    <>
      {reason && <p class="answer-ending">stop_reason <code>{reason}</code></p>}
      {comments > 0 && <p class="answer-ending">{formatCount(comments)} comment lines came with it.</p>}
      {notes.length > 0 && <ul class="told told-warn answer-notes">{notes.map((note) => <li key={note}><bdi>{makeVisible(note)}</bdi></li>)}</ul>}
    </>
  );
}

function Headers({ headers }: { headers: [string, string][] }): JSX.Element {
  return (
    <table class="pairs">
      <thead class="visually-hidden"><tr><th scope="col">Header</th><th scope="col">Value</th></tr></thead>
      <tbody>{headers.map(([name, value]) => <tr key={name}><th scope="row">{name}</th><td><bdi>{makeVisible(value)}</bdi></td></tr>)}</tbody>
    </table>
  );
}

function Foot({ answer: shown }: { answer: Answer }): JSX.Element {
  const found = readCompletion(shown.body);
  const message = Array.isArray(found?.content) ? found : null;
  const canFollow = message !== null && body.value !== null && !isRunning.value;
  const calls = message ? findCalls(message).length : 0;
  return (
    <div class="answer-foot">
      <button type="button" class="button" disabled={!canFollow || calls === 0} onClick={() => follow("calls")}>Answer the tool calls</button>
      <button type="button" class="button" disabled={!canFollow || calls > 0} onClick={() => follow("turn")}>Go on</button>
      {record.value && answer.value === shown && <RecordLinks record={record.value} />}
    </div>
  );
}

function RecordLinks({ record: { number, scenario, forwarded } }: { record: Summary }): JSX.Element {
  const who = scenario ?? (forwarded ? "an upstream" : "no scenario");
  return (
    <p class="answer-record">
      <span class="dim">by <bdi>{who}</bdi></span> <a href={`${link("requests", number)}?tab=why`}>Why</a> <a href={link("requests", number)}>Request {number}</a>
    </p>
  );
}
