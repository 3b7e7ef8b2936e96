// Why this answer: the scenario and what its `when` met, the nearest others, and what the API objects to.
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { formatCount } from "../parts/format.ts";
import { JsonView } from "../parts/json.tsx";
import { cutLine, makeVisible } from "../parts/text.ts";
import { link } from "../router.ts";
import type { Entry, Finding, Met, Miss } from "../types.ts";
import { PlaceName, ScenarioName } from "./answerer.tsx";
import { splitMisses, tellWhy } from "./why.ts";

export function WhyTab({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element {
  const { findings, answer_findings: ofAnswer, objection, number } = entry;
  return (
    <div class="why">
      <section class="part">
        {entry.scenario !== null && <p class="why-first"><ScenarioName entry={entry} isLive={isLive} /></p>}
        <p class={entry.scenario === null ? "why-first" : ""}>{tellWhy(entry)}</p>
        {entry.reason && !entry.unmatched && findings.length === 0 && <p class="why-reason"><bdi>{makeVisible(entry.reason)}</bdi></p>}
        {entry.retry_of !== null && <p>It repeats <a href={link("requests", entry.retry_of)}>request {entry.retry_of}</a>.</p>}
      </section>
      <MetTable met={entry.met} />
      <FindingList title="What the API objects to" findings={findings} number={number} />
      <FindingList title="What the mock server would have refused it for" findings={objection ? [objection] : []} number={number} />
      <FindingList title="What the API would not have answered" findings={ofAnswer} number={number} inAnswer />
      <Notes notes={splitMisses(entry).notes} />
      <Misses entry={entry} isLive={isLive} />
      <Others entry={entry} />
    </div>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return <section class="part"><h3 class="part-title">{title}</h3>{children}</section>;
}

/** What each key of the scenario's `when` expected, and what came. */
function MetTable({ met }: { met: Met[] }): JSX.Element | null {
  if (met.length === 0) return null;
  return (
    <Section title="What its condition met">
      <table class="met-table">
        <thead><tr><th scope="col">Key</th><th scope="col">Expected</th><th scope="col">Got</th></tr></thead>
        <tbody>
          {met.map(({ key, expected, got }, index) => (
            <tr key={index}>
              <th scope="row"><bdi class="mono">{cutLine(key, 80)}</bdi></th>
              <td><bdi>{cutLine(expected, 400)}</bdi></td>
              <td>{got === null ? <span class="nothing">not told</span> : <bdi>{cutLine(got, 400)}</bdi>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

interface FindingListProps {
  title: string;
  findings: Finding[];
  number: number;
  inAnswer?: boolean;
}

function FindingList({ title, findings, number, inAnswer = false }: FindingListProps): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <Section title={title}>
      <ul class="finding-list">
        {findings.map(({ rule, path, message, source, hint }, index) => (
          <li class="finding" key={index}>
            <p class="finding-message"><bdi>{makeVisible(message)}</bdi></p>
            <dl class="facts">
              <dt>Rule</dt><dd><code>{makeVisible(rule)}</code></dd>
              {path && <><dt>At</dt><dd><a href={linkToPlace(number, inAnswer ? `answer.${path}` : path)}><code>{cutLine(path, 200)}</code></a></dd></>}
              {source && <><dt>Source</dt><dd><bdi>{makeVisible(source)}</bdi></dd></>}
              {hint && <><dt>Hint</dt><dd>{makeVisible(hint)}</dd></>}
            </dl>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Where a path is shown in the conversation. */
function linkToPlace(number: number, path: string): string {
  return `${link("requests", number)}?${new URLSearchParams({ tab: "conversation", at: path })}`;
}

/** What became of the words of the script in this answer. */
function Notes({ notes }: { notes: string[] }): JSX.Element | null {
  if (notes.length === 0) return null;
  return <Section title="About its answer">{notes.map((note, index) => <p key={index}><bdi>{makeVisible(note)}</bdi></p>)}</Section>;
}

const NEAREST = 8;

function Misses({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element | null {
  const { misses_left_out: more } = entry;
  const { misses } = splitMisses(entry);
  const most = useSignal(NEAREST);
  if (misses.length === 0) return null;
  return (
    <Section title={entry.scenario === null ? "Scenarios that did not fit, the nearest first" : "Scenarios that did not fit"}>
      <ol class="miss-list">
        {misses.slice(0, most.value).map((miss, index) => <MissItem miss={miss} isLive={isLive} key={index} />)}
      </ol>
      {misses.length > most.value && (
        <button type="button" class="more" onClick={() => (most.value = misses.length)}>Show {formatCount(misses.length - most.value)} more</button>
      )}
      {more > 0 && misses.length <= most.value && <p class="detail">and {formatCount(more)} more</p>}
    </Section>
  );
}

export function MissItem({ miss, isLive }: { miss: Miss; isLive: boolean }): JSX.Element {
  const name = <bdi>{cutLine(miss.scenario, 200)}</bdi>;
  return (
    <li class="miss">
      <p>
        {isLive ? <a class="scenario-name" href={link("scenarios", miss.scenario)}>{name}</a> : <span class="scenario-name">{name}</span>}{" "}
        {miss.place && <PlaceName place={miss.place} />}
      </p>
      <ul class="differences">
        {miss.differences.map((difference, index) => <li key={index}><bdi>{makeVisible(difference)}</bdi></li>)}
      </ul>
    </li>
  );
}

function Others({ entry }: { entry: Entry }): JSX.Element {
  return (
    <>
      {entry.items && <Section title="Who answered the requests of the batch"><JsonView value={entry.items} /></Section>}
      {entry.fallbacks.length > 0 && (
        <Section title="Who answered for the models that took over">
          <ol>{entry.fallbacks.map((name, index) => <li key={index}>{name === null ? "generated" : <bdi>{makeVisible(name)}</bdi>}</li>)}</ol>
        </Section>
      )}
    </>
  );
}
