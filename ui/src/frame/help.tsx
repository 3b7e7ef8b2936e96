// All keys, and the switch that turns single ones off.
import type { JSX } from "preact";
import { Dialog } from "../parts/dialog.tsx";
import { setUsesKeys, usesKeys } from "./keys.ts";

interface Row {
  keys: string[];
  does: string;
  isLive?: boolean;
}

const ROWS: Row[] = [
  { keys: ["j", "↓"], does: "the next request, which is older" },
  { keys: ["k", "↑"], does: "the one before it" },
  { keys: ["Home", "End"], does: "the newest, the oldest" },
  { keys: ["PgUp", "PgDn"], does: "a page of requests" },
  { keys: ["Enter"], does: "show the request" },
  { keys: ["[", "]"], does: "the request before, or after, in its conversation" },
  { keys: ["1", "…", "6"], does: "a tab of the request: Conversation, Why, Changes, Events, Raw, Headers" },
  { keys: ["Esc"], does: "close the request; leave the filter" },
  { keys: ["/"], does: "filter" },
  { keys: ["p"], does: "pause the list, go on", isLive: true },
  { keys: ["r", "s", "t", "v"], does: "Requests, Scenarios, Try, Server", isLive: true },
  { keys: ["Ctrl", "Enter"], does: "send what is composed; with Shift, explain it", isLive: true },
  { keys: ["?"], does: "these keys" },
];

const WORDS: [string, string][] = [
  ["weather", "anywhere in a row: model, user, status, scenario, tool, path, rule, session"],
  ["status:4xx  model:opus", "in one field; also scenario, tool, session, rule, fault, path, user"],
  ["is:refused", "also unmatched, generated, forwarded, fault, retry, streaming, aborted"],
  ["text:\"two words\"", "anywhere in request or answer; asked of the server"],
  ["-is:generated", "all but these"],
];

export function KeysDialog({ isLive, onClose }: { isLive: boolean; onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {ROWS.filter((row) => isLive || !row.isLive).map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={usesKeys.value} onChange={(event) => setUsesKeys(event.currentTarget.checked)} />
        Single letters are keys
      </label>
      <h2>Filter</h2>
      <dl class="keys keys-filter">
        {WORDS.map(([word, does]) => (
          <div key={word}>
            <dt>
              <code>{word}</code>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
