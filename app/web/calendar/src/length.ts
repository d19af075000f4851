// The last day of days on end goes along with their first.

import { useRef } from "preact/hooks";
import { type Day, addDays, daysBetween, isDay, within } from "./days";

/**
 * Returns what the last day becomes when the first does. One single day stays one, whichever way it is moved. The last of
 * several stays where it is until the first moves behind it; then they keep their length.
 */
export function useLastAlong(first: Day, last: Day): (first: Day) => Day {
  const length = useRef(0);
  // Half a year that is typed is no day yet: what was before it counts.
  if (isDay(first) && isDay(last) && first <= last) length.current = daysBetween(first, last);
  return (next) => {
    if (!isDay(next) || !isDay(last)) return last;
    return length.current === 0 || next > last ? within(addDays(next, length.current)) : last;
  };
}
