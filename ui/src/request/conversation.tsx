// The conversation as a person reads it: settings, tools, system prompt, turns, and apart from them the answer.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Fold } from "../parts/fold.tsx";
import { formatCount } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { cutLine, escapeJson, makeVisible } from "../parts/text.ts";
import { get, getText, isObject } from "../parts/values.ts";
import type { Entry, Json } from "../types.ts";
import { asRead } from "../wires.ts";
import { AnswerView } from "./answer.tsx";
import { BlockView } from "./blocks.tsx";
import { findPlace, hasConversation, readConversation, type Block, type Conversation, type Parameter, type Turn } from "./conversation.ts";
import { anchor, CacheMark, Findings } from "./marks.tsx";

export function ConversationTab({ entry, at }: { entry: Entry; at: string | null }): JSX.Element {
  const read = useMemo(() => asRead(entry), [entry]);
  const conversation = useMemo(() => readConversation(read), [read]);
  const root = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => (at === null ? null : findShown(conversation, at)), [conversation, at]);
  useEffect(() => {
    if (shown === null) return;
    root.current?.querySelector("[data-marked]")?.scrollIntoView({ block: "center" });
  }, [shown]);
  return (
    <div class="conversation" ref={root}>
      <Findings findings={conversation.findings} />
      {hasConversation(read) ? <Asked entry={read} conversation={conversation} at={shown} /> : <Body body={entry.body} />}
      <AnswerView entry={read} blocks={conversation.answer} at={shown} />
    </div>
  );
}

/** The path of the part that is shown for a path, which may lead deeper. */
function findShown(conversation: Conversation, at: string): string | null {
  const { parameters, tools, system, turns, answer } = conversation;
  const blocks = [...turns.flatMap((turn) => turn.blocks), ...tools, ...system, ...(answer ?? [])];
  const parts = [...parameters, ...turns, ...blocks, ...blocks.flatMap((block) => block.result ?? [])];
  return findPlace(new Map(parts.map(({ path }) => [path, path])), at) ?? null;
}

function Body({ body }: { body: Json }): JSX.Element {
  const isEmpty = body === null || body === "";
  return (
    <section class="part">
      <h3 class="part-title">Body</h3>
      {isEmpty ? <p class="nothing">The request has no body.</p> : <JsonView value={body} />}
    </section>
  );
}

interface AskedProps {
  entry: Entry;
  conversation: Conversation;
  at: string | null;
}

function Asked({ entry, conversation, at }: AskedProps): JSX.Element {
  const { parameters, tools, system, turns } = conversation;
  const sent = entry.messages ? (Array.isArray(get(entry.body, "messages")) ? (get(entry.body, "messages") as Json[]).length : 0) : null;
  return (
    <>
      <Parameters parameters={parameters} isLong={turns.length > 2} at={at} />
      {tools.length > 0 && <Tools tools={tools} at={at} />}
      {system.length > 0 && (
        <section class="turn turn-system" aria-label="System prompt">
          <h3 class="turn-role">system</h3>
          <div class="turn-blocks">{system.map((block) => <BlockView block={block} at={at} key={block.path} />)}</div>
        </section>
      )}
      {sent !== null && <p class="note">A message thread: {formatCount(sent)} of these {formatCount(turns.length)} messages were sent, the others are of the thread.</p>}
      <Turns turns={turns} at={at} />
    </>
  );
}

// Of a long conversation the end is read most.
const LATEST = 16;
const STEP = 100;

function Turns({ turns, at }: { turns: Turn[]; at: string | null }): JSX.Element {
  const more = useSignal(0);
  const concerned = turns.findIndex((turn) => isConcerned(turn, at));
  const most = Math.max(LATEST + more.value, concerned < 0 ? 0 : turns.length - concerned);
  // A few more are not worth a click.
  const from = turns.length - most < LATEST ? 0 : turns.length - most;
  return (
    <>
      {from > 0 && (
        <button type="button" class="more" onClick={() => (more.value += STEP)}>
          {from > STEP ? `Show ${STEP} of ${formatCount(from)} earlier messages` : `Show ${formatCount(from)} earlier messages`}
        </button>
      )}
      {turns.slice(from).map((turn) => <TurnView turn={turn} at={at} key={turn.path} />)}
    </>
  );
}

/** Whether something in a turn is objected to, or looked for. */
function isConcerned(turn: Turn, at: string | null): boolean {
  const parts = [turn, ...turn.blocks, ...turn.blocks.flatMap((block) => block.result ?? [])];
  return parts.some((part) => part.findings.length > 0 || part.path === at);
}

