// Where the focus goes when what had it leaves the page: to what is around it, so that keys and screen readers go on there.
import { useEffect } from "preact/hooks";

/** What has a name of its own, by which a screen reader says where it is. */
const PARTS = "section, article, main, form";

export function useKeptFocus(): void {
  useEffect(() => {
    let around: Element[] = [];
    const remember = ({ target }: Event): void => {
      around = target instanceof Element ? listAround(target) : [];
    };
    // Who clicks where nothing takes the focus wants none.
    const forget = (): void => void (around = []);
    const look = (): void => {
      if (!around[0] || around[0].isConnected || document.activeElement !== document.body) return;
      const part = around.find((each) => each.isConnected && each.matches(PARTS)) ?? document.getElementById("main");
      if (part instanceof HTMLElement) focusPart(part);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    addEventListener("focusin", remember);
    addEventListener("pointerdown", forget);
    return () => {
      observer.disconnect();
      removeEventListener("focusin", remember);
      removeEventListener("pointerdown", forget);
    };
  }, []);
}

function listAround(element: Element): Element[] {
  return element.parentElement ? [element, ...listAround(element.parentElement)] : [element];
}

function focusPart(part: HTMLElement): void {
  if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
  part.focus({ preventScroll: true });
}
