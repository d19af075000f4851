// A list of the directory is kept up to date: what others change of it is told by the gateway, and read anew.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Choices } from "../choices";
import { FIRST_DAY, LAST_DAY } from "../days";
import { Follower } from "../follower";
import { chosenCompanies, useFollower, useLooking, useOldness } from "../following";
import { query } from "../gateway";
import { ViewerDocument } from "../generated";
import { Rereading } from "../rereading";
import type { List } from "./reading";

/** What is told of directory and time off alike: of which workers, if not of all, and which days. */
export interface Change {
  isOfAll: boolean;
  /** As of whoever has another name, is linked, or has a workweek for good. */
  isOpen: boolean;
}

/** What is told of all that the page shows, whichever part of it. */
export interface News {
  /** Be told of each change. Returns how to stop that. */
  watch: (listener: (change: Change) => void) => () => void;
  isLooking: boolean;
  /** Whether everything is told now, and whether it is to be. */
  isLive: boolean;
  isFollowing: boolean;
}

const ALL = { workers: undefined, days: { first: FIRST_DAY, last: LAST_DAY } };

/** Follow the company that is chosen, or all of them: on one connection, from part to part. */
export function useNews(company: string, choices: Choices | undefined, isSignedOut: boolean): News {
  const listeners = useRef(new Set<(change: Change) => void>());
  const [isLive, setLive] = useState(false);
  const [follower] = useState(() => {
    const tell = (change: Change) => listeners.current.forEach((listener) => listener(change));
    return new Follower({
      onLive: setLive,
      onBegun: () => tell({ isOfAll: true, isOpen: true }),
      onChanged: (workers, { from, to }) =>
        tell({ isOfAll: workers === undefined, isOpen: from === null || to === null }),
      // Its answer shows whether the session has ended.
      onDoubt: () => void query(ViewerDocument, {}).catch(() => undefined),
    });
  });
  const companies = chosenCompanies(company, choices) ?? [];
  const isLooking = useLooking();
  const isFollowing = isLooking && !isSignedOut && companies.length > 0;
  useFollower(follower, companies, ALL.days, isFollowing);
  const watch = useCallback((listener: (change: Change) => void) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  return { watch, isLooking, isLive, isFollowing };
}

/**
 * Read the list anew, quietly, when something has changed that may concern it: time off mostly does not. Returns
 * since when it may be old; undefined as long as it is not.
 */
export function useLiveList(
  list: List<unknown>,
  { watch, isLooking, isLive, isFollowing }: News,
  concerns: (change: Change) => boolean,
): Date | undefined {
  const latest = useRef(list);
  latest.current = list;
  const [isBehind, setBehind] = useState(false);
  const [rereading] = useState(() => {
    const read = async () => {
      if (latest.current.isLoading || document.hidden) return false;
      await latest.current.again({ isQuiet: true });
      return true;
    };
    return new Rereading(read, setBehind);
  });
  useEffect(() => watch((change) => concerns(change) && rereading.add(ALL)), [watch]);
  useEffect(() => {
    if (isLooking && !list.isLoading) rereading.goOn();
  }, [isLooking, list.isLoading]);
  return useOldness(isLive && !isBehind, isFollowing);
}
