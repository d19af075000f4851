// Changes the hours of an entry of Kantata, or deletes it, once it is seen what becomes of the day.

import type { ComponentChildren } from "preact";
import { type EntryDrafting, useEntryDraft } from "./entry-draft";
import { type DayEntry, remarksOn } from "./entry";
import { type RevisedEntry, removeEntry, updateEntry } from "./entry-revising";
import { Field } from "./fields";
import { FormWindow, focusFirstField } from "./form-window";
import { dayInFull, dayText } from "./formats";
import { HoursInput } from "./hours-input";
import { type PlainId, t } from "./messages";
import { Becoming, Preview, Warnings, usePreview, useShownDays } from "./preview";
import type { Schedule, Worker } from "./schedule";
import { useSubmit } from "./submitting";
import { undoOfEntryDelete, undoOfEntryEdit } from "./undo-entries";
import type { Done } from "./undoing";
import { firstWish } from "./wish";

const EDIT = { title: "edit.title", act: "edit.act", acting: "edit.acting", idle: "edit.idle" } as const;
const DELETE = { title: "delete.title", act: "delete.act", acting: "delete.acting" } as const;

interface Properties {
  schedule: Schedule;
  worker: Worker;
  entry: DayEntry;
  /** Whether the viewer reads what references say of this worker. */
  readsReasons: boolean;
  onClose: () => void;
  onDone: Done;
}

export function EditEntryForm(properties: Properties) {
  const { worker, onDone } = properties;
  const drafting = useEntryDraft(properties.entry);
  const { entry, hours, change, problems } = drafting;
  const written = writtenOf(worker, entry);
  const wanted = problems.length === 0 ? Number(hours) : undefined;
  const foreseen = usePreview(wanted === undefined ? undefined : { updatedAt: entry.updatedAt, wanted }, (signal) =>
    updateEntry(written, entry, wanted!, { dryRun: true }, signal),
  );
  const sending = useSubmit<RevisedEntry>({
    text: JSON.stringify([entry.updatedAt, hours]),
    unready: problems,
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => drafting.noted(await updateEntry(written, entry, wanted!, { idempotencyKey: key })),
    onDone: ({ after }) => {
      const hours = { before: entry.hours, after: wanted! };
      const what = t("entry.changed", { ...hours, ...aboutOf(worker, entry) });
      return onDone(worker, what, undoOfEntryEdit(worker, entry, after));
    },
  });
  return (
    <EntryWindow
      {...properties}
      what="edit"
      words={EDIT}
      drafting={drafting}
      foreseen={foreseen}
      sending={sending}
    >
      <Field label={t("form.hours")} place="hours" problems={sending.problems} hint={t("entry.total")}>
        <HoursInput
          hours={hours}
          isTyped
          onChange={(typed) => {
            sending.forget();
            change(typed);
          }}
        />
      </Field>
    </EntryWindow>
  );
}

export function DeleteEntryForm(properties: Properties) {
  const { worker, readsReasons, onDone } = properties;
  const drafting = useEntryDraft(properties.entry);
  const { entry } = drafting;
  const written = writtenOf(worker, entry);
  const foreseen = usePreview(entry, (signal) => removeEntry(written, entry, { dryRun: true }, signal));
  const undo = undoOfEntryDelete(worker, entry, readsReasons);
  const sending = useSubmit<RevisedEntry>({
    text: entry.updatedAt,
    unready: [],
    judged: [],
    send: async (key) => drafting.noted(await removeEntry(written, entry, { idempotencyKey: key })),
    onDone: () => onDone(worker, t("entry.deleted", { hours: entry.hours, ...aboutOf(worker, entry) }), undo),
  });
  return (
    <EntryWindow
      {...properties}
      what="delete"
      words={DELETE}
      drafting={drafting}
      foreseen={foreseen}
      sending={sending}
    >
      <p class="quiet">{t("entry.consequence", { hours: entry.hours })}</p>
      {undo.lost.map((each) => (
        <p key={each} class="remark">
          {each}
        </p>
      ))}
    </EntryWindow>
  );
}

interface WindowProperties extends Properties {
  what: "edit" | "delete";
  words: { title: PlainId; act: PlainId; acting: PlainId; idle?: PlainId };
  drafting: EntryDrafting;
  foreseen: ReturnType<typeof usePreview<RevisedEntry>>;
  sending: ReturnType<typeof useSubmit<RevisedEntry>>;
  children: ComponentChildren;
}

function EntryWindow(properties: WindowProperties) {
  const { what, words, schedule, worker, drafting, foreseen, sending, onClose, children } = properties;
  const { entry, meanwhileIn, goOn } = drafting;
  const { problems, form } = sending;
  const now = useShownDays(schedule, worker);
  const meanwhile = meanwhileIn(foreseen.answer);
  return (
    <FormWindow
      subtitle={`${worker.fullName} · ${dayInFull(entry.requestedDate)}`}
      words={words}
      sending={sending}
      elsewhere={problems.filter(({ place }) => !(what === "edit" && place === "hours"))}
      barrier={
        meanwhile !== undefined && (
          <EntryChangedMeanwhile
            drafting={drafting}
            now={meanwhile}
            hasYours={what === "edit"}
            onGoOn={(version) => {
              goOn(version);
              focusFirstField(form.ref.current);
            }}
          />
        )
      }
      preview={
        <Preview foreseen={foreseen} marked={problems} idle={words.idle ? t(words.idle) : ""}>
          {({ warnings, days }) => (
            <>
              <Warnings warnings={warnings} />
              <Becoming days={days} now={now} />
            </>
          )}
        </Preview>
      }
      onClose={onClose}
    >
      {remarksOn(entry, what).map((each) => (
        <p key={each} class="remark">
          {each}
        </p>
      ))}
      {children}
    </FormWindow>
  );
}

interface MeanwhileProperties {
  drafting: EntryDrafting;
  /** Null where it is gone. */
  now: DayEntry | null;
  /** Whether other hours were written. */
  hasYours: boolean;
  onGoOn: (entry: DayEntry) => void;
}

/** What somebody else has made of the hours, beside what one has written, and the way on. */
function EntryChangedMeanwhile({ drafting: { entry, hours }, now, hasYours, onGoOn }: MeanwhileProperties) {
  if (!now) {
    return (
      <div class="banner" role="alert">
        <p>{t("meanwhile.deleted")}</p>
      </div>
    );
  }
  const sides: [string, number][] = [
    [t("meanwhile.sideBefore"), entry.hours],
    [t("meanwhile.sideTheirs"), now.hours],
    ...(hasYours ? [[t("meanwhile.sideYours"), Number(hours)] satisfies [string, number]] : []),
  ];
  return (
    <div class="banner meanwhile" role="alert">
      <p>
        <b>{t("meanwhile.changed")}</b> {now.hours === entry.hours && t("meanwhile.nothing")}
      </p>
      {now.hours !== entry.hours && (
        <dl>
          {sides.map(([name, each]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{t("hours", { hours: each })}</dd>
            </div>
          ))}
        </dl>
      )}
      <button type="button" onClick={() => onGoOn(now)}>
        {t("meanwhile.goOn")}
      </button>
      {hasYours && <p>{t("meanwhile.kept")}</p>}
    </div>
  );
}

/** Refusals name the worker; the days of a span they do not have. */
function writtenOf(worker: Worker, entry: DayEntry) {
  return { worker, span: firstWish(worker, entry.requestedDate, 0).span };
}

function aboutOf(worker: Worker, { requestedDate }: DayEntry) {
  return { day: dayText(requestedDate, requestedDate), name: worker.fullName };
}
