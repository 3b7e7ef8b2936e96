// What the server is and holds.
import type { JSX } from "preact";
import { formatBytes, formatCount } from "../parts/format.ts";
import type { Health } from "../types.ts";
import { Section } from "./section.tsx";
import { useAsked } from "./state.ts";

export function HealthSection(): JSX.Element {
  const asked = useAsked<Health>("health", true);
  return (
    <Section id="health" title="Server" asked={asked}>
      {(health) => (
        <div class="stack">
          {health.reload_error && <p class="told told-bad" role="alert">{health.reload_error}</p>}
          <table class="pairs">
            <tbody>
              <Row name="version" value={health.version} />
              <Row name="profile" value={health.profile} />
              <Row name="scenarios of files" value={formatCount(health.scenarios)} />
              <Row name="sessions" value={formatCount(health.sessions)} />
              <Row name="sessions dropped" value={formatCount(Number(health.dropped_sessions ?? 0))} />
              <Row name="requests received" value={formatCount(health.requests)} />
            </tbody>
          </table>
          <Memory memory={health.memory} />
          <Fixtures paths={health.fixtures} />
        </div>
      )}
    </Section>
  );
}

function Row({ name, value }: { name: string; value: string }): JSX.Element {
  return <tr><th scope="row">{name}</th><td>{value}</td></tr>;
}

function Memory({ memory }: { memory: Health["memory"] }): JSX.Element {
  return (
    <div>
      <h4>Memory</h4>
      {Object.entries(memory).map(([name, { bytes, most }]) => (
        <div class="gauge" key={name}>
          <label for={`memory-${name}`}>{name}</label>
          <meter id={`memory-${name}`} min={0} max={most} high={most * 0.9} value={bytes} />
          <span class="dim">{formatBytes(bytes)} of {formatBytes(most)}</span>
        </div>
      ))}
    </div>
  );
}

function Fixtures({ paths }: { paths: string[] }): JSX.Element {
  return (
    <details>
      <summary>{paths.length ? `Started with ${formatCount(paths.length)} paths of fixtures` : "Started without fixtures"}</summary>
      <ul class="paths">{paths.map((path) => <li key={path}><code><bdi>{path}</bdi></code></li>)}</ul>
    </details>
  );
}
