// The fields of days that are recorded in Kantata: from a day to a day, and how much of each.

import type { ComponentChildren } from "preact";
import { type Day, FIRST_DAY, LAST_DAY, daysBetween } from "./days";
import { Field } from "./fields";
import { asTitle, dayText, spanText } from "./formats";
import { HoursInput } from "./hours-input";
import type { Cell } from "./kinds";
import { useLastAlong } from "./length";
import { LengthChoice } from "./length-choice";
import { t } from "./messages";
import { AMOUNTS, type LeftOut, type Plan, type RangeWish, commonHours, joinedDays } from "./ranges";
import { inWords } from "./span-fields";
import { type Problem, atRange, nextRange } from "./wish";

/** So many spans of days are named one by one. */
const MOST_NAMED = 4;

interface Properties {
  ranges: RangeWish[];
  /** What is known of the worker's days, by date. */
  known: Map<Day, Cell>;
  /** Undefined as long as too little is known. */
  plan: Plan | undefined;
  problems: Problem[];
  onChange: (ranges: RangeWish[]) => void;
  /** Told with the beginning of the places from which ranges move up. */
  onRemove: (prefix: string) => void;
}

export function RangesFields({ ranges, onChange, onRemove, ...others }: Properties) {
  const last = ranges.at(-1);
  return (
    <fieldset class="entries">
      <legend>{t("form.days")}</legend>
      {ranges.map((range, place) => (
        <RangeFields
          key={place}
          {...others}
          range={range}
          place={place}
          onChange={(changed) => onChange(ranges.map((each, index) => (index === place ? changed : each)))}
          remove={
            ranges.length > 1 && (
              <button
                type="button"
                class="remove"
                aria-label={range.first ? t("form.remove", { day: dayText(range.first, "") }) : t("form.removeThis")}
                onClick={() => {
                  onRemove("timeOffEntries.");
                  onChange(ranges.filter((_, index) => index !== place));
                }}
              >
                ✕
              </button>
            )
          }
        />
      ))}
      <button type="button" onClick={() => last && onChange([...ranges, nextRange(last)])}>
        {t("form.addDay")}
      </button>
    </fieldset>
  );
}

interface RangeProperties extends Pick<Properties, "known" | "plan" | "problems"> {
  range: RangeWish;
  place: number;
  onChange: (range: RangeWish) => void;
  remove: ComponentChildren;
}

function RangeFields({ range, place, known, plan, problems, onChange, remove }: RangeProperties) {
  const put = (changed: Partial<RangeWish>) => onChange({ ...range, ...changed });
  const lastAlong = useLastAlong(range.first, range.last);
  return (
    <div class="range">
      <div class="pair">
        <Field label={t("form.firstDay")} place={atRange(place, "requestedDate")} problems={problems} hint={inWords(range.first)}>
          <input
            type="date"
            min={FIRST_DAY}
            max={LAST_DAY}
            value={range.first}
            onInput={({ currentTarget }) => put({ first: currentTarget.value, last: lastAlong(currentTarget.value) })}
          />
        </Field>
        <Field label={t("form.lastDay")} place={atRange(place, "lastDay")} problems={problems} hint={inWords(range.last)}>
          <input
            type="date"
            min={FIRST_DAY}
            max={LAST_DAY}
            value={range.last}
            onInput={({ currentTarget }) => put({ last: currentTarget.value })}
          />
        </Field>
      </div>
      <LengthChoice first={range.first} last={range.last} onChange={(last) => put({ last })} />
      <AmountFields
        range={range}
        place={place}
        plan={plan}
        problems={problems}
        hint={hoursHint(range, place, known, plan)}
        onChange={onChange}
      />
      {remove}
    </div>
  );
}

interface AmountProperties extends Pick<Properties, "plan" | "problems"> {
  range: RangeWish;
  place: number;
  /** What stands below the hours. */
  hint: string | undefined;
  onChange: (range: RangeWish) => void;
}

