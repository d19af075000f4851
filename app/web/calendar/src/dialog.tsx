// A window above the page. The browser keeps the focus in it.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "./messages";

interface Properties {
  title: string;
  subtitle?: string;
  class: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, subtitle, class: className, onClose, children }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget | null>(null);
  const isGone = useRef(false);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => {
      isGone.current = true;
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={className}
      aria-labelledby="dialog-title"
      // The browser tells of Escape twice: at once, and in the next frame that it has shut the window. The page
      // takes it away at once: what a quick hand has opened meanwhile would be closed by what is told later.
      onCancel={({ target }) => {
        if (target === dialog.current) onClose();
      }}
      onClose={() => {
        if (!isGone.current) onClose();
      }}
      onPointerDown={({ target }) => {
        pressed.current = target;
      }}
      onClick={({ target, detail }) => {
        // A click beside the window's content lies on the dialog itself. So does the end of a text that was
        // chosen with the mouse from within, and the second click of what has opened or changed the window
        // by the first: neither is a wish to leave.
        if (target === dialog.current && pressed.current === target && detail < 2) onClose();
      }}
    >
      <div class="window">
        <div class="window-head">
          <div>
            <h2 id="dialog-title">{title}</h2>
            {subtitle && <p>{subtitle}</p>}
          </div>
          <button type="button" class="close" aria-label={t("common.close")} onClick={onClose}>
            ✕
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
