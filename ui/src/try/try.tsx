// Composes a request, sends it to the API of this server, and shows its answer as it comes in.
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { CodeEditor } from "../editor/editor.tsx";
import { place, setQuery } from "../router.ts";
import { AnswerView } from "./answer.tsx";
import { ExplanationView } from "./explanation.tsx";
import { Form } from "./form.tsx";
import { answer, change, draft, explainDraft, explanation, findModels, findSessions, isRunning, isTaking, loadRequest, sendDraft, stop, trouble } from "./state.ts";

export function Try(): JSX.Element {
  const from = Number(place.value.query.get("from") ?? 0);
  useEffect(() => {
    void findModels();
    void findSessions();
  }, []);
  useEffect(() => {
    if (from > 0) void take(from);
  }, [from]);
  return (
    <div class="try" onKeyDown={submitByKey}>
      <h2 class="visually-hidden">Try a request</h2>
      <Bar isTaking={from > 0 || isTaking.value} />
      <div class="try-panes">
        <Form />
        <section class="try-json" aria-label="Body">
          <CodeEditor text={draft.value.text} language="json" label="The body as JSON" onChange={(text) => change({ text })} onSubmit={() => void sendDraft()} />
        </section>
        <section class="try-answer" aria-label="Answer"><Outcome /></section>
      </div>
    </div>
  );
}

/** The request is taken once: from then on it is the draft, which stays when the reader comes back. */
async function take(from: number): Promise<void> {
  const isSent = place.value.query.get("send") === "true";
  setQuery("from", null);
  setQuery("send", null);
  if ((await loadRequest(from)) && isSent) await sendDraft();
}

function submitByKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  event.preventDefault();
  void (event.shiftKey ? explainDraft() : sendDraft());
}

function Bar({ isTaking }: { isTaking: boolean }): JSX.Element {
  const isBusy = isTaking || isRunning.value;
  return (
    <div class="try-bar" role="group" aria-label="What to do with the request">
      <button type="button" class="button button-main" disabled={isBusy} aria-keyshortcuts="Control+Enter" onClick={() => void sendDraft()}>Send</button>
      <button type="button" class="button" disabled={!isRunning.value} onClick={stop}>Stop</button>
      <button type="button" class="button" disabled={isBusy} aria-keyshortcuts="Control+Shift+Enter" onClick={() => void explainDraft()}>Explain</button>
      <p class="try-trouble" role="status">{trouble.value ?? <span class="dim try-hint">Ctrl Enter sends, Ctrl Shift Enter explains without sending.</span>}</p>
    </div>
  );
}

function Outcome(): JSX.Element {
  if (explanation.value) return <ExplanationView explanation={explanation.value} />;
  if (answer.value) return <AnswerView answer={answer.value} />;
  return <p class="try-empty">The answer will be shown here as it comes in. The request is sent to the API of this server and stands in its journal like any other.</p>;
}