/** How much of each day it is, and what is said of days that have less. */
export function AmountFields({ range, place, plan, problems, hint, onChange }: AmountProperties) {
  const put = (changed: Partial<RangeWish>) => onChange({ ...range, ...changed });
  const common = plan ? commonHours(plan, place) : "";
  const hours = range.amount === "HOURS" ? range.hours : common;
  return (
    <>
      <div class="pair">
        <fieldset class="amounts">
          <legend>{t("range.amount")}</legend>
          {AMOUNTS.map((amount) => (
            <label key={amount}>
              <input
                type="radio"
                name={`amount-${place}`}
                checked={amount === range.amount}
                onChange={() => put({ amount, hours: amount === "HOURS" ? common : "" })}
              />
              <span>{t(`range.${amount}`)}</span>
            </label>
          ))}
        </fieldset>
        <Field label={t("form.hours")} place={atRange(place, "hours")} problems={problems} hint={hint}>
          <HoursInput
            placeholder={hours || !plan ? "" : t("range.varied")}
            hours={hours}
            isTyped={range.amount === "HOURS"}
            onChange={(hours) => put({ amount: "HOURS", hours })}
          />
        </Field>
      </div>
      <Remarks place={place} plan={plan} />
    </>
  );
}

/** What is free on the one day, or how much it is on all of them together. */
export function hoursHint({ first, last }: RangeWish, place: number, known: Map<Day, Cell>, plan: Plan | undefined) {
  const cell = known.get(first);
  if (first === last && cell) {
    return cell.freeHours > 0 ? t("form.freeOn", { hours: cell.freeHours }) : t("form.nothingFree");
  }
  const own = plan?.entries.filter((each) => each.range === place) ?? [];
  if (own.length === 0) return undefined;
  return t("range.sum", { days: own.length, hours: own.reduce((sum, { hours }) => sum + Number(hours), 0) });
}

/** Which days are left out and why, and which have less than was wished for. */
function Remarks({ place, plan }: { place: number; plan: Plan | undefined }) {
  const leftOut = plan?.leftOut[place] ?? [];
  const short = plan?.short[place] ?? [];
  const [off, full] = (["off", "full"] as const).map((why) =>
    leftOut.filter((each) => each.why === why).map(({ day }) => day),
  ) as [Day[], Day[]];
  return (
    <ul class="left-out" aria-live="polite" aria-label={t("range.remarks")}>
      {joinedHolidays(leftOut).map(({ name, days }) => (
        <li key={name}>{t("range.holiday", { name, days: daysInWords(days) })}</li>
      ))}
      {off.length > 0 && <li>{t("range.off", { count: off.length, days: daysInWords(off) })}</li>}
      {full.length > 0 && <li>{t("range.full", { days: daysInWords(full) })}</li>}
      {short.slice(0, MOST_NAMED).map(({ day, hours }) => (
        <li key={day}>{t("range.short", { day: dayText(day, day), hours: Number(hours) })}</li>
      ))}
      {short.length > MOST_NAMED && <li>{t("range.shortMore", { count: short.length - MOST_NAMED })}</li>}
    </ul>
  );
}

function joinedHolidays(leftOut: LeftOut[]): { name: string; days: Day[] }[] {
  const byName = new Map<string, Day[]>();
  for (const { why, name, day } of leftOut) {
    if (why === "holiday") byName.set(name, [...(byName.get(name) ?? []), day]);
  }
  return [...byName].map(([name, days]) => ({ name, days }));
}

function daysInWords(days: Day[]): string {
  const spans = joinedDays(days);
  const beside = days[0] ?? "";
  const named = spans.slice(0, MOST_NAMED).map(({ first, last }) => spanText(first, last, beside));
  const text = asTitle(named.join(t("common.separator")));
  const count = spans.slice(MOST_NAMED).reduce((sum, { first, last }) => sum + daysBetween(first, last) + 1, 0);
  return count > 0 ? t("range.andMore", { days: text, count }) : text;
}
