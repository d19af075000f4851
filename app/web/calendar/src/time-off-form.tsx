// Creates time off of either model. What it would do stands beside it before it is sent.

import { type VNode, cloneElement } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { type Day, FIRST_DAY, LAST_DAY, addDays, daysBetween, isDay, today, weekdayName, within } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { Check, Field } from "./fields";
import { Failure } from "./gateway";
import { type Cell, hoursText } from "./kinds";
import { Preview, usePreview } from "./preview";
import { REPEATS, unitOf } from "./repeats";
import type { Schedule, Worker } from "./schedule";
import { create, newKey } from "./sending";
import { useTouched } from "./touched";
import {
  type EntryWish,
  type Problem,
  type SpanWish,
  type Wish,
  MOST_CADENCE,
  firstWish,
  nextEntry,
  problemsOf,
  requestOf,
} from "./wish";

const USUAL_HOURS = 8;
/** READERS_OF_REASONS of app/services/caller.py in words for people; a test holds them together. */
const READERS = "Read by the worker and by those who may read reasons.";

interface Properties {
  schedule: Schedule;
  /** Whose time off may be recorded. */
  workers: Worker[];
  worker: Worker | undefined;
  day: Day | undefined;
  onClose: () => void;
  onCreated: (worker: Worker, what: string) => Promise<void>;
}

