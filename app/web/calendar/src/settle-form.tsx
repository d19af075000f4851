// The choice about one difference, with what it would do, and the button that does it.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { FailureText } from "./failure-text";
import { t } from "./messages";
import { Becoming, Preview, Warnings, usePreview } from "./preview";
import { toCell } from "./kinds";
import { forGood } from "./settle-all";
import {
  CHOICES,
  type Choice,
  type Difference,
  type OpenDifference,
  type Plans,
  type Step,
  factsOf,
  plansOf,
} from "./settle-plans";
import { TermsFields, firstTerms, hasTermsField, keepTerms, problemsOfTerms } from "./settle-terms";
import { choiceText, doneText, planText, stillDiffers } from "./settle-words";
import { type Outcome, type Settled, settle, take } from "./settling";
import { useSubmit } from "./submitting";
import type { Done } from "./undoing";
import type { Rights } from "./viewer";
import type { Problem } from "./wish";

interface Properties {
  open: OpenDifference;
  rights: Rights;
  /** The buttons beside the one that settles. */
  foot: ComponentChildren;
  onDone: Done;
  /** The day is another one now, or the systems agree on it. */
  onOvertaken: (now: OpenDifference | undefined) => void;
  children: ComponentChildren;
}

export function SettleForm({ open, rights, foot, onDone, onOvertaken, children }: Properties) {
  const { difference } = open;
  const plans = plansOf(open, rights);
  const [chosen, choose] = useState<Choice>();
  const [terms, setTerms] = useState(firstTerms);
  /** As it was shown until somebody else changed it. */
  const [before, setBefore] = useState<Difference>();
  const choice = chosen && plans[chosen].step ? chosen : undefined;
  const step = choice && plans[choice].step;
  const problems = step?.what === "mirrorEntry" ? problemsOfTerms(terms) : [];
  const isReady = step !== undefined && problems.length === 0;
  const text = JSON.stringify([factsOf(open), step, step?.what === "mirrorEntry" && terms]);
  const foreseen = usePreview<Settled>(isReady ? { text } : undefined, (signal) =>
    take(difference, { step: step!, terms, rights }, { dryRun: true }, { signal }),
  );
  const sending = useSubmit<{ problems: Problem[]; outcome?: Outcome }>({
    text,
    unready: step ? problems : [{ place: "", message: t("settle.chooseFirst") }],
    judged: foreseen.answer?.problems ?? [],
    send: async (key) => {
      const outcome = await settle(open, (now) => plansOf(now, rights)[choice!].step, { terms, rights }, key);
      return { outcome, problems: outcome.kind === "refused" ? outcome.problems : [] };
    },
    onDone: async ({ outcome }) => {
      if (outcome?.kind === "overtaken") {
        setBefore(difference);
        return onOvertaken(outcome.now);
      }
      if (step?.what === "mirrorEntry") keepTerms(terms);
      if (outcome?.kind === "done") {
        const { settled } = outcome;
        return onDone(difference.worker, doneText(choice!, settled, difference), settled.undo);
      }
      return onDone(difference.worker, t("settle.gone", { name: difference.worker.fullName }));
    },
  });
  const { failure, isSending, form } = sending;
  const elsewhere = sending.problems.filter(({ place }) => !(step?.what === "mirrorEntry" && hasTermsField(place)));
  const pick = (next: Choice) => {
    sending.forget();
    setBefore(undefined);
    choose(next);
  };
  return (
    <form class="window-body" {...form}>
      <div class="fields">
        {before && <Overtaken before={before} now={difference} />}
        {(failure || elsewhere.length > 0) && (
          <div class="banner" role="alert">
            <p>
              {failure && <FailureText failure={failure} isTyping />}
              {!failure && elsewhere.map(({ message }) => message).join(" ")}
            </p>
          </div>
        )}
        {children}
        <ChoiceFields open={open} plans={plans} choice={choice} onChoose={pick} />
        {step?.what === "mirrorEntry" && (
          <TermsFields terms={terms} hours={[step.entry.hours]} problems={sending.problems} onChange={setTerms} />
        )}
      </div>
      <Preview foreseen={foreseen} marked={sending.problems} idle={t("settle.idle")}>
        {(settled) => <SettledPreview settled={settled} open={open} step={step} />}
      </Preview>
      <div class="window-foot">
        {foot}
        <button type="submit" class="primary" aria-disabled={isSending}>
          {t(isSending ? "settle.acting" : failure ? "common.retry" : "settle.act")}
        </button>
      </div>
    </form>
  );
}

/** What both systems said of the day, and what they say of it now. */
function Overtaken({ before, now }: { before: Difference; now: Difference }) {
  const hours = [
    { system: "Kantata OX", then: before.kantataHours, since: now.kantataHours },
    { system: "Procore Workforce Planning", then: before.procoreHours, since: now.procoreHours },
  ];
  return (
    <div class="banner meanwhile" role="alert">
      <p>{t("settle.overtaken")}</p>
      <dl>
        {hours.map(({ system, then, since }) => (
          <div key={system}>
            <dt>{system}</dt>
            <dd>
              {t("hours", { hours: since })}{" "}
              {then !== since && <small>{t("meanwhile.before", { before: t("hours", { hours: then }) })}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

interface ChoiceProperties {
  open: OpenDifference;
  plans: Plans;
  choice: Choice | undefined;
  onChoose: (choice: Choice) => void;
}

function ChoiceFields({ open, plans, choice, onChoose }: ChoiceProperties) {
  return (
    <fieldset class="models choices">
      <legend>{t("settle.legend")}</legend>
      {CHOICES.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="choice"
            value={each}
            checked={choice === each}
            disabled={plans[each].step === undefined}
            onChange={() => onChoose(each)}
          />
          <span>
            <b>{choiceText(each, open.difference)}</b>
            <span>{planText(open, plans[each])}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The day before and after, and what is lost on the way. */
function SettledPreview({ settled, open, step }: { settled: Settled; open: OpenDifference; step: Step | undefined }) {
  const { lost, warnings, days } = settled;
  const { date } = open.difference;
  const now = new Map([[date, toCell(open.day)]]);
  return (
    <>
      {step?.what !== "acknowledge" && (
        <p>{t(stillDiffers(settled, date) ? "settle.willDiffer" : "settle.willAgree")}</p>
      )}
      {step?.what === "acknowledge" && <p>{t("settle.willStay")}</p>}
      {step && forGood([{ step, difference: open.difference }]).map((each) => <p key={each}>{each}</p>)}
      <Warnings warnings={warnings} />
      <Lost lost={lost} />
      {days.length > 0 && <Becoming days={days} now={now} />}
    </>
  );
}

/** What the other system cannot say, each once, in words. */
export function Lost({ lost }: { lost: string[] }) {
  if (lost.length === 0) return null;
  return (
    <div class="lost">
      <h4>{t("settle.lost")}</h4>
      <ul>
        {lost.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </div>
  );
}
