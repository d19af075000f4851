// The notice of what was done, with the button that takes it back.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./messages";
import type { Notice } from "./notice";

const IS_APPLE = /Mac|iP(hone|ad)/.test(navigator.platform);

interface Properties {
  notice: Notice;
  /** Of what was told before this; what is shown still stands there all the same. */
  after?: number;
  /** Where the focus goes when the button goes that has it. */
  leaveTo: () => HTMLElement | null | undefined;
}

export function NoticeBar({ notice, after = 0, leaveTo }: Properties) {
  const { told, isUndoing, undo, dismiss } = notice;
  const bar = useRef<HTMLDivElement>(null);
  const holding = useHolding(notice, told.isShown);
  const leave = (act: () => void) => {
    if (bar.current?.contains(document.activeElement)) leaveTo()?.focus({ preventScroll: true });
    act();
  };
  return (
    <div ref={bar} class={`notice ${told.isShown ? `shown ${told.tone}` : ""}`} {...(told.isShown && holding)}>
      <p class="said" role="status">
        {(told.isShown || told.id > after) && [told.text, ...told.more].join(" ")}
      </p>
      {told.steps && (
        <button
          type="button"
          aria-keyshortcuts="Control+Z Meta+Z"
          aria-disabled={isUndoing}
          onClick={() => leave(() => void undo())}
        >
          {t(isUndoing ? "undo.acting" : told.tone === "refused" ? "common.retry" : "undo.act")}{" "}
          <kbd>{IS_APPLE ? "⌘Z" : t("undo.keys")}</kbd>
        </button>
      )}
      {told.isShown && (
        <button type="button" class="close" aria-label={t("undo.close")} onClick={() => leave(dismiss)}>
          ✕
        </button>
      )}
    </div>
  );
}

/** The time stands still while the pointer or the focus is there. */
function useHolding({ hold, release }: Notice, isShown: boolean) {
  const [isPointed, point] = useState(false);
  const [isFocused, focus] = useState(false);
  const isHeld = isShown && (isPointed || isFocused);
  useEffect(() => {
    if (!isHeld) return undefined;
    hold();
    return () => release();
  }, [isHeld]);
  return {
    onPointerEnter: () => point(true),
    onPointerLeave: () => point(false),
    onFocusIn: () => focus(true),
    onFocusOut: () => focus(false),
  };
}

/** Ctrl+Z undoes what was done last, where no field has an undo of its own and no form is open. */
export function useUndoKey({ told, undo }: Notice, isFormOpen: boolean): void {
  const act = useRef<(() => void) | undefined>(undefined);
  act.current = told.steps && !isFormOpen ? () => void undo() : undefined;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!isUndo || !act.current || isField(event.target)) return;
      event.preventDefault();
      act.current();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
}
