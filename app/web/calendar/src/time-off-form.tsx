// Creates time off of either model. What it would do stands beside it before it is sent.

import { useRef, useState } from "preact/hooks";
import type { Day } from "./days";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { t } from "./messages";
import { Created, Preview, usePreview } from "./preview";
import { RangesFields } from "./range-fields";
import { type Plan, daysAsked, planOf } from "./ranges";
import type { Schedule, Worker } from "./schedule";
import { type Answer, create, preview } from "./sending";
import { SpanFields, hasSpanField } from "./span-fields";
import { startDayOf } from "./start-day";
import { useSubmit } from "./submitting";
import { undoOfEntryCreate } from "./undo-entries";
import { undoOfSpanCreate } from "./undo-spans";
import type { Done, Undo } from "./undoing";
import { type Wish, atRanges, firstWish, problemsOf, requestOf } from "./wish";
import { useWorkerDays } from "./worker-days";
import { WorkerField } from "./worker-field";

interface Properties {
  schedule: Schedule;
  /** Whose time off may be recorded: those of the page. */
  workers: Worker[];
  /** Whether that is nobody else's. */
  isEverybody: boolean;
  worker: Worker | undefined;
  /** Undefined: the page's. */
  day: Day | undefined;
  /** The last of several days. */
  last?: Day | undefined;
  /** What is recorded already, and is to be recorded once more. */
  copied?: Wish | undefined;
  onClose: () => void;
  onCreated: Done;
}

export function TimeOffForm(properties: Properties) {
  const { schedule, workers, isEverybody, copied, onClose, onCreated } = properties;
  const [wish, setWish] = useState(() => copied ?? wishOf(properties));
  const { cells, failure: unread } = useWorkerDays(schedule, wish.worker, daysWished(wish));
  const sent = useRef<{ wish: Wish; plan: Plan | undefined }>(undefined);
  const known = new Map([...cells].map(([day, { told }]) => [day, told]));
  // What was sent and got no answer is sent again as it was, whatever its days have become by it.
  const plan = sent.current?.wish === wish ? sent.current.plan : planOf(wish.ranges, known);
  const request = requestOf(wish, plan);
  const told = (answer: Answer) => ({ ...answer, problems: atRanges(answer.problems, plan?.entries ?? []) });
  const foreseen = usePreview(request, (signal) => preview(wish, request!, signal).then(told));
  const unready = problemsOf(wish, plan);
  const { form, problems, failure, isSending, touched, forget } = useSubmit({
    text: JSON.stringify([wish, request]),
    unready,
    // Of what has no field, only the worker's days can be missing.
    isReading: !unread && unready.length > 0 && unready.every(({ place }) => place === ""),
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => {
      sent.current = { wish, plan };
      const answer = told(await create(wish, request!, key));
      sent.current = undefined;
      return answer;
    },
    onDone: (answer) => {
      const what = t("form.done", { days: answer.days.length, name: wish.worker!.fullName });
      return onCreated(wish.worker!, what, undoOfCreate(wish, plan, answer));
    },
  });
  const change = (changed: Partial<Wish>) => {
    forget();
    // Two changes may come before either is drawn: the name that Enter takes is told only a moment later.
    setWish((before) => ({ ...before, ...changed }));
  };
  const elsewhere = problems.filter(({ place }) => !hasField(wish, place));
  const workdayHours = known.get(wish.span.startDay)?.workdayHours ?? 0;
  return (
    <Dialog title={t(copied ? "copy.title" : "app.new")} class="create" onClose={onClose}>
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
          <WorkerField
            workers={workers}
            isEverybody={isEverybody}
            worker={wish.worker}
            problems={problems}
            onChange={(worker) => change({ worker, ...inModel(modelFor(worker, wish), wish) })}
          />
          <ModelChoice wish={wish} onChange={change} />
          {wish.model === "entries" ? (
            <RangesFields
              ranges={wish.ranges}
              known={cells}
              plan={plan}
              problems={problems}
              onChange={(ranges) => change({ ranges })}
              onRemove={touched.forget}
            />
          ) : (
            <SpanFields
              span={wish.span}
              isNew
              problems={problems}
              workdayHours={workdayHours}
              onChange={(span) => change({ span })}
            />
          )}
        </div>
        <Preview foreseen={unread ? { ...foreseen, failure: unread } : foreseen} marked={problems}>
          {(answer) => <Created answer={answer} now={cells} />}
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

function wishOf({ schedule, worker, day, last }: Properties): Wish {
  const first = day ?? startDayOf(schedule, worker);
  const cells = schedule.rows.find((row) => row.worker.id === worker?.id)?.cells;
  const workdayHours = cells?.find((cell) => cell.day === first)?.told.workdayHours ?? 0;
  return firstWish(worker, first, workdayHours, last ?? first);
}

/** The days that are to be known of the worker. */
function daysWished({ model, ranges, span }: Wish) {
  if (model === "entries") return daysAsked(ranges);
  return daysAsked([{ first: span.startDay, last: span.startDay, amount: "WHOLE", hours: "" }]);
}

/** The days go along. */
function inModel(model: Wish["model"], wish: Wish): Partial<Wish> {
  const { ranges, span } = wish;
  const [range, ...others] = ranges;
  if (!range || model === wish.model) return { model };
  if (model === "span") return { model, span: { ...span, startDay: range.first, endDay: range.last } };
  return { model, ranges: [{ ...range, first: span.startDay, last: span.endDay }, ...others] };
}

/** The same as before where the worker is known there. */
function modelFor(worker: Worker, { model }: Wish): Wish["model"] {
  const hasModel = model === "entries" ? worker.user : worker.person;
  return hasModel ? model : worker.user ? "entries" : "span";
}

function undoOfCreate({ worker, span }: Wish, plan: Plan | undefined, answer: Answer): Undo | undefined {
  if (!worker) return undefined;
  if (answer.entries) return undoOfEntryCreate(worker, plan?.entries ?? [], answer.entries);
  return answer.record ? undoOfSpanCreate(worker, span, answer.record) : undefined;
}

/** Whether the form shows a field at the place; what has none is said above the fields. */
function hasField({ model, ranges, span }: Wish, place: string): boolean {
  if (place === "worker") return true;
  if (model === "span") return hasSpanField(span, place);
  const [, row, name] = place.split(".");
  return Number(row) < ranges.length && ["hours", "requestedDate", "lastDay"].includes(name ?? "");
}

interface PartProperties {
  wish: Wish;
  onChange: (changed: Partial<Wish>) => void;
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
            onChange={() => onChange(inModel(value, wish))}
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
