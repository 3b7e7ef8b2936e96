// The sessions of the server: which one is looked at, and starting one over.
import type { JSX } from "preact";
import { ask, OWN_SESSION, session, setSession } from "../live.ts";
import { ConfirmButton } from "../parts/confirm.tsx";
import { formatCount, formatTime } from "../parts/format.ts";
import { makeVisible } from "../parts/text.ts";
import type { Session } from "../types.ts";
import { Section } from "./section.tsx";
import { act, useAsked } from "./state.ts";

const LOST = "Requests, figures, counters, added scenarios, changed settings and the moved clock are gone then.";

export function Sessions(): JSX.Element {
  const asked = useAsked<{ sessions: Session[]; total: number }>("sessions", true);
  const reset = (name: string | null): void => act(() => ask("reset", { method: "POST", session: name, body: {} }));
  return (
    <Section id="sessions" title="Sessions" asked={asked} isWide aside={OWN_SESSION === null && <ConfirmButton label="Reset all" title="Reset all sessions?" text={LOST} onConfirm={() => reset(null)} />}>
      {({ sessions, total }) => (
        <>
          <div class="scroll" tabIndex={0} role="region" aria-label="Table of sessions">
            <table class="pairs">
              <thead>
                <tr><th scope="col">Name</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Scenarios</th><th scope="col">Changed</th><th scope="col">Latest</th><th scope="col"><span class="visually-hidden">Do</span></th></tr>
              </thead>
              <tbody>
                {OWN_SESSION === null && <AllRow />}
                {sessions.map((each) => <SessionRow each={each} key={each.name} onReset={() => reset(each.name)} />)}
              </tbody>
            </table>
          </div>
          {total > sessions.length && <p class="more-told">The {formatCount(sessions.length)} used last, of {formatCount(total)}.</p>}
        </>
      )}
    </Section>
  );
}

function AllRow(): JSX.Element {
  return (
    <tr>
      <th scope="row">All sessions</th><td /><td /><td /><td />
      <td class="do"><LookButton name={null} /></td>
    </tr>
  );
}

function SessionRow({ each, onReset }: { each: Session; onReset: () => void }): JSX.Element {
  // Requests without a key have no session that could be asked for: without its name, all would be reset.
  const isNamed = each.name !== "";
  return (
    <tr>
      <th scope="row">{isNamed ? <bdi>{makeVisible(each.name)}</bdi> : <span class="dim">Without a key</span>}</th>
      <td class="number">{formatCount(each.requests)}</td>
      <td class="number">{formatCount(each.scenarios)}</td>
      <td>{each.changed.join(", ") || <span class="dim">nothing</span>}</td>
      <td>{each.last_at === null ? <span class="dim">none</span> : formatTime(each.last_at)}</td>
      <td class="do">
        {isNamed && <LookButton name={each.name} />}
        {isNamed && <ConfirmButton label="Reset" about={each.name} title={`Reset session “${makeVisible(each.name)}”?`} text={LOST} onConfirm={onReset} />}
      </td>
    </tr>
  );
}

/** A page in the path of a session is about that one. */
function LookButton({ name }: { name: string | null }): JSX.Element | null {
  if (OWN_SESSION !== null) return null;
  const isShown = session.value === name;
  return (
    <button type="button" class="button button-small" aria-pressed={isShown} aria-label={`${isShown ? "Looked at" : "Look at"} ${name ?? "all sessions"}`} onClick={() => setSession(name)}>
      {isShown ? "Looked at" : "Look at"}
    </button>
  );
}
