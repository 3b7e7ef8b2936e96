// Small drawings for buttons. They say nothing to readers of screens: the button does.
import type { JSX } from "preact";

const PATHS = {
  pause: "M5 3v10M11 3v10",
  play: "M5 3l8 5-8 5z",
  trash: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  save: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.2h10",
  search: "M7 11.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9zM10.3 10.3L14 14",
  close: "M4 4l8 8M12 4l-8 8",
  sun: "M8 11a3 3 0 1 1 0-6 3 3 0 0 1 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  auto: "M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM8 2v12M8 5l5-.2M8 8h6M8 11l5 .2",
  retry: "M12.8 6A5.2 5.2 0 1 0 13 9.5M13 2.5V6H9.5",
  bolt: "M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z",
  up: "M8 13V3M4 7l4-4 4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
