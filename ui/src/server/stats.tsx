// Figures of all requests answered, also of those that the journal no longer holds.
import type { JSX } from "preact";
import { ask } from "../live.ts";
import { ConfirmButton } from "../parts/confirm.tsx";
import { formatCount, formatDuration } from "../parts/format.ts";
import { Section } from "./section.tsx";
import { act, useAsked } from "./state.ts";

interface Times {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

interface Figures {
  requests: number;
  statuses: Record<string, number>;
  tokens: Record<string, number>;
  first_byte_ms: Times;
  duration_ms: Times;
}

interface Stats extends Figures {
  refused: number;
  unmatched: number;
  hung_up: number;
  generated: number;
  endpoints: (Figures & { endpoint: string; model: string | null })[];
}

export function StatsSection(): JSX.Element {
  const asked = useAsked<Stats>("stats");
  const clear = <ConfirmButton label="Begin anew" title="Begin the figures anew?" text="They count from zero then; the journal stays as it is." onConfirm={() => act(() => ask("stats", { method: "DELETE" }))} />;
  return (
    <Section id="stats" title="Figures" asked={asked} aside={clear} isWide>
      {(stats) => (
        <>
          <p class="sums">
            <Sum name={stats.requests === 1 ? "request" : "requests"} count={stats.requests} /> <Sum name="generated" count={stats.generated} /> <Sum name="unmatched" count={stats.unmatched} />{" "}
            <Sum name="refused" count={stats.refused} /> <Sum name="left by the client" count={stats.hung_up} />
          </p>
          <Table stats={stats} />
        </>
      )}
    </Section>
  );
}

function Sum({ name, count }: { name: string; count: number }): JSX.Element {
  return <span><strong>{formatCount(count)}</strong> {name}</span>;
}

const COLUMNS = ["Requests", "Statuses", "Input", "Cache read", "Cache write", "Output", "First byte p50", "p95", "Total p50", "p95", "p99", "Max"];

function Table({ stats }: { stats: Stats }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table of figures">
      <table class="pairs figures">
        <thead><tr><th scope="col">Endpoint, model</th>{COLUMNS.map((name, index) => <th scope="col" class="number" key={index}>{name}</th>)}</tr></thead>
        <tbody>
          {stats.endpoints.map((each) => <FiguresRow name={[each.endpoint || "other paths", each.model].filter(Boolean).join(", ")} figures={each} key={`${each.endpoint} ${each.model}`} />)}
          <FiguresRow name="all" figures={stats} />
        </tbody>
      </table>
    </div>
  );
}

function FiguresRow({ name, figures }: { name: string; figures: Figures }): JSX.Element {
  const { requests, statuses, tokens, first_byte_ms: first, duration_ms: total } = figures;
  const counts = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"].map((key) => formatCount(tokens[key] ?? 0));
  const times = [first.p50, first.p95, total.p50, total.p95, total.p99, total.max].map((ms) => (total.count ? formatDuration(ms) : "–"));
  return (
    <tr>
      <th scope="row"><bdi>{name}</bdi></th>
      <td class="number">{formatCount(requests)}</td>
      <td class="number">{Object.entries(statuses).map(([status, count]) => `${status} × ${formatCount(count)}`).join(", ")}</td>
      {[...counts, ...times].map((value, index) => <td class="number" key={index}>{value}</td>)}
    </tr>
  );
}
