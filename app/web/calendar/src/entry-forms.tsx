// Changes the day of an entry of Kantata and how much of it, or deletes it, once it is seen what becomes of its days.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { type Day, FIRST_DAY, LAST_DAY, isDay } from "./days";
import { useBar } from "./entry-bar";
import { type EntryDrafting, useEntryDraft } from "./entry-draft";
import { type DayEntry, remarksOn } from "./entry";
import { type RevisedEntry, moveEntry, removeEntries, removeEntry, updateEntry } from "./entry-revising";
import { Field } from "./fields";
import { FormWindow, focusFirstField } from "./form-window";
import { dayInFull, dayText, spanText } from "./formats";
import type { Cell } from "./kinds";
import { type PlainId, t } from "./messages";
import { Becoming, Preview, Warnings, usePreview, useShownDays } from "./preview";
import { AmountFields, hoursHint } from "./range-fields";
import { type KnownDay, type Plan, type RangeWish, daysAsked, planOf } from "./ranges";
import type { Written } from "./refusals";
import type { Schedule, Worker } from "./schedule";
import type { How } from "./sending";
import { inWords } from "./span-fields";
import { useSubmit } from "./submitting";
import { undoOfEntriesDelete, undoOfEntryEdit, undoOfEntryMove } from "./undo-entries";
import type { Done } from "./undoing";
import { type Problem, atRange, firstWish, problemsOfRange } from "./wish";
import { useWorkerDays } from "./worker-days";

const HOURS = atRange(0, "hours");
const DAY = atRange(0, "requestedDate");
const HAS_FIELD = [HOURS, DAY];
/** Where the fields of the gateway's input stand here. */
const FIELDS: Partial<Record<string, string>> = { hours: HOURS, requestedDate: DAY };
const EDIT = { title: "edit.title", act: "edit.act", acting: "edit.acting", idle: "edit.idle" } as const;
const DELETE = { title: "delete.title", act: "delete.act", acting: "delete.acting" } as const;

interface Edit {
  written: Written;
  entry: DayEntry;
  day: Day;
  hours: number;
}

interface Properties {
  schedule: Schedule;
  worker: Worker;
  entry: DayEntry;
  /** The day to which it goes. */
  to?: Day;
  /** Whether the viewer reads what references say of this worker. */
  readsReasons: boolean;
  onClose: () => void;
  onDone: Done;
}

export function EditEntryForm(properties: Properties) {
  const { schedule, worker, onDone } = properties;
  const drafting = useEntryDraft(properties.entry, properties.to);
  const { entry, range, change } = drafting;
  const { cells, failure: unread } = useWorkerDays(schedule, worker, daysAsked([range]));
  const text = JSON.stringify([entry.updatedAt, range]);
  const sent = useRef<{ text: string; plan: Plan | undefined }>(undefined);
  // What was sent and got no answer is sent again as it was, whatever its days have become by it.
  const plan = sent.current?.text === text ? sent.current.plan : planOf([range], knownBeside(entry, cells));
  const problems = problemsOf(range, plan, entry);
  const [planned] = problems.length === 0 ? (plan?.entries ?? []) : [];
  const edit = planned && { written: writtenOf(worker, entry), entry, day: range.first, hours: Number(planned.hours) };
  const foreseen = usePreview(edit && { updatedAt: entry.updatedAt, planned }, (signal) =>
    carryOut(edit!, { dryRun: true }, signal),
  );
  const sending = useSubmit<RevisedEntry>({
    text: JSON.stringify([text, planned]),
    unready: problems,
    isReading: !plan && !unread,
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => {
      sent.current = { text, plan };
      const done = await carryOut(edit!, { idempotencyKey: key });
      sent.current = undefined;
      return drafting.noted(done);
    },
    onDone: ({ after }) => {
      const undo = edit!.day === entry.requestedDate ? undoOfEntryEdit : undoOfEntryMove;
      return onDone(worker, doneInWords(worker, edit!), undo(worker, entry, after));
    },
  });
  const isMove = isDay(range.first) && range.first !== entry.requestedDate;
  const put = (next: RangeWish) => {
    sending.forget();
    change(next);
  };
  return (
    <EntryWindow
      {...properties}
      what={isMove ? "move" : "edit"}
      words={EDIT}
      drafting={drafting}
      about={[entry]}
      foreseen={unread ? { ...foreseen, failure: unread } : foreseen}
      sending={sending}
    >
      <div class="range">
        <Field label={t("form.day")} place={DAY} problems={sending.problems} hint={inWords(range.first)}>
          <input
            type="date"
            min={FIRST_DAY}
            max={LAST_DAY}
            value={range.first}
            onInput={({ currentTarget: { value } }) => put({ ...range, first: value, last: value })}
          />
        </Field>
        <AmountFields
          range={range}
          place={0}
          plan={plan}
          problems={sending.problems}
          hint={isMove ? hoursHint(range, 0, cells, plan) : t("entry.total")}
          onChange={put}
        />
      </div>
    </EntryWindow>
  );
}

