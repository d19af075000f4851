// The page keeps itself up to date: what others change is told by the gateway, and read anew.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Choices } from "./choices";
import { FIRST_DAY, LAST_DAY } from "./days";
import { Follower, MOST_COMPANIES } from "./follower";
import { chosenCompanies, useFollower, useLooking, useOldness } from "./following";
import { query } from "./gateway";
import { ViewerDocument } from "./generated";
import { type Loaded, ON_THEIR_WAY } from "./schedule";
import { type View, daysOf } from "./view";

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
  const isLooking = useLooking();
  const isFollowing = isLooking && !isSignedOut && companies.length > 0;

  useFollower(follower, companies, daysOf(view), isFollowing);
  useEffect(() => {
    if (isLooking) schedule.news.goOn();
  }, [isLooking]);
  useEffect(() => {
    if (schedule.isLoading) return;
    doubts.current.splice(0).forEach((doubt) => readAgain(schedule, doubt));
  }, [schedule.isLoading]);
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
  const chosen = chosenCompanies(view.company, choices);
  if (chosen) return chosen;
  return [...new Set(rows.map(({ worker }) => worker.company.id))].slice(0, MOST_COMPANIES);
}
