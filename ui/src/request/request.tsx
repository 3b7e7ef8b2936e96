// One request: what was asked, what was answered, and why.
import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { useKeys } from "../frame/keys.ts";
import { linkToRequest, place, setQuery } from "../router.ts";
import type { Source } from "../source.ts";
import type { Entry } from "../types.ts";
import { ChangesTab } from "./changes.tsx";
import { ConversationTab } from "./conversation.tsx";
import { EventsTab } from "./events.tsx";
import { Head } from "./head.tsx";
import { HeadersTab } from "./headers.tsx";
import { useEntry } from "./loading.ts";
import { RawTab } from "./raw.tsx";
import { PANEL, Tabs, type Tab } from "./tabs.tsx";
import { WhyTab } from "./why.tsx";

export function RequestView({ source, number }: { source: Source; number: number }): JSX.Element {
  const { value: entry, error, isGone } = useEntry(source, number).value;
  return (
    <article class="request" aria-label={`Request ${number}`}>
      {error !== null && <Missing number={number} error={error} isGone={isGone} />}
      {entry === null && error === null && <p class="request-missing request-waits">Loading</p>}
      {entry !== null && <Loaded source={source} entry={entry} />}
    </article>
  );
}

function Missing({ number, error, isGone }: { number: number; error: string; isGone: boolean }): JSX.Element {
  return (
    <div class="request-missing" role="status">
      <h2>{isGone ? `Request ${number} is not in the journal` : `Request ${number} cannot be shown`}</h2>
      <p><bdi>{isGone ? "It was cleared, made way for newer ones, or never came." : error}</bdi></p>
      <p><a href={linkToRequest(null)}>Back to the requests</a></p>
    </div>
  );
}

/** Where code sends a request that was exported. */
const ELSEWHERE = "http://127.0.0.1:8000";

function listTabs(entry: Entry): Tab[] {
  const objections = entry.findings.length + entry.answer_findings.length + (entry.objection ? 1 : 0);
  return [
    { name: "conversation", title: "Conversation" },
    { name: "why", title: "Why", count: objections },
    { name: "changes", title: "Changes" },
    { name: "events", title: "Events", count: entry.finished ? entry.events_sent : entry.events_total },
    { name: "raw", title: "Raw" },
    { name: "headers", title: "Headers" },
  ];
}

function Loaded({ source, entry }: { source: Source; entry: Entry }): JSX.Element {
  const tabs = listTabs(entry);
  const wanted = place.value.query.get("tab");
  const shown = tabs.some((tab) => tab.name === wanted) ? (wanted as string) : "conversation";
  const at = place.value.query.get("at");
  const choose = useCallback((name: string) => {
    setQuery("at", null);
    setQuery("tab", name);
  }, []);
  useKeys(Object.fromEntries(tabs.map((tab, index) => [String(index + 1), () => choose(tab.name)])));
  return (
    <>
      <Head source={source} entry={entry} base={source.api ?? ELSEWHERE} />
      <Tabs tabs={tabs} shown={shown} onChoose={choose} />
      <div class="request-panel" id={PANEL} role="tabpanel" aria-labelledby={`tab-${shown}`} tabIndex={0}>
        {shown === "conversation" && <ConversationTab entry={entry} at={at} />}
        {shown === "why" && <WhyTab entry={entry} isLive={source.isLive} />}
        {shown === "changes" && <ChangesTab source={source} entry={entry} />}
        {shown === "events" && <EventsTab source={source} entry={entry} />}
        {shown === "raw" && <RawTab entry={entry} at={at} />}
        {shown === "headers" && <HeadersTab entry={entry} />}
      </div>
    </>
  );
}
