// The server: its sessions, settings, faults, clock, batches and files, and what it has done.
import type { JSX } from "preact";
import { live, session } from "../live.ts";
import { makeVisible } from "../parts/text.ts";
import { ExportMenu } from "../parts/export.tsx";
import { ClockSection } from "./clock.tsx";
import { HealthSection } from "./health.tsx";
import { PlanSection } from "./plan.tsx";
import { Sessions } from "./sessions.tsx";
import { SettingsSection } from "./settings.tsx";
import { useNews } from "./state.ts";
import { StatsSection } from "./stats.tsx";
import { Batches, Files } from "./stored.tsx";

export function Server(): JSX.Element {
  useNews();
  return (
    <div class="server">
      <div class="server-bar">
        <h2>{session.value === null ? "All sessions" : <>Session <bdi>{makeVisible(session.value)}</bdi></>}</h2>
        {live.export && <ExportMenu session={session.value} save={live.export} hasText />}
      </div>
      <div class="cards">
        <Sessions />
        {/* Another session has other values: what was typed for the one before does not stay. */}
        <div class="cards-parts" key={session.value ?? ""}>
          <SettingsSection />
          <PlanSection />
          <ClockSection />
          <HealthSection />
          <Batches />
          <Files />
        </div>
        <StatsSection />
      </div>
    </div>
  );
}
