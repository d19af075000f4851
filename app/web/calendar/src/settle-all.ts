// Several differences are settled by one choice: each is tried first, then done, and each has its own outcome.

import { useEffect, useRef, useState } from "preact/hooks";
import { Abandoned, Failure } from "./gateway";
import { t } from "./messages";
import { newKey } from "./sending";
import { type Choice, type Difference, type OpenDifference, type Step, keyOf, plansOf } from "./settle-plans";
import { doneText, overtakenText, planText, whoseDay } from "./settle-words";
import { type Settled, type Terms, readDifference, settle, take } from "./settling";
import type { Steps, Undo } from "./undoing";
import type { Rights } from "./viewer";

/** What would become of one of them, or why nothing would. */
export type Foreseen =
  | { difference: Difference; open: OpenDifference; step: Step; settled: Settled; why?: undefined }
  | { difference: Difference; why: string };

/** What became of one of them, in words. */
export interface Told {
  difference: Difference;
  isDone: boolean;
  text: string;
  /** The way to take it back; undefined where nothing was done, or nothing leads back. */
  undo: Undo | undefined;
  /** Whether something was stored. */
  isStored: boolean;
  /** The record of Procore that it changed. */
  record: string | undefined;
}

/** So many are looked at at a time: others use the gateway as well. */
const AT_A_TIME = 3;
/** How long to wait where the gateway has too much to do, and how often. */
const WAIT_MILLISECONDS = 3_000;
const MOST_WAITS = 5;
const TO_BE_WAITED_FOR = ["RATE_LIMITED", "SERVICE_UNAVAILABLE"];

export interface Forecast {
  all: Foreseen[];
  isAsking: boolean;
  failure: Failure | undefined;
}

/** Try the choice with each of them; tried anew with another choice or other terms. */
export function useForecast(
  differences: Difference[],
  choice: Choice | undefined,
  terms: Terms,
  rights: Rights,
): Forecast {
  const [forecast, setForecast] = useState<Forecast>({ all: [], isAsking: false, failure: undefined });
  const opened = useRef(new Map<string, OpenDifference | undefined>());
  // The reason decides nothing about hours.
  const text = choice && JSON.stringify([choice, { ...terms, reason: Boolean(terms.reason.trim()) }]);
  useEffect(() => {
    if (!choice || !terms.reason.trim() || !terms.batchStartTime) {
      setForecast({ all: [], isAsking: false, failure: undefined });
      return undefined;
    }
    const leaving = new AbortController();
    setForecast({ all: [], isAsking: true, failure: undefined });
    const foresee = async (difference: Difference) => {
      const key = keyOf(difference);
      if (!opened.current.has(key)) {
        opened.current.set(key, await readDifference(difference.worker.id, difference.date, leaving.signal));
      }
      return foreseen(difference, opened.current.get(key), choice, terms, rights, leaving.signal);
    };
    allOf(differences, foresee, leaving.signal, (all) => setForecast({ all, isAsking: true, failure: undefined })).then(
      (all) => setForecast({ all, isAsking: false, failure: undefined }),
      (fault: unknown) => {
        if (fault instanceof Abandoned || leaving.signal.aborted) return;
        leaving.abort();
        setForecast({ all: [], isAsking: false, failure: Failure.of(fault) });
      },
    );
    return () => leaving.abort();
  }, [text]);
  return forecast;
}

async function foreseen(
  difference: Difference,
  open: OpenDifference | undefined,
  choice: Choice,
  terms: Terms,
  rights: Rights,
  signal: AbortSignal,
): Promise<Foreseen> {
  if (!open) return { difference, why: t("settle.agrees") };
  const plan = plansOf(open, rights)[choice];
  if (!plan.step) return { difference, why: planText(open, plan) };
  const settled = await take(difference, { step: plan.step, terms, rights }, { dryRun: true }, { signal });
  if (settled.problems.length > 0) return { difference, why: saidOf(settled.problems) };
  return { difference, open, step: plan.step, settled };
}

function saidOf(problems: { message: string }[]): string {
  return problems.map(({ message }) => message).join(" ");
}

/** What comes of each, in their order, and meanwhile those that are known. */
async function allOf<One, Of>(
  items: One[],
  work: (item: One) => Promise<Of>,
  signal: AbortSignal,
  onNext: (sofar: Of[]) => void,
): Promise<Of[]> {
  const found: Of[] = [];
  let next = 0;
  const go = async () => {
    while (next < items.length && !signal.aborted) {
      const place = next++;
      found[place] = await patiently(() => work(items[place]!));
      if (!signal.aborted) onNext(found.filter(() => true));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, go));
  return found;
}

