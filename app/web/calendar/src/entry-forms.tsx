// Changes an entry of Kantata, its day and how much of it, or deletes it, once it is seen what becomes of its days.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { type Day, FIRST_DAY, LAST_DAY, isDay } from "./days";
import { type EntryDrafting, useEntryDraft } from "./entry-draft";
import { type DayEntry, remarksOn } from "./entry";
import { type Move, Moving, foreseeMove, lostByMove, wishedOf } from "./entry-moving";
import { NOTHING, type RevisedEntry, removeEntry, updateEntry } from "./entry-revising";
import { Field } from "./fields";
import { FormWindow, focusFirstField } from "./form-window";
import { dayInFull, dayText } from "./formats";
import type { Cell } from "./kinds";
import { type PlainId, t } from "./messages";
import { Becoming, Preview, Warnings, entriesInWords, usePreview, useShownDays } from "./preview";
import { AmountFields, hoursHint } from "./range-fields";
import { type KnownDay, type Plan, type RangeWish, daysAsked, planOf } from "./ranges";
import type { Schedule, Worker } from "./schedule";
import type { How } from "./sending";
import { inWords } from "./span-fields";
import { useSubmit } from "./submitting";
import { undoOfEntryDelete, undoOfEntryEdit, undoOfEntryMove } from "./undo-entries";
import type { Done } from "./undoing";
import { type Problem, atRange, firstWish, problemsOfRange } from "./wish";
import { useWorkerDays } from "./worker-days";

const HAS_FIELD = ["requestedDate", "hours"].map((name) => atRange(0, name));
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
  const { schedule, worker, readsReasons, onDone } = properties;
  const drafting = useEntryDraft(properties.entry);
  const { entry, range, change } = drafting;
  const { cells, failure: unread } = useWorkerDays(schedule, worker, daysAsked([range]));
  const text = JSON.stringify([entry.updatedAt, range]);
  const sent = useRef<{ text: string; plan: Plan | undefined }>(undefined);
  // What was sent and got no answer is sent again as it was, whatever its days have become by it.
  const plan = sent.current?.text === text ? sent.current.plan : planOf([range], knownBeside(entry, cells));
  const problems = problemsOf(range, plan, entry);
  const [planned] = problems.length === 0 ? (plan?.entries ?? []) : [];
  const edit = planned && { worker, written: writtenOf(worker, entry), entry, day: range.first, hours: Number(planned.hours) };
  const moving = useRef(new Moving()).current;
  const foreseen = usePreview(edit && { updatedAt: entry.updatedAt, planned }, (signal) =>
    edit!.day === entry.requestedDate ? changeHours(edit!, { dryRun: true }, signal) : foreseeMove(edit!, signal),
  );
  const sending = useSubmit<RevisedEntry>({
    text: JSON.stringify([text, planned]),
    unready: problems,
    isReading: !plan && !unread,
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => {
      sent.current = { text, plan };
      const done = await carryOut(edit!, moving, key);
      sent.current = undefined;
      return drafting.noted(done);
    },
    onDone: ({ after, made }) => {
      const undo = made
        ? undoOfEntryMove(worker, entry, wishedOf(edit!), made, readsReasons)
        : undoOfEntryEdit(worker, entry, after);
      return onDone(worker, doneInWords(edit!), undo);
    },
  });
  const isMove = isDay(range.first) && range.first !== entry.requestedDate;
  return (
    <EntryWindow
      {...properties}
      what={isMove ? "move" : "edit"}
      words={EDIT}
      drafting={drafting}
      foreseen={unread ? { ...foreseen, failure: unread } : foreseen}
      sending={sending}
    >
      {isMove && <p class="quiet">{t("entry.movedAsNew", { day: dayText(entry.requestedDate, range.first) })}</p>}
      {edit && isMove && lostByMove(edit, readsReasons).map((each) => <Remark key={each} text={each} />)}
      <EntryFields
        range={range}
        plan={plan}
        problems={sending.problems}
        hint={isMove ? hoursHint(range, 0, cells, plan) : t("entry.total")}
        onChange={(next) => {
          sending.forget();
          change(next);
        }}
      />
    </EntryWindow>
  );
}

interface FieldsProperties {
  range: RangeWish;
  plan: Plan | undefined;
  problems: Problem[];
  /** What stands below the hours. */
  hint: string | undefined;
  onChange: (range: RangeWish) => void;
}

/** As where days are recorded, of a single one. */
function EntryFields({ range, plan, problems, hint, onChange }: FieldsProperties) {
  return (
    <div class="range">
      <Field
        label={t("form.day")}
        place={atRange(0, "requestedDate")}
        problems={problems}
        hint={inWords(range.first)}
      >
        <input
          type="date"
          min={FIRST_DAY}
          max={LAST_DAY}
          value={range.first}
          onInput={({ currentTarget: { value } }) => onChange({ ...range, first: value, last: value })}
        />
      </Field>
      <AmountFields range={range} place={0} plan={plan} problems={problems} hint={hint} onChange={onChange} />
    </div>
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
        <Remark key={each} text={each} />
      ))}
    </EntryWindow>
  );
}

