// Somebody else has changed what one is about to change: what it is now, and the way on.

import type { Day } from "./days";
import { spanText } from "./formats";
import { t } from "./messages";
import {
  type SpanRecord,
  exceptionText,
  exceptionsOf,
  inOneLine,
  occurrenceOf,
  repeats,
  timesText,
} from "./occurrences";
import { repeatText } from "./repeats";
import type { Draft } from "./revision";

interface Properties {
  /** What the form was filled from, and what was written into it. */
  draft: Draft;
  /** Null where it is gone. */
  now: SpanRecord | null;
  onGoOn: (record: SpanRecord) => void;
}

export function ChangedMeanwhile({ draft, now, onGoOn }: Properties) {
  const { record: then, originalDay } = draft;
  if (!now) {
    return (
      <div class="banner" role="alert">
        <p>{t("meanwhile.deleted")}</p>
      </div>
    );
  }
  const yours = yoursIn(draft);
  const changes = differences(factsOf(then, originalDay), factsOf(now, originalDay));
  return (
    <div class="banner meanwhile" role="alert">
      <p>
        <b>{t("meanwhile.changed")}</b> {t(changes.length > 0 ? "meanwhile.now" : "meanwhile.nothing")}
      </p>
      {changes.length > 0 && (
        <dl>
          {changes.map(({ name, before, after }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {after} <small>{t("meanwhile.before", { before })}</small>
                {yours.has(name) && <small>{t("meanwhile.yours", { yours: yours.get(name) ?? "" })}</small>}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <button type="button" onClick={() => onGoOn(now)}>
        {t("meanwhile.goOn")}
      </button>
      <p>{t("meanwhile.kept")}</p>
    </div>
  );
}

type Facts = [name: string, text: string][];

function differences(then: Facts, now: Facts) {
  const before = new Map(then);
  return now
    .filter(([name, text]) => before.get(name) !== text)
    .map(([name, text]) => ({ name, before: before.get(name) ?? t("meanwhile.wasNothing"), after: text }));
}

/** What was written over the facts of the same names. */
function yoursIn(draft: Draft): Map<string, string> {
  const { record, originalDay, typed } = draft;
  if (Object.keys(typed).length === 0) return new Map();
  const changes = differences(factsOf(record, originalDay), factsOf(asWritten(draft), originalDay));
  return new Map(changes.map(({ name, after }) => [name, after]));
}

function asWritten({ record, originalDay, scope, typed }: Draft): SpanRecord {
  const { startDay, endDay, cadence, ...others } = typed;
  const days = { ...(startDay !== undefined && { startDay }), ...(endDay !== undefined && { endDay }) };
  if (scope === "ONE") {
    const own = { ...others, ...days };
    return {
      ...record,
      instances: record.instances.map((each) => (each.originalDay === originalDay ? { ...each, ...own } : each)),
    };
  }
  // The last day of a repeat is that of its last occurrence, which nobody writes.
  const span = repeats(record) ? {} : days;
  return { ...record, ...others, ...span, ...(cadence !== undefined && { cadence: Number(cadence) }) };
}

function factsOf(record: SpanRecord, originalDay: Day): Facts {
  const { applyToSaturday, applyToSunday, reason, repeat, cadence, repeatEndDay } = record;
  const others = exceptionsOf(record).filter((each) => each.originalDay !== originalDay);
  const facts: Facts = [
    [t("fact.days"), spanText(record.startDay, record.endDay, originalDay)],
    [t("fact.time"), timesText(record)],
    [t("fact.paid"), t(record.isPaid ? "common.yes" : "common.no")],
    [t("fact.saturdays"), t(applyToSaturday ? "weekend.counts" : "weekend.countsNot")],
    [t("fact.sundays"), t(applyToSunday ? "weekend.counts" : "weekend.countsNot")],
    [t("fact.repeats"), repeatText({ repeat, cadence, repeatEndDay })],
  ];
  if (reason !== null) facts.push([t("fact.reason"), reason]);
  if (!repeats(record)) return facts;
  const exceptions = inOneLine(others.map((each) => exceptionText(record, each, originalDay)));
  return [
    [t("fact.thisOne"), thisOne(record, originalDay)],
    ...facts,
    [t("fact.otherChanged"), exceptions || t("fact.none")],
  ];
}

function thisOne(record: SpanRecord, originalDay: Day): string {
  const occurrence = occurrenceOf(record, originalDay);
  if (!occurrence) return t("occurrence.gone");
  if (occurrence.status === "SKIPPED") return t("occurrence.skipped");
  const { startDay, endDay, isPaid } = occurrence;
  return t("meanwhile.thisOne", {
    span: spanText(startDay, endDay, originalDay),
    times: timesText(occurrence),
    paid: isPaid ? "yes" : "no",
  });
}
