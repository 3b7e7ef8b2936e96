// The frame of all views: the bar on top, the list of requests, and the request that is shown beside it.
import { computed, useSignalEffect } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Bar } from "./frame/bar.tsx";
import { useKeptFocus } from "./frame/focus.ts";
import { useKeys } from "./frame/keys.ts";
import { StatusLine } from "./frame/line.tsx";
import { start, total } from "./list/journal.ts";
import { RequestList } from "./list/list.tsx";
import { filter } from "./list/shown.ts";
import { RequestView } from "./request/request.tsx";
import { go, link, shownRequest, view } from "./router.ts";
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
  /** What is to be said of a report. */
  note?: string;
  /** What the bar has besides, where the server runs. */
  tools?: ComponentType;
}

export function App({ source, views, title = "Inspector", note, tools }: Props): JSX.Element {
  const shown = views.find((each) => each.name === view.value);
  const tabs = [
    { name: "requests", title: "Requests", href: requestsLink },
    ...views.map(({ name, title }) => ({ name, title, href: link(name) })),
  ];
  useEffect(() => start(source), [source]);
  useKeptFocus();
  useKeys({ r: () => go(requestsLink.value) });
  useTitle(source.isLive ? "Mock server" : title, views);
  return (
    <>
      <SkipLink />
      <Bar title={title} note={note} tabs={tabs} shown={shown?.name ?? "requests"} tools={tools} />
      {shown ? (
        <main class="view" id="main" tabIndex={-1} aria-label={shown.title}>
          <shown.view />
        </main>
      ) : (
        <Requests source={source} />
      )}
      <StatusLine />
    </>
  );
}

function Requests({ source }: { source: Source }): JSX.Element {
  const number = shownRequest.value;
  return (
    <main class="split" id="main" tabIndex={-1} aria-label="Requests" data-shows={number === null ? "list" : "request"}>
      <RequestList source={source} />
      {number !== null && <RequestView source={source} number={number} key={number} />}
    </main>
  );
}

function SkipLink(): JSX.Element {
  // The address says which view is shown, so it cannot name a place in the page.
  const skip = (event: Event): void => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return (
    <a class="skip" href="#main" onClick={skip}>
      Skip to the content
    </a>
  );
}

/** The list with the filter that it had. */
const requestsLink = computed(
  () => link("requests") + (filter.value ? `?${new URLSearchParams({ filter: filter.value })}` : ""),
);

function useTitle(name: string, views: View[]): void {
  useSignalEffect(() => {
    const number = shownRequest.value;
    const title = views.find((each) => each.name === view.value)?.title;
    const what = title ?? (number === null ? "Requests" : `Request ${number}`);
    document.title = `${total.value ? `(${total.value}) ` : ""}${what} – ${name}`;
  });
}
