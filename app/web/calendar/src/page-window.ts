// Which window is open above the page, and where the focus goes when it is closed.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Day } from "./days";
import type { DayEntry } from "./entry";
import type { SpanRecord } from "./occurrences";
import type { Worker } from "./schedule";
import type { Difference } from "./settle-plans";
import type { Wish } from "./wish";

export type Opened =
  | { what: "day"; worker: Worker; day: Day }
  | { what: "people"; day: Day }
  | { what: "edit" | "delete"; worker: Worker; day: Day; record: SpanRecord; originalDay: Day; to?: Day }
  | { what: "edit-entry" | "delete-entry"; worker: Worker; day: Day; entry: DayEntry; to?: Day }
  | { what: "settle"; worker: Worker; day: Day }
  | { what: "settle-many"; differences: Difference[] }
  | { what: "feeds"; worker: Worker | undefined }
  | { what: "form"; worker: Worker | undefined; day: Day | undefined; last?: Day; copied?: Wish };

/** What is open above the page. When it is closed, the focus goes back to where it came from. */
export function useWindow() {
  const [opened, setOpened] = useState<Opened>();
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (opened || !opener.current) return;
    const places = [opener.current, activeCell(), firstOfDifferences()];
    // A cell that was clicked could not have the focus yet when its day was opened.
    const place = places.find((each) => each?.isConnected && each !== document.body);
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
  }, [opened]);
  const open = (next: Opened | undefined) => {
    if (!opened) opener.current = document.activeElement;
    setOpened(next);
  };
  /** Close this one, unless another stands there by now. */
  const leave = (left: Opened | undefined) => setOpened((now) => (now === left ? undefined : now));
  return [opened, open, leave] as const;
}

export function activeCell(): HTMLElement | null {
  return document.querySelector('[role=grid] [tabindex="0"]');
}

function firstOfDifferences(): HTMLElement | null {
  return document.querySelector(".settle [data-place]") ?? document.querySelector(".settle-door");
}
