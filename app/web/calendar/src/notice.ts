// What was done last, told for a while with the way to take it back.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./messages";
import type { Worker } from "./schedule";
import { type Outcome, Steps, type Undo } from "./undoing";

/** So long it can be taken back; the time stands still while somebody is at the notice. */
const SHOWN_MILLISECONDS = 30_000;

export interface Told {
  /** Another one for each that is told. */
  id: number;
  /** What was done. */
  what: string;
  /** What is said of it, and of its undo. */
  text: string;
  /** What is to be known besides: what an undo does not bring back. */
  more: string[];
  /** Whether it stands in the way, or only quietly below. */
  isShown: boolean;
  tone: "done" | "refused";
  steps: Steps | undefined;
  worker: Worker | undefined;
}

export interface Notice {
  told: Told;
  isUndoing: boolean;
  /** Whose time off it was; undefined of several. */
  tell: (worker: Worker | undefined, what: string, undo?: Undo, hints?: string[]) => void;
  /** Tell what went wrong where no window is open any more that could say it. */
  warn: (text: string) => void;
  undo: () => Promise<void>;
  dismiss: () => void;
  /** Somebody is at the notice, or has left it. */
  hold: () => void;
  release: () => void;
}

const NOTHING: Told = {
  id: 0,
  what: "",
  text: "",
  more: [],
  isShown: false,
  tone: "done",
  steps: undefined,
  worker: undefined,
};

export function useNotice(refresh: (workerId: string | undefined) => Promise<void>): Notice {
  const [told, setTold] = useState<Told>(NOTHING);
  const [isUndoing, setUndoing] = useState(false);
  const isBusy = useRef(false);
  const expire = () => setTold((before) => ({ ...before, isShown: false, steps: undefined }));
  const clock = useClock(told.isShown ? told.id : 0, expire);
  const put = (next: Partial<Told>) => setTold((before) => ({ ...NOTHING, isShown: true, ...next, id: before.id + 1 }));
  const tell = (worker: Worker | undefined, what: string, undo?: Undo, hints: string[] = []) =>
    put({
      what,
      text: what,
      more: [...hints, ...(undo?.lost ?? [])],
      isShown: undo !== undefined,
      steps: undo && new Steps(undo),
      worker,
    });
  const warn = (text: string) => put({ text, tone: "refused" });
  const undo = async () => {
    const { steps, worker, what } = told;
    if (!steps || isBusy.current) return;
    isBusy.current = true;
    setUndoing(true);
    clock.hold();
    const outcome = await steps.run();
    isBusy.current = false;
    setUndoing(false);
    clock.release();
    put({
      what,
      text: inWords(outcome, what),
      tone: outcome.kind === "undone" ? "done" : "refused",
      // What became of the last request is not known: sent again, it does nothing twice.
      steps: outcome.kind === "failed" ? steps : undefined,
      worker,
    });
    await refresh(worker?.id);
  };
  return { told, isUndoing, tell, warn, undo, dismiss: expire, hold: clock.hold, release: clock.release };
}

function inWords(outcome: Outcome, what: string): string {
  if (outcome.kind === "undone") return [t("undo.done", { what }), ...outcome.unlike].join(" ");
  const why = outcome.kind === "refused" ? outcome.why : outcome.failure.message;
  if (outcome.done.length > 0) return t("undo.partly", { done: outcome.done.join(" "), why });
  return t(outcome.kind === "refused" ? "undo.refused" : "undo.notYet", { why });
}

/** Calls when the time is over that the notice of this id has; none runs for the id 0. */
function useClock(id: number, onEnd: () => void) {
  const left = useRef(SHOWN_MILLISECONDS);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const shown = useRef(id);
  shown.current = id;
  const since = useRef(0);
  const holders = useRef(0);
  const run = () => {
    clearTimeout(timer.current);
    since.current = Date.now();
    timer.current = setTimeout(onEnd, left.current);
  };
  const stop = () => {
    clearTimeout(timer.current);
    left.current -= Date.now() - since.current;
  };
  useEffect(() => {
    left.current = SHOWN_MILLISECONDS;
    if (id === 0) return undefined;
    if (holders.current === 0) run();
    return () => clearTimeout(timer.current);
  }, [id]);
  return {
    hold: () => {
      if (holders.current++ === 0) stop();
    },
    release: () => {
      holders.current = Math.max(0, holders.current - 1);
      if (holders.current === 0 && shown.current !== 0) run();
    },
  };
}
