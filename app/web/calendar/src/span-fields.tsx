// The fields of a span of days with clock times, as Procore has it.

import { type VNode, cloneElement } from "preact";
import { DayPartChoice } from "./day-part-choice";
import { type Day, FIRST_DAY, LAST_DAY } from "./days";
import { Check, Field } from "./fields";
import { dayInFull } from "./formats";
import { useLastAlong } from "./length";
import { LengthChoice } from "./length-choice";
import { t } from "./messages";
import { REPEATS } from "./repeats";
import { MOST_CADENCE, type Problem, type SpanWish } from "./wish";

const CHECKS = [
  ["isPaid", "form.paid"],
  ["applyToSaturday", "form.saturdays"],
  ["applyToSunday", "form.sundays"],
] as const;

interface Properties {
  span: SpanWish;
  problems: Problem[];
  onChange: (span: SpanWish) => void;
  /** Of the first day; 0 where none are known. */
  workdayHours: number;
  /** Why a field cannot be changed; undefined where it can. */
  lockOf?: (name: keyof SpanWish) => string | undefined;
  /** Whether it is the first time that the days are said. */
  isNew?: boolean;
  /** What else is to be known of the reason. */
  reasonHint?: string | undefined;
}

export function SpanFields(properties: Properties) {
  const { span, problems, onChange, workdayHours, lockOf = () => undefined, isNew = false, reasonHint } = properties;
  const put = (changed: Partial<SpanWish>) => onChange({ ...span, ...changed });
  const lastAlong = useLastAlong(span.startDay, span.endDay);
  const weekendLock = lockOf("applyToSaturday") ?? lockOf("applyToSunday");
  type TextName = "startDay" | "endDay" | "batchStartTime" | "batchEndTime" | "reason" | "cadence" | "repeatEndDay";
  const hintOf = (name: TextName, hint?: string) =>
    name === "reason" && reasonHint ? `${reasonHint} ${hint}` : hint;
  const field = (name: TextName, label: string, input: VNode<Record<string, unknown>>, hint?: string) => (
    <Field label={label} place={name} problems={problems} hint={lockOf(name) ?? hintOf(name, hint)}>
      {cloneElement(input, {
        disabled: lockOf(name) !== undefined,
        value: span[name],
        onInput: (event: Event) => {
          const { value } = event.currentTarget as HTMLInputElement;
          if (name === "startDay") put({ startDay: value, endDay: lastAlong(value) });
          else put({ [name]: value });
        },
      })}
    </Field>
  );
  return (
    <>
      <div class="pair">
        {field("startDay", t("form.firstDay"), <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.startDay))}
        {field("endDay", t("form.lastDay"), <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.endDay))}
      </div>
      {isNew && <LengthChoice first={span.startDay} last={span.endDay} onChange={(endDay) => put({ endDay })} />}
      <DayPartChoice times={span} workdayHours={workdayHours} onChange={put} />
      <div class="pair">
        {field("batchStartTime", t("form.from"), <input type="time" />)}
        {field("batchEndTime", t("form.to"), <input type="time" />)}
      </div>
      <div class="checks">
        {CHECKS.map(([name, label]) => (
          <Check
            key={name}
            label={t(label)}
            checked={span[name]}
            describedBy={lockOf(name) && "field-checks-hint"}
            onChange={(checked) => put({ [name]: checked })}
          />
        ))}
      </div>
      {weekendLock && (
        <p class="hint" id="field-checks-hint">
          {t("form.weekends", { why: weekendLock })}
        </p>
      )}
      {field("reason", t("form.reason"), <input type="text" />, t("form.reason.readers"))}
      <Field label={t("form.repeat")} place="repeat" problems={problems} hint={lockOf("repeat")}>
        <select
          disabled={lockOf("repeat") !== undefined}
          value={span.repeat}
          onChange={({ currentTarget }) => put({ repeat: currentTarget.value as SpanWish["repeat"] })}
        >
          {REPEATS.map((repeat) => (
            <option key={repeat} value={repeat}>
              {t(`repeat.${repeat}`)}
            </option>
          ))}
        </select>
      </Field>
      {span.repeat !== "NEVER" && (
        <div class="pair">
          {field("cadence", t(`repeat.cadence.${span.repeat}`), <input type="number" inputMode="numeric" min="1" max={MOST_CADENCE} step="1" />)}
          {field("repeatEndDay", t("form.until"), <input type="date" min={FIRST_DAY} max={LAST_DAY} />, inWords(span.repeatEndDay))}
        </div>
      )}
    </>
  );
}

/** Browsers write days in fields in a way of their own: here is the day as everywhere else. */
export function inWords(day: Day): string {
  return day && dayInFull(day);
}

/** Whether the fields show one at the place; what has none is said above them. */
export function hasSpanField(span: SpanWish, place: string): boolean {
  const isAboutRepeat = ["cadence", "repeatEndDay"].includes(place);
  return place in span && !(isAboutRepeat && span.repeat === "NEVER") && !place.startsWith("apply");
}
