// The head of a request: what came, what was answered by whom, what it cost, and what can be done with it.
import type { ComponentChildren, JSX } from "preact";
import { useKeys } from "../frame/keys.ts";
import { StatusBadge } from "../parts/badge.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { formatCost, formatCount, formatDuration, formatTime } from "../parts/format.ts";
import { countInput } from "../list/totals.ts";
import { cutLine, makeVisible } from "../parts/text.ts";
import { go, link, linkToRequest } from "../router.ts";
import type { Source } from "../source.ts";
import type { Entry, Tokens } from "../types.ts";
import { ScenarioName } from "./answerer.tsx";
import { canCopy, writeCode, type Language } from "./code.ts";
import { findNeighbours, useLoaded } from "./loading.ts";
import { tellAnswerer } from "./why.ts";
import { tellGateway } from "../wires.ts";

interface Props {
  source: Source;
  entry: Entry;
  /** The address of the API, for code. */
  base: string;
}

export function Head({ source, entry, base }: Props): JSX.Element {
  const { method, path, status, finished, faults } = entry;
  return (
    <header class="request-head">
      <div class="request-line">
        <h2 class="request-title">
          <span class="request-method">{cutLine(method, 20)}</span> <bdi class="request-path">{cutLine(path, 400)}</bdi>
        </h2>
        <StatusBadge status={status} />
        {entry.wire !== "messages" && <span class="mark mark-wire" title="It came and was answered in this wire format">{entry.wire}</span>}
        {!finished && <span class="mark mark-live">streaming</span>}
        {faults.map((fault, index) => <span class="mark mark-fault" key={index}>{cutLine(fault, 40)}</span>)}
        <Neighbours source={source} entry={entry} />
      </div>
      <Facts entry={entry} isLive={source.isLive} />
      <Actions entry={entry} base={base} isLive={source.isLive} />
    </header>
  );
}

function Neighbours({ source, entry }: { source: Source; entry: Entry }): JSX.Element {
  const { value } = useLoaded(() => findNeighbours(source, entry), [entry.number, entry.finished]).value;
  const step = (to: number | null | undefined): boolean => to != null && (go(linkToRequest(to)), true);
  useKeys({ "[": () => step(value?.previous), "]": () => step(value?.next) });
  return (
    <nav class="request-steps" aria-label="Requests of this conversation">
      <Step number={value?.previous ?? null} sign="‹" shortcut="[" title="Previous request of the conversation" />
      <Step number={value?.next ?? null} sign="›" shortcut="]" title="Next request of the conversation" />
      <a class="step" href={linkToRequest(null)} title="Close (Escape)" aria-label="Close this request">×</a>
    </nav>
  );
}

interface StepProps {
  number: number | null;
  sign: string;
  shortcut: string;
  title: string;
}

function Step({ number, sign, shortcut, title }: StepProps): JSX.Element {
  if (number === null) return <span class="step step-off" aria-hidden="true">{sign}</span>;
  return <a class="step" href={linkToRequest(number)} title={`${title}: ${number} (${shortcut})`} aria-label={`${title}: ${number}`}>{sign}</a>;
}

/** A wide one has room for what comes later, so that nothing moves. */
function Fact({ name, children, isWide = false }: { name: string; children: ComponentChildren; isWide?: boolean }): JSX.Element {
  return <div class={isWide ? "request-fact request-fact-wide" : "request-fact"}><dt>{name}</dt><dd>{children}</dd></div>;
}

function Facts({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element {
  const { model, session, at, tokens, cost, number, stream } = entry;
  const gateway = tellGateway(entry);
  return (
    <dl class="request-facts">
      <Fact name={entry.scenario === null ? "Answer" : "Answered by"}><Answerer entry={entry} isLive={isLive} /></Fact>
      {model !== null && <Fact name="Model"><bdi class="mono">{cutLine(model, 120)}</bdi>{stream && <span class="detail"> stream</span>}</Fact>}
      {tokens && <Fact name="Tokens"><TokenCounts tokens={tokens} /></Fact>}
      {cost !== null && cost !== undefined && <Fact name="Cost">{formatCost(cost)}</Fact>}
      <Fact name="First byte / total" isWide><Times entry={entry} /></Fact>
      <Fact name="Came"><time dateTime={new Date(at * 1000).toISOString()}>{formatTime(at)}</time> <span class="detail">#{number}</span></Fact>
      {gateway !== null && <Fact name="Gateway"><bdi>{cutLine(gateway, 200)}</bdi></Fact>}
      {session && <Fact name="Session"><bdi>{cutLine(session, 80)}</bdi></Fact>}
    </dl>
  );
}

function Answerer({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element {
  if (entry.scenario !== null) return <ScenarioName entry={entry} isLive={isLive} />;
  const word = tellAnswerer(entry);
  return (
    <>
      <a href={linkToRequest(entry.number, "why")}>{word}</a>
      {entry.rule !== null && <> <code class="detail">{makeVisible(entry.rule)}</code></>}
    </>
  );
}

function TokenCounts({ tokens }: { tokens: Tokens }): JSX.Element {
  const { output, cache_read_input: read, cache_creation_input: written } = tokens;
  return (
    <>
      {formatCount(countInput({ tokens }))} in, {formatCount(output)} out
      {(read > 0 || written > 0) && <span class="detail"> · {formatCount(read)} cached, {formatCount(written)} written to the cache</span>}
    </>
  );
}

function Times({ entry }: { entry: Entry }): JSX.Element {
  const { first_byte_ms: first, duration_ms: all, finished } = entry;
  const begin = first === null || first === undefined ? "–" : formatDuration(first);
  return <>{`${begin} / ${finished ? formatDuration(all) : "…"}`}</>;
}

const LANGUAGES: [Language, string][] = [["curl", "curl"], ["python", "Python"], ["typescript", "TypeScript"]];

function Actions({ entry, base, isLive }: { entry: Entry; base: string; isLive: boolean }): JSX.Element {
  return (
    <div class="request-actions">
      {isLive && <a class="button button-main" href={`${link("scenarios")}?from=${entry.number}`}>Make a scenario of it</a>}
      {isLive && <a class="button" href={`${link("try")}?from=${entry.number}`}>Try again</a>}
      {canCopy(entry) && (
        <span class="request-copy" role="group" aria-label="Copy as code">
          <span class="detail">Copy as</span>
          {LANGUAGES.map(([language, label]) => (
            <CopyButton key={language} label={label} text={() => writeCode(language, entry, base)} />
          ))}
        </span>
      )}
    </div>
  );
}