export function DeleteEntryForm(properties: Properties) {
  const { worker, readsReasons, onDone } = properties;
  const drafting = useEntryDraft(properties.entry);
  const { entry } = drafting;
  const [isWhole, setWhole] = useState(false);
  const [reading, setReading] = useState(0);
  // Of a bar it is still said when the bar has been read anew, and is another one.
  const [said, setSaid] = useState<Problem[]>([]);
  const bar = useBar(worker, entry, reading);
  const entries = isWhole && bar && bar.length > 1 ? bar : [entry];
  const isOne = entries.length === 1;
  const written = writtenOf(worker, entry);
  const carryOutAll = (how: How, signal?: AbortSignal) =>
    isOne ? removeEntry(written, entry, how, signal) : removeEntries(written, entries, how, signal);
  const foreseen = usePreview(entries, (signal) => carryOutAll({ dryRun: true }, signal));
  const undo = undoOfEntriesDelete(worker, entries, readsReasons);
  const sending = useSubmit<RevisedEntry>({
    text: JSON.stringify(entries.map(({ id, updatedAt }) => [id, updatedAt])),
    unready: [],
    judged: [],
    send: async (key) => {
      setSaid([]);
      const done = drafting.noted(await carryOutAll({ idempotencyKey: key }));
      if (!isOne) setSaid(done.problems);
      // What somebody has changed meanwhile is looked at once more before it goes.
      if (done.problems.length > 0) setReading(reading + 1);
      return done;
    },
    onDone: () => onDone(worker, deletedInWords(worker, entries), undo),
  });
  return (
    <EntryWindow
      {...properties}
      what="delete"
      words={DELETE}
      drafting={drafting}
      about={entries}
      foreseen={foreseen}
      sending={said.length > 0 ? { ...sending, problems: said } : sending}
    >
      {bar && bar.length > 1 && (
        <BarChoice
          entry={entry}
          bar={bar}
          isWhole={isWhole}
          onChange={(next) => {
            sending.forget();
            setSaid([]);
            setWhole(next);
          }}
        />
      )}
      <p class="quiet">
        {isOne
          ? t("entry.consequence", { hours: entry.hours })
          : t("bar.consequence", { count: entries.length, hours: sumOf(entries) })}
      </p>
      {undo.lost.map((each) => (
        <Remark key={each} text={each} />
      ))}
    </EntryWindow>
  );
}

interface BarProperties {
  entry: DayEntry;
  bar: DayEntry[];
  isWhole: boolean;
  onChange: (isWhole: boolean) => void;
}

/** The day alone, or all days of the bar in which it is drawn. */
function BarChoice({ entry, bar, isWhole, onChange }: BarProperties) {
  const choices = [
    { whole: false, name: t("bar.day"), what: dayText(entry.requestedDate, entry.requestedDate) },
    { whole: true, name: t("bar.whole"), what: t("bar.days", { count: bar.length, span: spanOf(bar) }) },
  ];
  return (
    <fieldset class="models scopes">
      <legend>{t("delete.legend")}</legend>
      {choices.map(({ whole, name, what }) => (
        <label key={name}>
          <input type="radio" name="bar" checked={isWhole === whole} onChange={() => onChange(whole)} />
          <span>
            <b>{name}</b>
            <span>{what}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function spanOf(bar: DayEntry[]): string {
  const [first = "", last = ""] = [bar[0]?.requestedDate, bar.at(-1)?.requestedDate];
  return spanText(first, last, first);
}

function sumOf(entries: DayEntry[]): number {
  return entries.reduce((sum, { hours }) => sum + hours, 0);
}

function deletedInWords(worker: Worker, entries: DayEntry[]): string {
  const [entry] = entries;
  if (entry && entries.length === 1) return t("entry.deleted", { hours: entry.hours, ...aboutOf(worker, entry) });
  const of = { count: entries.length, hours: sumOf(entries), span: spanOf(entries), name: worker.fullName };
  return t("bar.deleted", of);
}

interface WindowProperties extends Properties {
  what: "edit" | "move" | "delete";
  words: { title: PlainId; act: PlainId; acting: PlainId; idle?: PlainId };
  drafting: EntryDrafting;
  /** All that would be changed or deleted. */
  about: DayEntry[];
  foreseen: ReturnType<typeof usePreview<RevisedEntry>>;
  sending: ReturnType<typeof useSubmit<RevisedEntry>>;
  children: ComponentChildren;
}

function EntryWindow(properties: WindowProperties) {
  const { what, words, schedule, worker, drafting, about, foreseen, sending, onClose, children } = properties;
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
              focusFirstField(form.ref.current, HOURS);
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
      {remarksOn(about, what === "edit" ? "edit" : "delete").map((each) => (
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

/** The day's new total, or another day; what is wrong with it stands at its field. */
async function carryOut({ written, entry, day, hours }: Edit, how: How, signal?: AbortSignal): Promise<RevisedEntry> {
  const answer =
    day === entry.requestedDate
      ? await updateEntry(written, entry, hours, how, signal)
      : await moveEntry(written, entry, day, hours, how, signal);
  const problems = answer.problems.map((each) => ({ ...each, place: FIELDS[each.place] ?? each.place }));
  return { ...answer, problems };
}

function doneInWords(worker: Worker, { entry, day, hours }: Edit): string {
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
