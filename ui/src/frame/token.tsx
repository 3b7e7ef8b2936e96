// Asks for the token of the control interface.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { hasToken, setToken } from "../live.ts";
import { Dialog } from "../parts/dialog.tsx";

export function TokenDialog(): JSX.Element {
  const text = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!text.value.trim()) return;
    setToken(text.value.trim());
    // All that was refused is asked anew.
    location.reload();
  };
  return (
    <Dialog title="Token of the control interface" onClose={() => undefined} isNeeded>
      <form class="token" onSubmit={submit}>
        <p>
          {hasToken() && "The server does not know the token that this page has. "}
          The server shows its token when it starts; it may be given by <code>--control-token</code> or{" "}
          <code>MOCKSERVER_CONTROL_TOKEN</code>. It is kept until this tab is closed.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          ref={input}
          class="input"
          type="password"
          autocomplete="off"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <div class="dialog-buttons">
          <button type="submit" class="button button-main">
            Open
          </button>
        </div>
      </form>
    </Dialog>
  );
}
