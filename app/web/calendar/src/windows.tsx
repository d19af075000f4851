// The window that is open above the page.

import { useMemo } from "preact/hooks";
import type { Choices } from "./choices";
import { DayPanel } from "./day-panel";
import { DayPeople } from "./day-people";
import { DeleteForm } from "./delete-form";
import type { Found } from "./differences";
import { EditForm } from "./edit-form";
import { DeleteEntryForm, EditEntryForm } from "./entry-forms";
import { FeedWindow } from "./feed-window";
import type { Moving } from "./moving";
import type { Notice } from "./notice";
import { countOf } from "./page-foot";
import type { Opened } from "./page-window";
import type { Acts } from "./record";
import type { Loaded, Worker } from "./schedule";
import { SettleMany } from "./settle-many";
import { SettleWindow } from "./settle-window";
import { TimeOffForm } from "./time-off-form";
import type { Done } from "./undoing";
import { type View, daysOf } from "./view";
import { type Rights, type Viewer, may, onlyOwnOf } from "./viewer";

interface Properties {
  opened: Opened | undefined;
  onOpen: (next: Opened) => void;
  onClose: () => void;
  /** Something was done in the window: it is told, and the rows are read anew. */
  onDone: Done;
  /** Another day is to be chosen in the grid. */
  onMove: (moving: Moving) => void;
  page: Page;
}

/** What the windows need to know of the page below them. */
interface Page {
  view: View;
  schedule: Loaded;
  choices: Choices | undefined;
  viewer: Viewer | undefined;
  rights: Rights;
  /** How many are to be free on a workday. */
  minimum: number | undefined;
  differences: Found;
  notice: Notice;
  refresh: (workerId: string | undefined) => Promise<void>;
}

export function Windows({ opened, onOpen, onClose, onDone, onMove, page }: Properties) {
  const { view, schedule, choices, viewer, rights, minimum, differences, notice, refresh } = page;
  const { rows, total, isLoading } = schedule;
  const own = onlyOwnOf(rights);
  const everybody = useMemo(() => rows.map(({ worker }) => worker), [rows]);
  const ReviseForm = opened?.what === "edit" ? EditForm : DeleteForm;
  const ReviseEntryForm = opened?.what === "edit-entry" ? EditEntryForm : DeleteEntryForm;
  const restored = (worker: Worker): Acts["onRestored"] => (what, hints, undo) => {
    notice.tell(worker, what, undo, hints);
    void refresh(worker.id);
  };
  return (
    <>
      {opened?.what === "people" && (
        <DayPeople
          schedule={schedule}
          day={opened.day}
          minimum={minimum}
          counted={countOf(rows, total, isLoading)}
          onOpen={(worker) => onOpen({ what: "day", worker, day: opened.day })}
          onClose={onClose}
        />
      )}
      {opened?.what === "day" && (
        <DayPanel
          worker={opened.worker}
          day={opened.day}
          shown={daysOf(view)}
          watch={schedule.watch}
          notice={notice}
          onClose={onClose}
          onSubscribe={
            may(rights.feeds, opened.worker)
              ? () => onOpen({ what: "feeds", worker: opened.worker })
              : undefined
          }
          acts={
            may(rights.writes, opened.worker)
              ? {
                  onAdd: () => onOpen({ what: "form", worker: opened.worker, day: opened.day }),
                  onRevise: (what, record, originalDay) => onOpen({ ...opened, what, record, originalDay }),
                  onCopy: (copied) => onOpen({ what: "form", worker: opened.worker, day: opened.day, copied }),
                  onMove: (record) => onMove({ worker: opened.worker, day: opened.day, record }),
                  onReviseEntry: (what, entry) => onOpen({ ...opened, what: `${what}-entry`, entry }),
                  onRestored: restored(opened.worker),
                  onSettle: () => onOpen({ ...opened, what: "settle" }),
                }
              : undefined
          }
        />
      )}
      {opened?.what === "settle" && (
        <SettleWindow
          worker={opened.worker}
          day={opened.day}
          shown={daysOf(view)}
          rights={rights}
          watch={schedule.watch}
          onClose={onClose}
          onDone={onDone}
          onRevise={(what, record, originalDay) => onOpen({ ...opened, what, record, originalDay })}
          onReviseEntry={(what, entry) => onOpen({ ...opened, what: `${what}-entry`, entry })}
          onCopy={(copied) => onOpen({ what: "form", worker: opened.worker, day: opened.day, copied })}
          onRestored={restored(opened.worker)}
          onOpenDay={() => onOpen({ ...opened, what: "day" })}
        />
      )}
      {opened?.what === "settle-many" && (
        <SettleMany
          differences={opened.differences}
          rights={rights}
          onClose={onClose}
          onSettled={async (settled) => {
            const workers = [...new Set(settled.map(({ worker }) => worker.id))];
            schedule.news.add({ workers, days: daysOf(view) });
            await differences.refresh();
          }}
          onTold={(what, undo) => notice.tell(undefined, what, undo)}
        />
      )}
      {opened?.what === "feeds" && (
        <FeedWindow
          rights={rights}
          own={viewer?.worker ?? undefined}
          worker={opened.worker}
          view={view}
          choices={choices}
          onClose={onClose}
        />
      )}
      {opened?.what === "form" && (
        <TimeOffForm
          schedule={schedule}
          {...opened}
          workers={own ? [own] : everybody}
          isEverybody={own !== undefined}
          onClose={onClose}
          onCreated={onDone}
        />
      )}
      {(opened?.what === "edit" || opened?.what === "delete") && (
        <ReviseForm {...opened} schedule={schedule} onClose={onClose} onDone={onDone} />
      )}
      {(opened?.what === "edit-entry" || opened?.what === "delete-entry") && (
        <ReviseEntryForm
          {...opened}
          readsReasons={may(rights.reasons, opened.worker)}
          schedule={schedule}
          onClose={onClose}
          onDone={onDone}
        />
      )}
    </>
  );
}