export function TimeOffForm({ schedule, workers, worker, day, onClose, onCreated }: Properties) {
  const [wish, setWish] = useState(() => {
    const cells = schedule.rows.find((row) => row.worker.id === worker?.id)?.cells;
    const free = cells?.find((cell) => cell.day === day)?.freeHours;
    return firstWish(worker, day ?? within(today()), free ?? USUAL_HOURS);
  });
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [refused, setRefused] = useState<{ text: string; problems: Problem[] }>();
  const form = useRef<HTMLFormElement>(null);
  const key = useRef({ text: "", value: "" });
  const request = requestOf(wish);
  const foreseen = usePreview(wish, request);
  const touched = useTouched();
  const text = JSON.stringify(wish);
  const now = useMemo(() => {
    const row = schedule.rows.find((each) => each.worker.id === wish.worker?.id);
    return new Map(row?.cells.map((cell) => [cell.day, cell]));
  }, [schedule.rows, wish.worker]);

  // What the form was refused for holds until it is changed; then the preview judges. Until it was sent,
  // nobody is told that a field is wrong which nobody has touched yet.
  const unread = problemsOf(wish).filter(({ place }) => refused || touched.isLeft(place));
  const judged = (foreseen.answer?.problems ?? []).filter(({ place }) => refused || touched.isChanged(place));
  const problems = refused?.text === text ? refused.problems : [...unread, ...judged];
  const change = (changed: Partial<Wish>) => {
    setFailure(undefined);
    setWish({ ...wish, ...changed });
  };
  const refuse = (why: Problem[]) => {
    setRefused({ text, problems: why });
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const submit = async () => {
    if (isSending) return;
    if (!request || !wish.worker) return refuse(problemsOf(wish));
    // One key for one wish: sent again after a failure it is not carried out twice.
    if (key.current.text !== text) key.current = { text, value: newKey() };
    setSending(true);
    setFailure(undefined);
    try {
      const answer = await create(wish, request, key.current.value);
      if (answer.problems.length) refuse(answer.problems);
      else await onCreated(wish.worker, createdIn(answer.days.length));
    } catch (fault) {
      setFailure(Failure.of(fault));
    } finally {
      setSending(false);
    }
  };

  const elsewhere = problems.filter(({ place }) => !hasField(wish, place));
  return (
    <Dialog title="New time off" class="create" onClose={onClose}>
      <form
        ref={form}
        class="window-body"
        noValidate
        onInput={touched.onInput}
        onFocusOut={touched.onFocusOut}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="fields">
          {(failure || elsewhere.length > 0) && (
            <div class="banner" role="alert">
              <p>
                {failure && <FailureText failure={failure} isTyping />}
                {!failure && elsewhere.map(({ message }) => message).join(" ")}
              </p>
            </div>
          )}
          <WorkerField workers={workers} wish={wish} problems={problems} onChange={change} />
          <ModelChoice wish={wish} onChange={change} />
          {wish.model === "entries" ? (
            <EntryFields
              entries={wish.entries}
              now={now}
              problems={problems}
              onChange={(entries) => change({ entries })}
              onRemove={touched.forget}
            />
          ) : (
            <SpanFields span={wish.span} problems={problems} onChange={(span) => change({ span })} />
          )}
        </div>
        <Preview foreseen={foreseen} marked={problems} now={now} />
        <div class="window-foot">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" aria-disabled={isSending}>
            {isSending ? "Creating …" : failure ? "Try again" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Browsers write days as their own language does: here is the day as everywhere else. */
function inWords(day: Day): string {
  return day && `${weekdayName(day)}, ${day}`;
}

function createdIn(days: number): string {
  return `Created time off on ${days === 1 ? "1 day" : `${days} days`}`;
}

/** Whether the form shows a field at the place; what has none is said above the fields. */
function hasField({ model, entries, span }: Wish, place: string): boolean {
  if (place === "worker") return true;
  if (model === "span") {
    const isAboutRepeat = ["cadence", "repeatEndDay"].includes(place);
    return place in span && !(isAboutRepeat && span.repeat === "NEVER") && !place.startsWith("apply");
  }
  const [, row, name] = place.split(".");
  return Number(row) < entries.length && ["hours", "requestedDate"].includes(name ?? "");
}

interface PartProperties {
  wish: Wish;
  onChange: (changed: Partial<Wish>) => void;
}

function WorkerField({
  workers,
  wish,
  problems,
  onChange,
}: PartProperties & { workers: Worker[]; problems: Problem[] }) {
  const choose = (id: string) => {
    const worker = workers.find((each) => each.id === id);
    const hasModel = wish.model === "entries" ? worker?.user : worker?.person;
    const model = hasModel ? wish.model : worker?.user ? "entries" : "span";
    onChange({ worker, model });
  };
  return (
    <Field label="Who is off" place="worker" problems={problems}>
      <select value={wish.worker?.id ?? ""} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {(workers.length > 1 || !wish.worker) && <option value="">Choose a worker</option>}
        {workers.map(({ id, fullName, company }) => (
          <option key={id} value={id}>
            {fullName}, {company.name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function ModelChoice({ wish, onChange }: PartProperties) {
  const { worker, model } = wish;
  const models = [
    { value: "entries", name: "Kantata OX", what: "Hours per day", isKnown: !worker || worker.user },
    { value: "span", name: "Procore Workforce Planning", what: "Days and times", isKnown: !worker || worker.person },
  ] as const;
  return (
    <fieldset class="models">
      <legend>Where it is recorded</legend>
      {models.map(({ value, name, what, isKnown }) => (
        <label key={value}>
          <input
            type="radio"
            name="model"
            value={value}
            checked={model === value}
            disabled={!isKnown}
            onChange={() => onChange({ model: value })}
          />
          <span>
            <b>{name}</b>
            <span>{isKnown ? what : "Not known there"}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface EntryProperties {
  entries: EntryWish[];
  /** The worker's days as they are shown now, by date. */
  now: Map<Day, Cell>;
  problems: Problem[];
  onChange: (entries: EntryWish[]) => void;
  /** Told with the beginning of the places from which rows move up. */
  onRemove: (prefix: string) => void;
}

function EntryFields({ entries, now, problems, onChange, onRemove }: EntryProperties) {
  const put = (place: number, changed: Partial<EntryWish>) =>
    onChange(entries.map((entry, index) => (index === place ? { ...entry, ...changed } : entry)));
  const last = entries.at(-1);
  return (
    <fieldset class="entries">
      <legend>Days</legend>
      {entries.map((entry, place) => (
        <div class="pair" key={place}>
          <Field
            label="Day"
            place={`timeOffEntries.${place}.requestedDate`}
            problems={problems}
            hint={inWords(entry.day)}
          >
            <input
              type="date"
              min={FIRST_DAY}
              max={LAST_DAY}
              value={entry.day}
              onInput={({ currentTarget }) => put(place, { day: currentTarget.value })}
            />
          </Field>
          <Field
            label="Hours"
            place={`timeOffEntries.${place}.hours`}
            problems={problems}
            hint={freeOn(now.get(entry.day))}
          >
            <input
              type="number"
              inputMode="decimal"
              min="0"
              max="24"
              step="0.25"
              value={entry.hours}
              onInput={({ currentTarget }) => put(place, { hours: currentTarget.value })}
            />
          </Field>
          {entries.length > 1 && (
            <button
              type="button"
              class="remove"
              aria-label={`Remove ${entry.day || "this day"}`}
              onClick={() => {
                onRemove("timeOffEntries.");
                onChange(entries.filter((_, index) => index !== place));
              }}
            >
              ✕
            </button>
          )}
        </div>
      ))}
      <button type="button" onClick={() => last && onChange([...entries, nextEntry(last)])}>
        Add a day
      </button>
    </fieldset>
  );
}

/** What is free on a day that the page shows. */
function freeOn(cell: Cell | undefined): string | undefined {
  return cell && (cell.freeHours > 0 ? `${hoursText(cell.freeHours)} h are free` : "Nothing is free");
}

interface SpanProperties {
  span: SpanWish;
  problems: Problem[];
  onChange: (span: SpanWish) => void;
}

function SpanFields({ span, problems, onChange }: SpanProperties) {
  const put = (changed: Partial<SpanWish>) => onChange({ ...span, ...changed });
  // The last day goes along when the first moves behind it, so that the span keeps its length.
  const putFirst = (startDay: Day) => {
    const days = daysBetween(span.startDay, span.endDay);
    const isBehind = isDay(startDay) && startDay > span.endDay && days >= 0;
    put({ startDay, ...(isBehind && { endDay: within(addDays(startDay, days)) }) });
  };
  type TextName = "startDay" | "endDay" | "batchStartTime" | "batchEndTime" | "reason" | "cadence" | "repeatEndDay";
  const field = (name: TextName, label: string, input: VNode<Record<string, unknown>>, hint?: string) => (
    <Field label={label} place={name} problems={problems} hint={hint}>
      {cloneElement(input, {
        value: span[name],
        onInput: (event: Event) => {
          const { value } = event.currentTarget as HTMLInputElement;
          if (name === "startDay") putFirst(value);
          else put({ [name]: value });
        },
      })}
    </Field>
  );
  return (
    <>
      <div class="pair">
        {field("startDay", "First day", <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.startDay))}
        {field("endDay", "Last day", <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.endDay))}
      </div>
      <div class="pair">
        {field("batchStartTime", "From", <input type="time" />)}
        {field("batchEndTime", "To", <input type="time" />)}
      </div>
      <div class="checks">
        <Check label="Paid" checked={span.isPaid} onChange={(isPaid) => put({ isPaid })} />
        <Check
          label="Saturdays count"
          checked={span.applyToSaturday}
          onChange={(applyToSaturday) => put({ applyToSaturday })}
        />
        <Check
          label="Sundays count"
          checked={span.applyToSunday}
          onChange={(applyToSunday) => put({ applyToSunday })}
        />
      </div>
      {field("reason", "Reason", <input type="text" />, READERS)}
      <Field label="Repeat" place="repeat" problems={problems}>
        <select
          value={span.repeat}
          onChange={({ currentTarget }) => put({ repeat: currentTarget.value as SpanWish["repeat"] })}
        >
          {REPEATS.map(({ repeat, name }) => (
            <option key={repeat} value={repeat}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      {span.repeat !== "NEVER" && (
        <div class="pair">
          {field("cadence", `Every so many ${unitOf(span.repeat)}s`, <input type="number" inputMode="numeric" min="1" max={MOST_CADENCE} step="1" />)}
          {field("repeatEndDay", "Until", <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.repeatEndDay))}
        </div>
      )}
    </>
  );
}