interface WindowProperties extends Properties {
  what: "edit" | "move" | "delete";
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
      elsewhere={problems.filter(({ place }) => what === "delete" || !HAS_FIELD.includes(place))}
      barrier={
        meanwhile !== undefined && (
          <EntryChangedMeanwhile
            drafting={drafting}
            now={meanwhile}
            hasYours={what !== "delete"}
            onGoOn={(version) => {
              goOn(version);
              focusFirstField(form.ref.current, atRange(0, "hours"));
            }}
          />
        )
      }
      preview={
        <Preview foreseen={foreseen} marked={problems} idle={words.idle ? t(words.idle) : ""}>
          {({ warnings, days, made }) => (
            <>
              {made && <p>{createdInWords(made)}</p>}
              <Warnings warnings={warnings} />
              <Becoming days={days} now={now} />
            </>
          )}
        </Preview>
      }
      onClose={onClose}
    >
      {remarksOn(entry, what === "edit" ? "edit" : "delete").map((each) => (
        <Remark key={each} text={each} />
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
function EntryChangedMeanwhile({ drafting: { entry, range }, now, hasYours, onGoOn }: MeanwhileProperties) {
  if (!now) {
    return (
      <div class="banner" role="alert">
        <p>{t("meanwhile.deleted")}</p>
      </div>
    );
  }
  const sides: [string, string][] = [
    [t("meanwhile.sideBefore"), t("hours", { hours: entry.hours })],
    [t("meanwhile.sideTheirs"), t("hours", { hours: now.hours })],
    ...(hasYours ? [[t("meanwhile.sideYours"), yoursInWords(range, entry)] satisfies [string, string]] : []),
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
              <dd>{each}</dd>
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

function yoursInWords({ first, amount, hours }: RangeWish, { requestedDate }: DayEntry): string {
  const much = amount === "HOURS" ? t("hours", { hours: Number(hours) }) : t(`range.${amount}`);
  return first === requestedDate ? much : t("entry.yoursOn", { much, day: dayText(first, requestedDate) });
}

function Remark({ text }: { text: string }) {
  return <p class="remark">{text}</p>;
}

function createdInWords({ results }: NonNullable<RevisedEntry["made"]>): string {
  // Of several items, one for each reference, the first makes the entry, and the others add to it.
  const isNew = results.some(({ outcome }) => outcome === "CREATED");
  return entriesInWords(isNew ? 1 : 0, isNew ? 0 : 1);
}

/** What is known of the days when the entry itself is left out: its own hours may be written anew. */
function knownBeside({ requestedDate }: DayEntry, cells: Map<Day, Cell>): Map<Day, KnownDay> {
  return new Map(
    [...cells].map(([day, { told }]) => [
      day,
      day === requestedDate ? { ...told, availableHours: told.workdayHours } : told,
    ]),
  );
}

/** What is not even a change yet. */
function problemsOf(range: RangeWish, plan: Plan | undefined, entry: DayEntry): Problem[] {
  const problems = problemsOfRange(range, 0, plan).filter(({ place }) => place !== atRange(0, "lastDay"));
  if (problems.length > 0) return problems;
  const [planned] = plan?.entries ?? [];
  if (!planned) return [{ place: "", message: t("range.reading") }];
  const isSame = planned.day === entry.requestedDate && Number(planned.hours) === entry.hours;
  return isSame ? [{ place: "", message: t("edit.unchanged") }] : [];
}

async function carryOut(edit: Move, moving: Moving, key: string): Promise<RevisedEntry> {
  if (edit.day !== edit.entry.requestedDate) return moving.carryOut(edit, key);
  const problems = await moving.leave();
  return problems.length > 0 ? { ...NOTHING, problems } : changeHours(edit, { idempotencyKey: key });
}

/** The day's new total; what is wrong with it stands at the hours. */
async function changeHours({ written, entry, hours }: Move, how: How, signal?: AbortSignal): Promise<RevisedEntry> {
  const answer = await updateEntry(written, entry, hours, how, signal);
  const problems = answer.problems.map((each) =>
    each.place === "hours" ? { ...each, place: atRange(0, "hours") } : each,
  );
  return { ...answer, problems };
}

function doneInWords({ worker, entry, day, hours }: Move): string {
  const { requestedDate, hours: before } = entry;
  if (day === requestedDate) return t("entry.changed", { before, after: hours, ...aboutOf(worker, entry) });
  const [from, to] = [dayText(requestedDate, day), dayText(day, requestedDate)];
  return t("entry.moved", { before, after: hours, from, to, name: worker.fullName });
}

/** Refusals name the worker; the days of a span they do not have. */
function writtenOf(worker: Worker, entry: DayEntry) {
  return { worker, span: firstWish(worker, entry.requestedDate, 0).span };
}

function aboutOf(worker: Worker, { requestedDate }: DayEntry) {
  return { day: dayText(requestedDate, requestedDate), name: worker.fullName };
}
