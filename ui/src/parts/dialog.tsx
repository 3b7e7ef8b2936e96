// A dialog above the page. The browser keeps the focus in it; afterwards it is where it was. Escape closes it.
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  onClose: () => void;
  /** Whether it stays until it was answered. */
  isNeeded?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, isNeeded = false, children }: Props): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still in the page: else the browser gives the focus to nobody.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The dialog is out of the page by now: so the browser gives nothing back.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const cancel = (event: Event): void => {
    if (isNeeded) event.preventDefault();
  };
  // Who has not touched the page yet closes it without being asked.
  const note = (): void => {
    if (isNeeded) element.current?.showModal();
    else onClose();
  };
  // A click on what is around the dialog has the dialog itself as its target.
  const leave = (event: MouseEvent): void => {
    if (event.target === element.current && !isNeeded) onClose();
  };
  return (
    <dialog class="dialog" ref={element} aria-labelledby={id} onCancel={cancel} onClose={note} onClick={leave}>
      <div class="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  /** What happens, in a sentence. */
  text: string;
  /** What the button says that does it. */
  label: string;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ title, text, label, onYes, onClose }: Question): JSX.Element {
  const confirm = (): void => {
    onClose();
    onYes();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button button-danger" onClick={confirm}>
          {label}
        </button>
      </div>
    </Dialog>
  );
}
