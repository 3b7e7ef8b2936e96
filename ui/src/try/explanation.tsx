// Who would answer the request, why others would not, and what the API would say against it.
import type { JSX } from "preact";
import { formatCount } from "../parts/format.ts";
import { makeVisible } from "../parts/text.ts";
import { PlaceName } from "../request/answerer.tsx";
import { MissItem } from "../request/why.tsx";
import { countAnswer, splitMisses } from "../request/why.ts";
import { link } from "../router.ts";
import type { Explanation, Finding } from "../types.ts";

const ANSWERED: Record<Explanation["answered_by"], string> = {
  scenario: "A scenario would answer.",
  generated: "No scenario fits: an answer would be generated.",
  computed: "The answer would be computed.",
  forwarded: "An upstream would be asked.",
  error: "It would be answered with an error.",
};

export function ExplanationView({ explanation }: { explanation: Explanation }): JSX.Element {
  const { scenario, position, place, finding, misses_left_out: more } = explanation;
  const { misses, notes } = splitMisses(explanation);
  return (
    <div class="explanation" tabIndex={0} role="region" aria-label="Explanation">
      <h3>{ANSWERED[explanation.answered_by]}</h3>
      {scenario !== null && (
        <p>
          <a href={link("scenarios", scenario)}><bdi>{makeVisible(scenario)}</bdi></a>
          {position !== null && <>, answer <code>{countAnswer(position) ?? position}</code></>}
          {place !== null && <> <PlaceName place={place} /></>}
        </p>
      )}
      {notes.map((note, index) => <p key={index}><bdi>{makeVisible(note)}</bdi></p>)}
      {finding && <Objection finding={finding} />}
      <p class="dim">Nothing was sent, counted or used up.</p>
      {misses.length > 0 && <h4>The others, nearest first</h4>}
      <ol class="miss-list">{misses.map((miss, index) => <MissItem miss={miss} isLive key={index} />)}</ol>
      {more > 0 && <p class="dim">{formatCount(more)} more do not fit.</p>}
    </div>
  );
}

function Objection({ finding }: { finding: Finding }): JSX.Element {
  return (
    <div class="told told-bad">
      <strong><bdi>{makeVisible(finding.message)}</bdi></strong>
      <p>
        rule <code>{finding.rule}</code>{finding.path !== null && <> at <code>{finding.path}</code></>}
        {finding.source !== null && <span class="dim"> ({finding.source})</span>}
      </p>
      {finding.hint && <p>{finding.hint}</p>}
    </div>
  );
}
