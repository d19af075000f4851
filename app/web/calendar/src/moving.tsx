// A record's other day, chosen in the grid: with a click, a tap, or the arrows and Enter.

import { useEffect } from "preact/hooks";
import type { Day } from "./days";
import { dayInFull } from "./formats";
import { t } from "./messages";
import type { OnlyRecord } from "./only-record";
import type { Opened } from "./page-window";
import type { Worker } from "./schedule";

/** What is on its way to another day. */
export interface Moving {
  worker: Worker;
  /** The day from which it was taken, of several that it may have. */
  day: Day;
  record: OnlyRecord;
}

/** The form that the choice of a day opens; undefined where that is no other day of the worker. */
export function openedBy({ worker, day, record }: Moving, takenFor: Worker, to: Day): Opened | undefined {
  if (takenFor.id !== worker.id || to === day) return undefined;
  const about = { worker, day, to };
  return "entry" in record ? { what: "edit-entry", ...about, ...record } : { what: "edit", ...about, ...record };
}

interface Properties {
  moving: Moving;
  onLeave: () => void;
}

/** Says what to do, and how to leave it. */
export function MovingBar({ moving, onLeave }: Properties) {
  useEffect(() => {
    const leave = ({ key }: KeyboardEvent) => {
      if (key === "Escape") onLeave();
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  return (
    <div class="notice shown moving-bar">
      <p class="said" role="status">
        {t("move.choose", { name: moving.worker.fullName, day: dayInFull(moving.day) })}{" "}
        <span class="by-keys">{t("move.keys")}</span>
      </p>
      <button type="button" onClick={onLeave}>
        {t("common.cancel")}
      </button>
    </div>
  );
}
