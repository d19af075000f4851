// What a link or a split would change, beside its form.

import { useEffect, useState } from "preact/hooks";
import { FailureText } from "../failure-text";
import { dateText, dayInShort } from "../formats";
import { Failure } from "../gateway";
import { t } from "../messages";
import type { Problem } from "../wish";
import { type Changes, type Rejoined, type Side, changesOf, comparedDays } from "./changes";
import { inSystems } from "./worker-panel";

const MOST_DAYS = 12;

export interface Tried {
  changes: Changes | undefined;
  problems: Problem[];
  failure: Failure | undefined;
  isAsking: boolean;
}

const NOTHING: Tried = { changes: undefined, problems: [], failure: undefined, isAsking: false };

/** Try it without storing anything, as often as \`key\` is another; undefined: there is nothing to try. */
export function useTried(
  key: string | undefined,
  ask: (signal: AbortSignal) => Promise<{ rejoined: Rejoined; problems: Problem[] }>,
): Tried {
  const [tried, setTried] = useState<Tried>(NOTHING);
  useEffect(() => {
    if (key === undefined) {
      setTried(NOTHING);
      return undefined;
    }
    const leaving = new AbortController();
    setTried({ ...NOTHING, isAsking: true });
    ask(leaving.signal).then(
      ({ rejoined, problems }) => setTried({ ...NOTHING, changes: changesOf(rejoined), problems }),
      (fault) => leaving.signal.aborted || setTried({ ...NOTHING, failure: Failure.of(fault) }),
    );
    return () => leaving.abort();
  }, [key]);
  return tried;
}

export function ChangesPreview({ changes, problems, failure, isAsking }: Tried) {
  const { from, to } = comparedDays();
  return (
    <aside class="preview" aria-labelledby="changes-title" aria-busy={isAsking}>
      <h3 id="changes-title">{t("change.title")}</h3>
      <div aria-live="polite">
        {isAsking && <p class="quiet">{t("preview.asking")}</p>}
        {failure && (
          <p class="problem">
            <FailureText failure={failure} isTyping />
          </p>
        )}
        {problems.length > 0 && <p class="problem">{problems.map(({ message }) => message).join(" ")}</p>}
        {!changes && !isAsking && !failure && <p class="quiet">{t("change.idle")}</p>}
        {changes && problems.length === 0 && changes.after.length === 0 && <p>{t("change.nothing")}</p>}
        {changes && changes.after.length > 0 && (
          <>
            <h4>{t("change.before")}</h4>
            <Sides sides={changes.before} />
            <h4>{t("change.after")}</h4>
            <Sides sides={changes.after} />
            <h4>{t("change.window", { first: dateText(from), last: dateText(to) })}</h4>
            <Days changes={changes} />
          </>
        )}
      </div>
    </aside>
  );
}

function Sides({ sides }: { sides: Side[] }) {
  return (
    <ul class="sides">
      {sides.map((side) => (
        <li key={side.id}>{inSystems(side)}</li>
      ))}
    </ul>
  );
}

function Days({ changes: { differences, settled, together, apart } }: { changes: Changes }) {
  if (differences.length + settled + together + apart === 0) return <p>{t("change.noDays")}</p>;
  const more = differences.length - MOST_DAYS;
  return (
    <>
      {together > 0 && <p>{t("change.together", { count: together })}</p>}
      {apart > 0 && <p>{t("change.apart", { count: apart })}</p>}
      {settled > 0 && <p>{t("change.oldDifferences", { count: settled })}</p>}
      {differences.length > 0 && (
        <div class="dropped">
          <p>{t("change.newDifferences", { count: differences.length })}</p>
          <ul class="sides">
            {differences.slice(0, MOST_DAYS).map(({ day, kantata, procore }) => (
              <li key={day}>{t("change.difference", { day: dayInShort(day), kantata, procore })}</li>
            ))}
            {more > 0 && <li>{t("change.andMore", { count: more })}</li>}
          </ul>
        </div>
      )}
    </>
  );
}