interface ParametersProps {
  parameters: Parameter[];
  isLong: boolean;
  at: string | null;
}

/** The parameters; of a long conversation with the way to its answer. */
function Parameters({ parameters, isLong, at }: ParametersProps): JSX.Element {
  const jump = (event: Event): void => (event.currentTarget as Element).closest(".conversation")?.querySelector(".answer")?.scrollIntoView();
  return (
    <ul class="parameters" aria-label="Parameters">
      {parameters.map(({ path, value, findings }) => (
        <li class="parameter" key={path} {...anchor(path, at)} data-objected={findings.length > 0 ? "" : undefined}>
          <bdi class="parameter-name">{cutLine(path, 60)}</bdi> <ParameterValue value={value} />
          <Findings findings={findings} />
        </li>
      ))}
      {isLong && <li class="to-answer"><button type="button" class="more" onClick={jump}>To the answer</button></li>}
    </ul>
  );
}

function ParameterValue({ value }: { value: Json }): JSX.Element {
  if (typeof value === "string") return <bdi class="parameter-value">{cutLine(value, 200)}</bdi>;
  const text = escapeJson(value).slice(0, 400);
  if (typeof value !== "object" || text.length <= 120) return <bdi class="parameter-value">{tellShort(value)}</bdi>;
  return <Fold class="inline" summary={<bdi class="parameter-value">{cutLine(text, 80)}</bdi>}>{() => <JsonView value={value} />}</Fold>;
}

/** {"type": "enabled", "budget_tokens": 2048} as "enabled, budget_tokens 2048". */
function tellShort(value: Json): string {
  if (!isObject(value)) return escapeJson(value);
  const { type, ...rest } = value;
  const words = Object.entries(rest).map(([name, each]) => `${name} ${typeof each === "string" ? each : escapeJson(each)}`);
  return cutLine([...(typeof type === "string" ? [type] : []), ...words].join(", "), 120) || "{}";
}

function Tools({ tools, at }: { tools: Block[]; at: string | null }): JSX.Element {
  const names = tools.slice(0, 40).map((tool) => getText(tool.value, "name") || tool.type);
  const isOpen = tools.some((tool) => tool.findings.length > 0 || tool.path === at);
  return (
    <Fold class="plain tools" isOpen={isOpen} summary={<><span class="label">{formatCount(tools.length)} tool{tools.length === 1 ? "" : "s"}</span> <bdi class="preview">{cutLine(names.join(", "), 200)}</bdi></>}>
      {() => tools.map((tool) => <Tool tool={tool} at={at} key={tool.path} />)}
    </Fold>
  );
}

function Tool({ tool, at }: { tool: Block; at: string | null }): JSX.Element {
  const { value, path, findings, cache, type } = tool;
  const about = getText(value, "description") || (type === "tool" || type === "custom" ? "" : type);
  return (
    <div {...anchor(path, at)} data-objected={findings.length > 0 ? "" : undefined}>
      <Fold class="plain" summary={<><bdi class="call-name">{cutLine(getText(value, "name") || type, 100)}</bdi> <bdi class="preview">{cutLine(about, 160)}</bdi></>}>
        {() => <JsonView value={value} budget={60} />}
      </Fold>
      <Findings findings={findings} />
      <CacheMark ttl={cache} />
    </div>
  );
}

const ROLES = new Set(["user", "assistant", "system"]);

export function TurnView({ turn, at }: { turn: Turn; at: string | null }): JSX.Element {
  const { role, blocks, moved, path, findings } = turn;
  const known = ROLES.has(role) ? role : "other";
  return (
    <section class={`turn turn-${known}`} aria-label={`Message ${path.slice(9)}`} {...anchor(path, at)} data-objected={findings.length > 0 ? "" : undefined}>
      <h3 class="turn-role"><bdi>{makeVisible(role.slice(0, 40))}</bdi> <span class="turn-number">{path.slice(9)}</span></h3>
      <div class="turn-blocks">
        {blocks.map((block) => <BlockView block={block} at={at} key={block.path} />)}
        {moved > 0 && <p class="nothing">{moved === 1 ? "A tool result, shown with its call" : `${moved} tool results, shown with their calls`}</p>}
        {moved === 0 && blocks.length === 0 && <p class="nothing">no content</p>}
        <Findings findings={findings} />
      </div>
    </section>
  );
}
