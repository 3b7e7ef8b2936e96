// Below the list: the sums of the requests that pass the filter. Each is one text that begins at a fixed place: so it
// does not move when it grows.
import type { JSX } from "preact";
import { formatCost, formatCount, formatShort } from "../parts/format.ts";
import { isLoading, total } from "./journal.ts";
import { terms, totals } from "./shown.ts";

export function Footer(): JSX.Element {
  const { requests, input, cached, output, cost, refused, running } = totals.value;
  const isPart = terms.value.length > 0 || requests < total.value;
  const count = isPart
    ? `${formatCount(requests)} of ${formatCount(total.value)} requests`
    : `${formatCount(requests)} ${requests === 1 ? "request" : "requests"}`;
  return (
    <footer class="list-foot">
      <span>{count}</span>
      <span class="list-foot-refused">{refused > 0 && `${formatCount(refused)} refused`}</span>
      <span class="list-foot-running">{running > 0 && `${formatCount(running)} live`}</span>
      <span class="list-foot-loading">{isLoading.value && "loading …"}</span>
      <span class="list-foot-gap" />
      <span class="list-foot-sum list-foot-each" title={`${formatCount(input)} tokens of prompts`}>{`${formatShort(input)} in`}</span>
      <span class="list-foot-sum list-foot-cached" title={`${formatCount(cached)} tokens of prompts read from caches`}>{`${formatShort(cached)} cached`}</span>
      <span class="list-foot-sum list-foot-each" title={`${formatCount(output)} tokens of answers`}>{`${formatShort(output)} out`}</span>
      <span class="list-foot-sum list-foot-tokens" title={`${formatCount(input)} tokens of prompts, ${formatCount(output)} of answers`}>{`${formatShort(input)} → ${formatShort(output)}`}</span>
      <span class="list-foot-sum" title="By the prices of the catalogue">{formatCost(cost)}</span>
    </footer>
  );
}
