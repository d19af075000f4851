// Several differences at once: one choice, what it would do as a sum, then what became of each.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { FailureText } from "./failure-text";
import { t } from "./messages";
import { type Foreseen, type Run, type Told, forGood, undoOfAll, useForecast, useRun } from "./settle-all";
import { Lost } from "./settle-form";
import { CHOICES, type Choice, type Difference, type Step, keyOf } from "./settle-plans";
import { TermsFields, firstTerms, keepTerms, problemsOfTerms } from "./settle-terms";
import { stillDiffers, whoseDay } from "./settle-words";
import type { Undo } from "./undoing";
import type { Rights } from "./viewer";

interface Properties {
  differences: Difference[];
  rights: Rights;
  onClose: () => void;
  /** These were settled. */
  onSettled: (differences: Difference[]) => Promise<void>;
  /** All of it in words, and the way to take it back, once the window is closed. */
  onTold: (what: string, undo: Undo | undefined) => void;
}

export function SettleMany({ differences, rights, onClose, onSettled, onTold }: Properties) {
  const [choice, choose] = useState<Choice>();
  const [terms, setTerms] = useState(firstTerms);
  const forecast = useForecast(differences, choice, terms, rights);
  const isLeft = useRef(false);
  const tell = (told: Told[]) => onTold(sumText(told, differences), undoOfAll(told));
  const run = useRun(forecast.all, choice, terms, rights, async (told) => {
    keepTerms(terms);
    if (isLeft.current) tell(told);
    await onSettled(told.filter(({ isDone }) => isDone).map(({ difference }) => difference));
  });
  const hasBegun = run.isRunning || run.told.length > 0 || run.failure !== undefined;
  const leave = () => {
    run.stop();
    isLeft.current = true;
    if (!run.isRunning && run.told.length > 0) tell(run.told);
    onClose();
  };
  const title = t("settle.titleMany", { count: differences.length });
  return (
    <Dialog title={title} class="create settle-many" onClose={leave}>
      {hasBegun ? (
        <Running run={run} count={differences.length} onClose={leave} />
      ) : (
        <form
          class="window-body"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            const isReady = choice && !forecast.isAsking && settleable(forecast.all) > 0;
            if (isReady && (!needsTerms(choice, differences) || problemsOfTerms(terms).length === 0)) run.start();
          }}
        >
          <div class="fields">
            <ManyChoices choice={choice} rights={rights} onChoose={choose} />
            {needsTerms(choice, differences) && (
              <TermsFields
                terms={terms}
                hours={differences.map(({ kantataHours }) => kantataHours)}
                problems={problemsOfTerms(terms)}
                onChange={setTerms}
              />
            )}
          </div>
          <aside class="preview" aria-label={t("preview.title")} aria-live="polite" aria-busy={forecast.isAsking}>
            <h3>{t("preview.title")}</h3>
            {forecast.failure && (
              <p class="problem">
                <FailureText failure={forecast.failure} isTyping />
              </p>
            )}
            {!choice && <p class="quiet">{t("settle.idle")}</p>}
            {forecast.isAsking && (
              <p class="quiet">{t("settle.asking", { known: forecast.all.length, count: differences.length })}</p>
            )}
            {!forecast.isAsking && forecast.all.length > 0 && <Sum all={forecast.all} />}
          </aside>
          <div class="window-foot">
            <button type="button" onClick={leave}>
              {t("common.cancel")}
            </button>
            <button type="submit" class="primary" disabled={forecast.isAsking || settleable(forecast.all) === 0}>
              {t("settle.actMany", { count: settleable(forecast.all) })}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** What Procore wants to know, where some of them become records there. */
function needsTerms(choice: Choice | undefined, differences: Difference[]): boolean {
  return choice === "kantata" && differences.some(({ kind }) => kind === "ONLY_IN_KANTATA_OX");
}

function settleable(all: Foreseen[]): number {
  return all.filter(({ why }) => why === undefined).length;
}

function ManyChoices({
  choice,
  rights,
  onChoose,
}: {
  choice: Choice | undefined;
  rights: Rights;
  onChoose: (choice: Choice) => void;
}) {
  const offered = CHOICES.filter((each) => each !== "stays" || rights.writes === "anybody");
  return (
    <fieldset class="models choices">
      <legend>{t("settle.legendMany")}</legend>
      {offered.map((each) => (
        <label key={each}>
          <input type="radio" name="choice" checked={choice === each} onChange={() => onChoose(each)} />
          <span>
            <b>{t(`settle.many.${each}`)}</b>
            <span>{t(`settle.many.${each}.what`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

const STEPS: readonly Step["what"][] = [
  "mirrorRecord",
  "updateEntry",
  "deleteEntry",
  "mirrorEntry",
  "updateOccurrence",
  "deleteOccurrence",
  "acknowledge",
];

/** All of it together, and whose days stay as they are. */
function Sum({ all }: { all: Foreseen[] }) {
  const can = all.flatMap((each) => (each.why === undefined ? [each] : []));
  const cannot = all.flatMap((each) => (each.why === undefined ? [] : [each]));
  const lost = [...new Set(can.flatMap(({ settled }) => settled.lost))];
  const warnings = [...new Set(can.flatMap(({ settled }) => settled.warnings.map(({ message }) => message)))];
  const differing = can.filter(({ step, settled, difference }) => step.what !== "acknowledge" && stillDiffers(settled, difference.date));
  const before = can.reduce((sum, { open }) => sum + open.day.hoursOff, 0);
  const after = can.reduce((sum, { settled, difference, open }) => {
    const day = settled.days.find(({ date }) => date === difference.date);
    return sum + (day?.hoursOff ?? open.day.hoursOff);
  }, 0);
  return (
    <>
      <p>
        <b>{t("settle.sum", { count: can.length, all: all.length })}</b>
      </p>
      <ul class="many-sums">
        {STEPS.map((what) => ({ what, count: can.filter(({ step }) => step.what === what).length }))
          .filter(({ count }) => count > 0)
          .map(({ what, count }) => (
            <li key={what}>{t(`settle.sum.${what}`, { count })}</li>
          ))}
      </ul>
      {can.length > 0 && <p>{t("settle.sum.hours", { before, after })}</p>}
      {differing.length > 0 && <p>{t("settle.sum.differ", { count: differing.length })}</p>}
      {warnings.length > 0 && (
        <ul class="warnings" aria-label={t("preview.warnings")}>
          {warnings.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
      {forGood(can).map((each) => (
        <p key={each}>{each}</p>
      ))}
      <Lost lost={lost} />
      {cannot.length > 0 && (
        <>
          <h4>{t("settle.cannot", { count: cannot.length })}</h4>
          <ul class="outcomes" tabIndex={0} aria-label={t("settle.cannot", { count: cannot.length })}>
            {cannot.map(({ difference, why }) => (
              <li key={keyOf(difference)}>
                <i aria-hidden="true">–</i>
                <span>{t("settle.left", { whose: whoseDay(difference), why })}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** How far it is, what became of each, and the way to stop it. */
function Running({ run, count, onClose }: { run: Run; count: number; onClose: () => void }) {
  const { told, isRunning, failure, isStopped } = run;
  const done = told.filter(({ isDone }) => isDone).length;
  const foot = useRef<HTMLDivElement>(null);
  // The button that was pressed is gone: the one that stands in its place has the focus.
  useLayoutEffect(() => foot.current?.querySelector<HTMLElement>("button:last-child")?.focus(), [isRunning]);
  // What was not done is what somebody has to look at.
  const shown = isRunning ? [...told].reverse() : [...told].sort((one, other) => Number(one.isDone) - Number(other.isDone));
  return (
    <>
      <div class="window-body running">
        <progress max={count} value={told.length} aria-label={t("settle.progress")} />
        <p role="status">
          {isRunning
            ? t("settle.running", { done: told.length, count })
            : t("settle.over", { done, left: told.length - done, untried: count - told.length })}
        </p>
        {failure && (
          <div class="banner" role="alert">
            <p>
              {t("settle.ended")} <FailureText failure={failure} isTyping />
            </p>
          </div>
        )}
        <ul class="outcomes" tabIndex={0} aria-label={t("settle.outcomes")}>
          {shown.map(({ difference, isDone, text }) => (
            <li key={keyOf(difference)} class={isDone ? "done" : "left"}>
              <i aria-hidden="true">{isDone ? "✓" : "✕"}</i>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </div>
      <div class="window-foot" ref={foot}>
        {isRunning && (
          // The second click of a double click on the button that has started it is none on this one.
          <button type="button" onClick={({ detail }) => detail < 2 && run.stop()}>
            {t("settle.stop")}
          </button>
        )}
        {!isRunning && isStopped && (
          <button type="button" onClick={run.start}>
            {t(failure ? "common.retry" : "settle.goOn")}
          </button>
        )}
        {!isRunning && (
          <button type="button" class="primary" onClick={onClose}>
            {t("common.close")}
          </button>
        )}
      </div>
    </>
  );
}

function sumText(told: Told[], differences: Difference[]): string {
  const done = told.filter(({ isDone }) => isDone).length;
  return t("settle.over", { done, left: told.length - done, untried: differences.length - told.length });
}