/** Where the gateway has too much to do it is asked again after a while. */
async function patiently<Of>(ask: () => Promise<Of>): Promise<Of> {
  for (let waits = 0; ; waits++) {
    try {
      return await ask();
    } catch (fault) {
      const mayWait = fault instanceof Failure && TO_BE_WAITED_FOR.includes(fault.code);
      if (!mayWait || waits >= MOST_WAITS) throw fault;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
    }
  }
}

export interface Run {
  told: Told[];
  isRunning: boolean;
  /** Why it ended before its end. */
  failure: Failure | undefined;
  isStopped: boolean;
  start: () => void;
  stop: () => void;
}

/** Settle those that can be, one after the other. What was done before goes on where it ended. */
export function useRun(
  forecast: Foreseen[],
  choice: Choice | undefined,
  terms: Terms,
  rights: Rights,
  onEnd: (told: Told[]) => Promise<void>,
): Run {
  const [run, setRun] = useState({ told: [] as Told[], isRunning: false, isStopped: false });
  const [failure, setFailure] = useState<Failure>();
  const stopping = useRef(false);
  const keys = useRef(new Map<string, string>());
  const go = async () => {
    if (!choice || run.isRunning) return;
    stopping.current = false;
    setFailure(undefined);
    const told = [...run.told];
    const known = new Set(told.map(({ difference }) => keyOf(difference)));
    setRun({ told, isRunning: true, isStopped: false });
    try {
      for (const one of forecast) {
        const key = keyOf(one.difference);
        if (stopping.current) break;
        if (known.has(key)) continue;
        if (!keys.current.has(key)) keys.current.set(key, newKey());
        told.push(await patiently(() => carriedOut(one, choice, terms, rights, keys.current.get(key)!)));
        setRun({ told: [...told], isRunning: true, isStopped: false });
      }
    } catch (fault) {
      setFailure(Failure.of(fault));
    }
    const isStopped = told.length < forecast.length;
    setRun({ told: [...told], isRunning: false, isStopped });
    await onEnd(told);
  };
  return {
    ...run,
    failure,
    start: () => void go(),
    stop: () => {
      stopping.current = true;
    },
  };
}

/** Why all of it, or what is settled by one choice, cannot be taken back at once, in words; known before it is done. */
export function forGood(steps: { step: Step; difference: Difference }[]): string[] {
  const records = steps.flatMap(({ step }) => ("record" in step ? [step.record.id] : []));
  // Whoever mirrors into an entry that is there does not know any more what it brought.
  const isRaised = steps.some(({ step, difference }) => step.what === "mirrorRecord" && difference.kantataHours > 0);
  return [
    ...(new Set(records).size < records.length ? [t("settle.forGood.oneRecord")] : []),
    ...(isRaised ? [t("settle.forGood.raised")] : []),
  ];
}

/** All of it at once; undefined where something does not lead back, or would meet itself on the way. */
export function undoOfAll(told: Told[]): Undo | undefined {
  const stored = told.filter(({ isStored }) => isStored);
  const undos = stored.flatMap(({ undo }) => (undo ? [undo] : []));
  const records = stored.flatMap(({ record }) => (record ? [record] : []));
  // Each undo of one record says what the others have made of it.
  const meet = new Set(records).size < records.length;
  if (undos.length === 0 || undos.length < stored.length || meet) return undefined;
  const carryOut = async (steps: Steps) => {
    const unlike: string[] = [];
    for (const undo of undos) unlike.push(...(await undo.carryOut(steps)));
    return unlike;
  };
  return { carryOut, lost: [...new Set(undos.flatMap(({ lost }) => lost))] };
}

async function carriedOut(one: Foreseen, choice: Choice, terms: Terms, rights: Rights, key: string): Promise<Told> {
  const { difference } = one;
  const told = (isDone: boolean, text: string): Told => ({
    difference,
    isDone,
    text,
    undo: undefined,
    isStored: false,
    record: undefined,
  });
  const left = (why: string) => told(false, t("settle.left", { whose: whoseDay(difference), why }));
  if (one.why !== undefined) return left(one.why);
  const outcome = await settle(one.open, (now) => plansOf(now, rights)[choice].step, { terms, rights }, key);
  switch (outcome.kind) {
    case "done":
      return {
        ...told(true, doneText(choice, outcome.settled, difference)),
        undo: outcome.settled.undo,
        isStored: true,
        record: "record" in one.step ? one.step.record.id : undefined,
      };
    case "gone":
      return told(true, t("settle.left", { whose: whoseDay(difference), why: t("settle.agrees") }));
    case "overtaken":
      return left(overtakenText(outcome.now.difference));
    case "refused":
      return left(saidOf(outcome.problems));
  }
}
