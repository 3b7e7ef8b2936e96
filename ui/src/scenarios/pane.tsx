// The scenario that is shown: its text in the editor, and what can be done with it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { CodeEditor } from "../editor/editor.tsx";
import { ConfirmButton } from "../parts/confirm.tsx";
import { link } from "../router.ts";
import type { Obj, Problem, ScenarioText } from "../types.ts";
import { linkShown, type Shown } from "./addresses.ts";
import { linkTry } from "./api.ts";
import { changeDraft, findDraft, isEdited, type Draft } from "./drafts.ts";
import { open } from "./opening.ts";
import { canSave, checkSoon, deleteDraft, discard, isElsewhere, saveDraft } from "./saving.ts";
import { notice, schema } from "./state.ts";
import { TargetChooser } from "./target.tsx";
import { describeScope, describeUse } from "./words.ts";

export function ScenarioPane({ shown }: { shown: Shown }): JSX.Element {
  const key = linkShown(shown);
  useEffect(() => void open(shown), [key]);
  const draft = findDraft(key);
  if (shown.kind === "none") return <Welcome />;
  return (
    <section class="scenarios-pane" aria-label="Scenario">
      <a class="scenarios-back" href={link("scenarios")}>
        ← All scenarios
      </a>
      {!draft && (
        <p class="scenarios-empty" role="status">
          Loading …
        </p>
      )}
      {draft?.failure != null && (
        <p class="scenarios-empty" role="alert">
          {draft.failure}
        </p>
      )}
      {draft && draft.failure === null && <Editing draft={draft} />}
    </section>
  );
}

function Welcome(): JSX.Element {
  return (
    <section class="scenarios-pane scenarios-welcome" aria-label="Scenario">
      <p>Select a scenario to read or edit it.</p>
      <p>
        The first one whose condition holds answers. What is saved to a session is tried before what is saved for all,
        and that before the files.
      </p>
    </section>
  );
}

function Editing({ draft }: { draft: Draft }): JSX.Element {
  const { key, text } = draft;
  const judged = useSignal<{ text: string; problems: Problem[]; warnings: Problem[] } | null>(null);
  useEffect(() => checkSoon(draft, (checked) => (judged.value = { text, ...checked })), [text, draft.target]);
  const now = judged.value?.text === text ? judged.value : null;
  return (
    <>
      <Heading draft={draft} />
      <CodeEditor
        key={key}
        text={text}
        language="yaml"
        label={`Text of ${nameOf(draft)}`}
        startsAt={draft.from !== null ? "answer" : notice.value?.key === key ? "beginning" : null}
        {...(schema.value ? { schema: acceptOne(schema.value) } : {})}
        {...(now ? { problems: now.problems, warnings: now.warnings } : {})}
        onChange={(to) => changeDraft(key, { text: to })}
        onSave={() => void saveDraft(key)}
        onSubmit={() => void saveDraft(key)}
      />
      <Actions draft={draft} />
    </>
  );
}

const accepted = new WeakMap<Obj, Obj>();

/** What is added may have the form of a file, or be one scenario. */
function acceptOne(file: Obj): Obj {
  const { $defs, ...rest } = file;
  const made = accepted.get(file) ?? { $defs: $defs ?? {}, anyOf: [rest, { $ref: "#/$defs/scenario" }] };
  accepted.set(file, made);
  return made;
}

function nameOf({ scenario, from }: Draft): string {
  return scenario?.name ?? (from === null ? "a new scenario" : `a scenario of request ${from}`);
}

function Heading({ draft }: { draft: Draft }): JSX.Element {
  const { scenario, from } = draft;
  return (
    <header class="scenarios-heading">
      <h2>{scenario?.name ?? (from === null ? "New scenario" : `Scenario of request ${from}`)}</h2>
      {isEdited(draft) && <span class="scenarios-edited">not saved</span>}
      {scenario && <span class={`scenarios-scope scenarios-${scenario.scope}`}>{describeScope(scenario)}</span>}
      {scenario && <span class="scenarios-dim">{describeUse(scenario)}</span>}
      {scenario?.scope === "file" && scenario.place && (
        <span class="scenarios-dim scenarios-path">{scenario.place}</span>
      )}
      {from !== null && <a href={link("requests", from)}>Request {from}</a>}
    </header>
  );
}

function Actions({ draft }: { draft: Draft }): JSX.Element {
  const { key, scenario } = draft;
  const said = notice.value?.key === key ? notice.value : null;
  return (
    <footer class="scenarios-actions">
      {said ? (
        <Said {...said} />
      ) : (
        <p class="scenarios-said" role="status">
          {explainTarget(draft)}
        </p>
      )}
      <div class="scenarios-buttons">
        <TargetChooser draft={draft} />
        <button
          type="button"
          class="button button-main"
          disabled={!canSave(draft)}
          aria-keyshortcuts="Control+S Meta+S"
          onClick={() => void saveDraft(key)}
        >
          Save
        </button>
        {isEdited(draft) && <DiscardButton draft={draft} />}
        {scenario && scenario.scope !== "file" && <DeleteButton draft={draft} scenario={scenario} />}
        <a class="button scenarios-try" href={linkTry(draft.again)}>
          Try it
        </a>
      </div>
    </footer>
  );
}

function explainTarget(draft: Draft): string {
  const { scenario, target } = draft;
  if (scenario?.scope !== "file" || target.kind === "file" || !isElsewhere(draft)) return "";
  const whose = target.kind === "server" ? "for all sessions" : `of session ${target.session}`;
  return `Saving makes a scenario ${whose} in front of the one in the file, which stays as it is.`;
}

function Said({
  message,
  isMistake,
  again,
}: {
  message: string;
  isMistake: boolean;
  again: number | null;
}): JSX.Element {
  return (
    <p
      class={isMistake ? "scenarios-said scenarios-mistake" : "scenarios-said scenarios-done"}
      role={isMistake ? "alert" : "status"}
    >
      {message} {again !== null && <a href={`${linkTry(again)}&send=true`}>Send request {again} again</a>}
    </p>
  );
}

function DiscardButton({ draft }: { draft: Draft }): JSX.Element {
  const text = "What you wrote is lost.";
  return <ConfirmButton label="Discard" title="Discard changes" text={text} onConfirm={() => void discard(draft)} />;
}

function DeleteButton({ draft, scenario }: { draft: Draft; scenario: ScenarioText }): JSX.Element {
  const text = `${scenario.name} (${describeScope(scenario)}) will answer no more.`;
  return (
    <ConfirmButton label="Delete" title="Delete the scenario" text={text} onConfirm={() => void deleteDraft(draft)} />
  );
}
