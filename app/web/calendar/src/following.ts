// A page follows what others change as long as somebody looks at it.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Choices, chosenIn } from "./choices";
import { type Follower, MOST_COMPANIES } from "./follower";
import type { Days } from "./view";

/** Pages that nobody looks at leave the gateway alone after so long. */
const HIDDEN_MILLISECONDS = 10_000;
/** Whoever goes from month to month is followed where they stay. */
const SETTLING_MILLISECONDS = 300;
/** A connection that comes back before that is not worth a word. */
const NOTED_MILLISECONDS = 10_000;

/** Have these days of these companies told, from where it was left. */
export function useFollower(follower: Follower, companies: string[], { first, last }: Days, isFollowing: boolean): void {
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
}

/** The company that is chosen, else all, if there are not too many; undefined where that is not known. */
export function chosenCompanies(chosen: string, choices: Choices | undefined): string[] | undefined {
  const known = choices?.companies ?? [];
  if (chosen) return [chosenIn(known, chosen)?.id ?? chosen];
  return known.length > 0 && known.length <= MOST_COMPANIES ? known.map(({ id }) => id) : undefined;
}

/** Whether somebody looks at the page, or has until a moment ago. */
export function useLooking(): boolean {
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
export function useOldness(isCurrent: boolean, isFollowing: boolean): Date | undefined {
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
