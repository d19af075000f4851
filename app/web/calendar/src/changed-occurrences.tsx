// The occurrences of a repeat that are not as its rule has them, and the way back.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { FailureText } from "./failure-text";
import { dayText } from "./formats";
import { Failure } from "./gateway";
import { t } from "./messages";
import { type Occurrence, type SpanRecord, exceptionText, exceptionsOf, plannedSpan } from "./occurrences";
import type { About, Acts } from "./record";
import { usualOf } from "./revision";
import { restore } from "./revising";
import { newKey } from "./sending";
import { undoOfRevision } from "./undo-spans";
import type { Days } from "./view";

interface Properties {
  record: SpanRecord;
  about: About;
  acts: Acts | undefined;
}

export function ChangedOccurrences({ record, about, acts }: Properties) {
  const { day, shown } = about;
  const [areAllListed, listAll] = useState(false);
  const { isSending, problem, press } = useRestore({ record, about, acts });
  const all = exceptionsOf(record);
  const near = all.filter((each) => isIn(shown, record, each));
  const listed = areAllListed ? all : near;
  if (all.length === 0) return null;
  return (
    <section class="exceptions">
      <h5>{t("exceptions.title")}</h5>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <ul>
        {listed.map((each) => (
          <li key={each.originalDay}>
            <span>{exceptionText(record, each, day)}</span>
            {acts && (
              <button
                type="button"
                aria-disabled={isSending}
                aria-label={t("exceptions.restoreDay", { day: dayText(each.originalDay, day) })}
                onClick={() => void press(each)}
              >
                {t("exceptions.restore")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {listed.length < all.length && (
        <button type="button" onClick={() => listAll(true)}>
          {t("exceptions.more", { count: all.length - listed.length })}
        </button>
      )}
    </section>
  );
}

function isIn({ first, last }: Days, record: SpanRecord, occurrence: Occurrence): boolean {
  const planned = plannedSpan(record, occurrence);
  const meets = (from: string, to: string) => from <= last && first <= to;
  return meets(planned.first, planned.last) || meets(occurrence.startDay, occurrence.endDay);
}

/** Lets an occurrence be as planned. What was refused or went wrong is said above the list. */
function useRestore({ record, about: { worker, day }, acts }: Properties) {
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<ComponentChildren>();
  const key = useRef({ text: "", value: "" });
  const press = async ({ originalDay }: Occurrence) => {
    if (!acts || isSending) return;
    const text = `${record.updatedAt} ${originalDay}`;
    if (key.current.text !== text) key.current = { text, value: newKey() };
    setSending(true);
    setProblem(undefined);
    try {
      const written = { worker, span: usualOf({ record, originalDay, scope: "ONE" }) };
      const done = await restore(written, record, originalDay, key.current.value);
      if (done.problems.length === 0) {
        const hints = done.warnings.map(({ message }) => message);
        const what = t("exceptions.restored", { day: dayText(originalDay, day), name: worker.fullName });
        return acts.onRestored(what, hints, undoOfRevision(worker, record, done));
      }
      const isOutdated = done.changedTo !== undefined;
      const again = isOutdated ? ` ${t("exceptions.nowIs")}` : "";
      setProblem(done.problems.map(({ message }) => message).join(" ") + again);
      if (isOutdated) acts.onOutdated();
    } catch (fault) {
      setProblem(<FailureText failure={Failure.of(fault)} />);
    } finally {
      setSending(false);
    }
  };
  return { isSending, problem, press };
}
