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

interface Properties {
  /** What the form was filled from. */
  then: SpanRecord;
  /** Null where it is gone. */
  now: SpanRecord | null;
  originalDay: Day;
  onGoOn: (record: SpanRecord) => void;
}

export function ChangedMeanwhile({ then, now, originalDay, onGoOn }: Properties) {
  if (!now) {
    return (
      <div class="banner" role="alert">
        <p>{t("meanwhile.deleted")}</p>
      </div>
    );
  }
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
