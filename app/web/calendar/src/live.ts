// The page keeps itself up to date: what others change is told by the gateway, and read anew.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Choices, chosenIn } from "./choices";
import { FIRST_DAY, LAST_DAY } from "./days";
import { Follower, MOST_COMPANIES } from "./follower";
import { query } from "./gateway";
import { ViewerDocument } from "./generated";
import { type Loaded, ON_THEIR_WAY } from "./schedule";
import { type View, daysOf } from "./view";

/** Pages that nobody looks at leave the gateway alone after so long. */
const HIDDEN_MILLISECONDS = 10_000;
/** Whoever goes from month to month is followed where they stay. */
const SETTLING_MILLISECONDS = 300;
/** A connection that comes back before that is not worth a word. */
const NOTED_MILLISECONDS = 10_000;

interface Asked {
  view: View;
  schedule: Loaded;
  choices: Choices | undefined;
  isSignedOut: boolean;
}

/** Keep the rows up to date. Returns since when they may not be; undefined as long as they are. */
export function useLive({ view, schedule, choices, isSignedOut }: Asked): Date | undefined {
  const latest = useRef(schedule);
  latest.current = schedule;
  const [isLive, setLive] = useState(false);
  const doubts = useRef<Doubt[]>([]);
  const [follower] = useState(() => followerOf(latest, doubts, setLive));
  const companies = companiesOf(view, schedule, choices);
  const { first, last } = daysOf(view);
  const isLooking = useLooking();
  const isFollowing = isLooking && !isSignedOut && companies.length > 0;

  useEffect(() => {
    if (!isFollowing) return follower.pause();
    const wait = follower.isIdle ? 0 : SETTLING_MILLISECONDS;
    const timer = setTimeout(() => follower.follow({ companies, days: { first, last } }), wait);
    return () => clearTimeout(timer);
  }, [isFollowing, companies.join(), first, last]);
  useEffect(() => {
    if (!isFollowing) return undefined;
    const comeBack = () => follower.hurry();
    addEventListener("online", comeBack);
    return () => removeEventListener("online", comeBack);
  }, [isFollowing]);
  useEffect(() => {
    if (isLooking) schedule.news.goOn();
  }, [isLooking]);
  useEffect(() => {
    if (schedule.isLoading) return;
    doubts.current.splice(0).forEach((doubt) => readAgain(schedule, doubt));
  }, [schedule.isLoading]);
  useEffect(() => {
    // A page with an open connection would not be kept for the way back.
    const leave = () => follower.pause();
    const comeBack = ({ persisted }: PageTransitionEvent) => persisted && follower.goOn();
    addEventListener("pagehide", leave);
    addEventListener("pageshow", comeBack);
    return () => {
      leave();
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", comeBack);
    };
  }, []);
  return useOldness(isLive && !schedule.isBehind, isFollowing);
}

/** A company's rows that were asked for before its changes were told: so many from the first on, of all. */
interface Doubt {
  company: string;
  count: number;
}

function followerOf(
  latest: { current: Loaded },
  doubts: { current: Doubt[] },
  setLive: (isLive: boolean) => void,
): Follower {
  return new Follower({
    onLive: setLive,
    onChanged: (workers, { from, to }) =>
      latest.current.news.add({ workers, days: { first: from ?? FIRST_DAY, last: to ?? LAST_DAY } }),
    onBegun: (company) => {
      const { rows, isLoading } = latest.current;
      if (isLoading) doubts.current.push({ company, count: rows.length + ON_THEIR_WAY });
      else readAgain(latest.current, { company, count: rows.length });
    },
    // Its answer shows whether the session has ended.
    onDoubt: () => void query(ViewerDocument, {}).catch(() => undefined),
  });
}

function readAgain({ rows, view, news }: Loaded, { company, count }: Doubt): void {
  const theirs = rows.slice(0, count).filter(({ worker }) => worker.company.id === company);
  if (theirs.length) news.add({ workers: theirs.map(({ worker }) => worker.id), days: daysOf(view) });
}

/** Those that the rows are of, and may be of later. */
function companiesOf(view: View, { rows }: Loaded, choices: Choices | undefined): string[] {
  if (view.company) return [chosenIn(choices?.companies ?? [], view.company)?.id ?? view.company];
  const known = choices?.companies ?? [];
  if (known.length > 0 && known.length <= MOST_COMPANIES) return known.map(({ id }) => id);
  return [...new Set(rows.map(({ worker }) => worker.company.id))].slice(0, MOST_COMPANIES);
}

/** Whether somebody looks at the page, or has until a moment ago. */
function useLooking(): boolean {
  const [isLooking, setLooking] = useState(!document.hidden);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => setLooking(false), HIDDEN_MILLISECONDS);
      else setLooking(true);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return isLooking;
}

/** Since when it is not up to date, once that has lasted; of what never was, nothing is said. */
function useOldness(isCurrent: boolean, isFollowing: boolean): Date | undefined {
  const [since, setSince] = useState<Date>();
  const lastCurrent = useRef<Date | undefined>(undefined);
  useEffect(() => {
    if (isCurrent) {
      setSince(undefined);
      lastCurrent.current = new Date();
      return () => {
        lastCurrent.current = new Date();
      };
    }
    if (!isFollowing || !lastCurrent.current) return undefined;
    const timer = setTimeout(() => setSince(lastCurrent.current), NOTED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [isCurrent, isFollowing]);
  return since;
}
