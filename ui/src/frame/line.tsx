// The line in which the page says what went wrong, or was done.
import type { JSX } from "preact";
import { Icon } from "../parts/icon.tsx";
import { dismiss, status } from "./status.ts";

export function StatusLine(): JSX.Element {
  const told = status.value;
  return (
    <div class="status" role="status" data-kind={told?.kind}>
      {told && (
        <>
          <span>{told.text}</span>
          <button type="button" class="icon-button" aria-label="Close" onClick={dismiss}>
            <Icon name="close" />
          </button>
        </>
      )}
    </div>
  );
}
