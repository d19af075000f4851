// Creates time off of either model. What it would do stands beside it before it is sent.

import { useState } from "preact/hooks";
import { type Day, FIRST_DAY, LAST_DAY, today, within } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { Field } from "./fields";
import { dayText } from "./formats";
import type { Cell } from "./kinds";
import { t } from "./messages";
import { Created, Preview, usePreview, useShownDays } from "./preview";
import type { Schedule, Worker } from "./schedule";
import { type Answer, create, preview } from "./sending";
import { SpanFields, hasSpanField, inWords } from "./span-fields";
import { useSubmit } from "./submitting";
import { undoOfEntryCreate } from "./undo-entries";
import { undoOfSpanCreate } from "./undo-spans";
import type { Done, Undo } from "./undoing";
import { type EntryWish, type Problem, type Wish, firstWish, nextEntry, problemsOf, requestOf } from "./wish";

const USUAL_HOURS = 8;

interface Properties {
  schedule: Schedule;
  /** Whose time off may be recorded. */
  workers: Worker[];
  worker: Worker | undefined;
  day: Day | undefined;
  onClose: () => void;
  onCreated: Done;
}

export function TimeOffForm({ schedule, workers, worker, day, onClose, onCreated }: Properties) {
  const [wish, setWish] = useState(() => {
    const cells = schedule.rows.find((row) => row.worker.id === worker?.id)?.cells;
    const free = cells?.find((cell) => cell.day === day)?.freeHours;
    return firstWish(worker, day ?? within(today()), free ?? USUAL_HOURS);
  });
  const request = requestOf(wish);
  const foreseen = usePreview(request, (signal) => preview(wish, request!, signal));
  const now = useShownDays(schedule, wish.worker);
  const { form, problems, failure, isSending, touched, forget } = useSubmit({
    text: JSON.stringify(wish),
    unready: problemsOf(wish),
    judged: foreseen.answer?.problems ?? [],
    send: (key) => create(wish, request!, key),
    onDone: (answer) => {
      const what = t("form.done", { days: answer.days.length, name: wish.worker!.fullName });
      return onCreated(wish.worker!, what, undoOfCreate(wish, answer));
    },
  });
  const change = (changed: Partial<Wish>) => {
    forget();
    setWish({ ...wish, ...changed });
  };
  const elsewhere = problems.filter(({ place }) => !hasField(wish, place));
  return (
    <Dialog title={t("app.new")} class="create" onClose={onClose}>
      <form class="window-body" {...form}>
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
        <Preview foreseen={foreseen} marked={problems}>
          {(answer) => <Created answer={answer} now={now} />}
        </Preview>
        <div class="window-foot">
          <button type="button" onClick={onClose}>
            {t("common.cancel")}
          </button>
          <button type="submit" class="primary" aria-disabled={isSending}>
            {t(isSending ? "form.creating" : failure ? "common.retry" : "form.create")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function undoOfCreate({ worker, entries, span }: Wish, answer: Answer): Undo | undefined {
  if (!worker) return undefined;
  if (answer.entries) return undoOfEntryCreate(worker, entries, answer.entries);
  return answer.record ? undoOfSpanCreate(worker, span, answer.record) : undefined;
}

/** Whether the form shows a field at the place; what has none is said above the fields. */
function hasField({ model, entries, span }: Wish, place: string): boolean {
  if (place === "worker") return true;
  if (model === "span") return hasSpanField(span, place);
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
    <Field label={t("form.who")} place="worker" problems={problems}>
      <select value={wish.worker?.id ?? ""} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {(workers.length > 1 || !wish.worker) && <option value="">{t("form.chooseWorker")}</option>}
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
    { value: "entries", name: "Kantata OX", isKnown: !worker || worker.user },
    { value: "span", name: "Procore Workforce Planning", isKnown: !worker || worker.person },
  ] as const;
  return (
    <fieldset class="models">
      <legend>{t("form.where")}</legend>
      {models.map(({ value, name, isKnown }) => (
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
            <span>{t(isKnown ? `form.${value}` : "form.notKnown")}</span>
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
      <legend>{t("form.days")}</legend>
      {entries.map((entry, place) => (
        <div class="pair" key={place}>
          <Field
            label={t("form.day")}
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
            label={t("form.hours")}
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
              aria-label={entry.day ? t("form.remove", { day: dayText(entry.day, "") }) : t("form.removeThis")}
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
        {t("form.addDay")}
      </button>
    </fieldset>
  );
}

/** What is free on a day that the page shows. */
function freeOn(cell: Cell | undefined): string | undefined {
  if (!cell) return undefined;
  return cell.freeHours > 0 ? t("form.freeOn", { hours: cell.freeHours }) : t("form.nothingFree");
}
