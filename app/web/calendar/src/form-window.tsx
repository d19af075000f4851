// A window with a form: its fields, what would happen beside them, and the buttons below.

import type { ComponentChildren } from "preact";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { type PlainId, t } from "./messages";
import type { useSubmit } from "./submitting";
import type { Problem } from "./wish";

interface Properties<Done extends { problems: Problem[] }> {
  subtitle: string;
  /** What stands above the window, and on the button, as it is and while it is sent. */
  words: { title: PlainId; act: PlainId; acting: PlainId };
  sending: ReturnType<typeof useSubmit<Done>>;
  /** What no field shows: it is said above them. */
  elsewhere: Problem[];
  /** What stands above all else, and bars the way where it does. */
  barrier?: ComponentChildren;
  preview: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}

export function FormWindow<Done extends { problems: Problem[] }>(properties: Properties<Done>) {
  const { subtitle, words, sending, elsewhere, barrier, preview, onClose, children } = properties;
  const { failure, isSending, form } = sending;
  return (
    <Dialog title={t(words.title)} subtitle={subtitle} class="create" onClose={onClose}>
      <form class="window-body" {...form}>
        <div class="fields">
          {barrier}
          {(failure || (!barrier && elsewhere.length > 0)) && (
            <div class="banner" role="alert">
              <p>
                {failure && <FailureText failure={failure} isTyping />}
                {!failure && elsewhere.map(({ message }) => message).join(" ")}
              </p>
            </div>
          )}
          {children}
        </div>
        {preview}
        <div class="window-foot">
          <button type="button" onClick={onClose}>
            {t("common.cancel")}
          </button>
          <button type="submit" class="primary" disabled={Boolean(barrier)} aria-disabled={isSending}>
            {t(isSending ? words.acting : failure ? "common.retry" : words.act)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The focus goes to the first field at the place that can be written into: what it was on has gone. */
export function focusFirstField(form: HTMLFormElement | null, place?: string): void {
  const within = place === undefined ? "" : `[data-place="${place}"] `;
  requestAnimationFrame(() => form?.querySelector<HTMLElement>(`${within}input:enabled`)?.focus());
}
