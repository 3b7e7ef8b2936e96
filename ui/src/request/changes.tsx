// What is new in a request since the one before it in the conversation, and where the cache prefix broke.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Diff } from "../parts/diff.tsx";
import { Fold } from "../parts/fold.tsx";
import { formatCount } from "../parts/format.ts";
import { cutLine, makeVisible } from "../parts/text.ts";
import type { Source } from "../source.ts";
import type { CacheBreak, Change, Changes, Entry, Json } from "../types.ts";
import { TurnView } from "./conversation.tsx";
import { readTurns } from "./conversation.ts";
import { linkToRequest } from "../router.ts";
import { useLoaded } from "./loading.ts";
import { outline } from "./outline.ts";
import { findMessages, groupChanges, type Group } from "./runs.ts";

export function ChangesTab({ source, entry }: { source: Source; entry: Entry }): JSX.Element {
  const { value, error } = useLoaded(() => source.changes(entry.number), [source, entry.number, entry.finished]).value;
  if (error !== null) return <p class="note" role="status">{error}</p>;
  if (value === null) return <p class="nothing">Loading</p>;
  return <ChangeList changes={value} />;
}

const RELATIONS = { continues: "continues", repeats: "repeats", branches: "branches off from" };

function ChangeList({ changes: { previous, relation, changes, cache } }: { changes: Changes }): JSX.Element {
  const groups = useMemo(() => groupChanges(changes), [changes]);
  if (previous === null) return <p class="nothing">This is the first request of its conversation: there is none to compare it with.</p>;
  const count = (kind: Change["kind"]): string | null => {
    const found = changes.filter((change) => change.kind === kind).length;
    return found === 0 ? null : `${formatCount(found)} ${kind === "same" ? "the same" : kind}`;
  };
  const counts = [count("added"), count("changed"), count("removed"), count("same")].filter(Boolean).join(", ");
  const isPlaced = cache !== null && cache.path !== null && changes.some((change) => change.path === cache.path);
  return (
    <div class="changes">
      <p class="changes-first">
        It {RELATIONS[relation ?? "continues"]} <a href={linkToRequest(previous)}>request {previous}</a>. Parts: {counts || "none"}.
      </p>
      {cache !== null && !isPlaced && <Break cache={cache} />}
      {groups.map((group) => <Run group={group} cache={cache} key={group.changes[0]?.path} />)}
    </div>
  );
}

function Run({ group, cache }: { group: Group; cache: CacheBreak | null }): JSX.Element {
  const messages = findMessages(group);
  if (group.kind === "same") return <Same changes={group.changes} cache={cache} />;
  if (messages !== null) return <Added messages={messages} changes={group.changes} cache={cache} />;
  return <>{group.changes.map((change) => <ChangeItem change={change} cache={cache} key={change.path} />)}</>;
}

interface AddedProps {
  messages: [number, Json][];
  changes: Change[];
  cache: CacheBreak | null;
}

/** Messages that were added, as in the conversation. */
function Added({ messages, changes, cache }: AddedProps): JSX.Element {
  const turns = useMemo(() => readTurns(messages), [changes]);
  const most = useSignal(MOST_ADDED);
  const names = changes.length === 1 ? changes[0]?.path : `${changes[0]?.path} to ${changes.at(-1)?.path}`;
  return (
    <section class="change change-added" aria-label={`${names}, added`}>
      {changes.some((change) => change.path === cache?.path) && cache && <Break cache={cache} />}
      <h3 class="change-title"><bdi>{names}</bdi> <span class="change-kind change-kind-added">added</span></h3>
      <div class="change-turns">{turns.slice(0, most.value).map((turn) => <TurnView turn={turn} at={null} key={turn.path} />)}</div>
      {turns.length > most.value && (
        <button type="button" class="more" onClick={() => (most.value += MOST_ADDED)}>Show more of {formatCount(turns.length)} messages</button>
      )}
    </section>
  );
}

const MOST_ADDED = 40;

/** Where the prefix ends that the cache could give, in words. */
function Break({ cache }: { cache: CacheBreak }): JSX.Element {
  const { path, message } = cache;
  return <p class={path === null ? "cache-note" : "cache-note cache-broken"}><bdi>{makeVisible(message)}</bdi></p>;
}

function Same({ changes, cache }: { changes: Change[]; cache: CacheBreak | null }): JSX.Element {
  const broken = changes.some((change) => change.path === cache?.path);
  const names = changes.map((change) => change.path).join(", ");
  return (
    <>
      {broken && cache && <Break cache={cache} />}
      <Fold class="plain same" summary={<><span class="label">{formatCount(changes.length)} the same</span> <bdi class="preview">{cutLine(names, 200)}</bdi></>}>
        {() => <ul class="same-list">{changes.map(({ path }) => <li key={path}><bdi>{cutLine(path, 200)}</bdi></li>)}</ul>}
      </Fold>
    </>
  );
}

const KINDS = { same: "the same", added: "added", removed: "removed", changed: "changed" };

function ChangeItem({ change, cache }: { change: Change; cache: CacheBreak | null }): JSX.Element {
  const { path, kind } = change;
  return (
    <section class={`change change-${kind}`} aria-label={`${path}, ${KINDS[kind]}`}>
      {cache !== null && cache.path === path && <Break cache={cache} />}
      <h3 class="change-title"><bdi>{cutLine(path, 200)}</bdi> <span class={`change-kind change-kind-${kind}`}>{KINDS[kind]}</span></h3>
      <ChangeText change={change} />
    </section>
  );
}

function ChangeText({ change: { kind, before, after } }: { change: Change }): JSX.Element {
  // What differs is compared whole; elsewhere nobody reads signatures and pictures.
  const isBrief = kind !== "changed";
  const old = useMemo(() => outline(before, isBrief), [before, isBrief]);
  const now = useMemo(() => outline(after, isBrief), [after, isBrief]);
  if (kind === "added") return <Diff before={null} after={now} />;
  return <Diff before={old} after={kind === "removed" ? null : now} />;
}
