// Who answered a request.
import type { JSX } from "preact";
import { cutLine, makeVisible, shortenPlace } from "../parts/text.ts";
import { link } from "../router.ts";
import type { Entry } from "../types.ts";

/** The scenario that answered, with its place; a link to it where scenarios can be seen. */
export function ScenarioName({ entry, isLive }: { entry: Entry; isLive: boolean }): JSX.Element | null {
  const { scenario, place } = entry;
  if (scenario === null) return null;
  const name = <bdi>{cutLine(scenario, 200)}</bdi>;
  return (
    <>
      {isLive ? <a class="scenario-name" href={link("scenarios", scenario)}>{name}</a> : <span class="scenario-name">{name}</span>}
      {place && <> <PlaceName place={place} /></>}
    </>
  );
}

/** A place in a file of scenarios. */
export function PlaceName({ place }: { place: string }): JSX.Element {
  return <bdi class="detail" title={makeVisible(place)}>{shortenPlace(place)}</bdi>;
}
