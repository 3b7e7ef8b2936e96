// The frame of all views: the bar on top, the list of requests, and the request that is shown beside it.
import type { ComponentType, JSX } from "preact";
import { RequestList } from "./list/list.tsx";
import { RequestView } from "./request/request.tsx";
import { link, shownRequest, view } from "./router.ts";
import type { Source } from "./source.ts";

export interface View {
  name: string;
  title: string;
  view: ComponentType;
}

interface Props {
  source: Source;
  views: View[];
  title?: string;
}

export function App({ source, views, title = "Inspector" }: Props): JSX.Element {
  const shown = views.find((each) => each.name === view.value);
  return (
    <>
      <header class="bar">
        <h1 class="bar-title">{title}</h1>
        <nav class="bar-nav" aria-label="Views">
          {[{ name: "requests", title: "Requests" }, ...views].map(({ name, title }) => (
            <a href={link(name)} aria-current={(shown?.name ?? "requests") === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      {shown ? <main class="view"><shown.view /></main> : <Requests source={source} />}
    </>
  );
}

function Requests({ source }: { source: Source }): JSX.Element {
  const number = shownRequest.value;
  return (
    <main class="split" data-shows={number === null ? "list" : "request"}>
      <RequestList source={source} />
      {number !== null && <RequestView source={source} number={number} key={number} />}
    </main>
  );
}
