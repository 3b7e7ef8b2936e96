// The scenarios, and an editor for those that are added.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { session } from "../live.ts";
import { place } from "../router.ts";
import { linkShown, readShown } from "./addresses.ts";
import { ScenarioList } from "./list.tsx";
import { ScenarioPane } from "./pane.tsx";
import { prepare, refresh, watch } from "./state.ts";

export function Scenarios(): JSX.Element {
  const shown = readShown(place.value);
  useEffect(() => void prepare(), []);
  useEffect(() => void refresh(), [session.value]);
  useEffect(watch, []);
  return (
    <div class="scenarios" data-shows={shown.kind === "none" ? "list" : "one"}>
      <ScenarioList selected={linkShown(shown)} />
      <ScenarioPane shown={shown} />
    </div>
  );
}
