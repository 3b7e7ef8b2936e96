// Where a scenario is saved: to a session, to all of them, or to a file.
import type { JSX } from "preact";
import { session as looked } from "../live.ts";
import type { Target } from "./api.ts";
import { changeDraft, type Draft } from "./drafts.ts";
import { fixtures, sessions } from "./state.ts";

export function TargetChooser({ draft }: { draft: Draft }): JSX.Element {
  const { target } = draft;
  const change = (to: Target): void => changeDraft(draft.key, { target: to });
  return (
    <span class="scenarios-target">
      <label>
        Save to{" "}
        <select class="select" value={target.kind} onChange={(event) => change(makeTarget(event.currentTarget.value, draft))}>
          <option value="session">session</option>
          <option value="server">all sessions</option>
          {fixtures.value && <option value="file">file</option>}
        </select>
      </label>
      {target.kind === "session" && (
        <Name
          label="Name of the session"
          name={target.session}
          known={sessions.value}
          onChange={(name) => change({ kind: "session", session: name })}
        />
      )}
      {target.kind === "file" && (
        <Name
          label={`File in ${fixtures.value?.folder ?? "the folder"}`}
          name={target.file}
          known={fixtures.value?.files ?? []}
          onChange={(file) => change({ kind: "file", file })}
        />
      )}
    </span>
  );
}

function makeTarget(kind: string, { scenario, target }: Draft): Target {
  if (kind === "file") return { kind, file: scenario?.file ?? fixtures.value?.files[0] ?? "scenarios.yaml" };
  if (kind === "server") return { kind };
  return {
    kind: "session",
    session:
      scenario?.session ?? (target.kind === "session" ? target.session : looked.value) ?? sessions.value[0] ?? "demo",
  };
}

interface NameProps {
  label: string;
  name: string;
  known: string[];
  onChange: (name: string) => void;
}

/** A name that is chosen from those known, or typed. */
function Name({ label, name, known, onChange }: NameProps): JSX.Element {
  return (
    <>
      <input
        class="input scenarios-name-input"
        aria-label={label}
        title={label}
        list="scenarios-known"
        value={name}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id="scenarios-known">
        {known.slice(0, 200).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  );
}
