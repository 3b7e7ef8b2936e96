// The headers of the request, secrets masked.
import type { JSX } from "preact";
import { LongText } from "../parts/fold.tsx";
import { makeVisible } from "../parts/text.ts";
import type { Entry } from "../types.ts";

export function HeadersTab({ entry }: { entry: Entry }): JSX.Element {
  const headers = Object.entries(entry.headers).sort(([one], [other]) => (one < other ? -1 : 1));
  return (
    <section class="part">
      <h3 class="part-title">Request</h3>
      <Table rows={headers} />
      <p class="detail">Keys and other secrets are masked.</p>
      <h3 class="part-title">Answer</h3>
      <Table rows={[["request-id", entry.request_id]]} />
    </section>
  );
}

function Table({ rows }: { rows: [string, string][] }): JSX.Element {
  return (
    <table class="headers">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row"><bdi>{makeVisible(name.slice(0, 200))}</bdi></th>
            <td><LongText text={value} class="text mono" /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
