// What the bar of a running server has: which session is looked at, and whether the list is up to date.
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { connection, isPaused, restart, rows, version, waiting } from "../list/journal.ts";
import { askJson, needsToken, OWN_SESSION, session, setSession } from "../live.ts";
import { makeVisible } from "../parts/text.ts";
import { go, link } from "../router.ts";
import type { Session } from "../types.ts";
import { useKeys } from "./keys.ts";
import { TokenDialog } from "./token.tsx";

export function Tools(): JSX.Element {
  useSession();
  useKeys({
    s: () => go(link("scenarios")),
    t: () => go(link("try")),
    v: () => go(link("server")),
  });
  return (
    <>
      <Connection />
      <SessionSwitch />
      {needsToken.value && <TokenDialog />}
    </>
  );
}

/** Other requests are listed when another session is looked at. */
function useSession(): void {
  const known = useRef(session.peek());
  useSignalEffect(() => {
    if (session.value === known.current) return;
    known.current = session.value;
    setSession(session.value);
    restart();
  });
}

const STATES = {
  none: ["", ""],
  connecting: ["Connecting", "wait"],
  live: ["Live", "good"],
  reconnecting: ["Reconnecting", "wait"],
  off: ["Not live", "bad"],
} as const;

function Connection(): JSX.Element {
  const [word, kind] = isPaused.value ? (["Paused", "paused"] as const) : STATES[connection.value];
  return (
    <span class={`connection connection-${kind}`}>
      <span class="dot" />
      <span role="status">{word}</span>
      {isPaused.value && waiting.value > 0 && <span class="count">{waiting.value}</span>}
    </span>
  );
}

/** The names of the sessions of the server, or, where it does not list them, of the requests that are known. */
function useSessions(): { names: readonly Session[]; refresh: () => void } {
  const told = useSignal<readonly Session[] | null>(null);
  const names = useComputed(() => told.value ?? countSessions(version.value));
  const refresh = (): void => {
    askJson<{ sessions: Session[] }>("sessions", { session: null, query: { limit: "1000" } }).then(
      ({ sessions }) => (told.value = sessions),
      () => (told.value = null),
    );
  };
  useEffect(refresh, []);
  return { names: names.value, refresh };
}

function countSessions(_version: number): Session[] {
  const counts = new Map<string, number>();
  for (const row of rows.all) counts.set(row.session, (counts.get(row.session) ?? 0) + 1);
  return [...counts].map(([name, requests]) => ({ name, requests, scenarios: 0, changed: [], last_at: null }));
}

function SessionSwitch(): JSX.Element {
  const { names, refresh } = useSessions();
  if (OWN_SESSION !== null) return <span class="session-own">{makeVisible(OWN_SESSION)}</span>;
  const chosen = session.value;
  // Requests without a key have no session that could be asked for.
  const named = names.filter(({ name }) => name !== "");
  const listed = chosen === null || names.some(({ name }) => name === chosen);
  return (
    <select
      class="select session-switch"
      aria-label="Session"
      value={chosen ?? ""}
      onMouseDown={refresh}
      onFocus={refresh}
      onChange={(event) => setSession(event.currentTarget.value || null)}
    >
      <option value="">All sessions</option>
      {!listed && <option value={chosen}>{makeVisible(chosen)}</option>}
      {named.map(({ name, requests }) => (
        <option value={name} key={name}>
          {makeVisible(name)} · {requests}
        </option>
      ))}
    </select>
  );
}
