// The rows of the list of differences, and which of them are chosen.

import { memo } from "preact/compat";
import { useRef, useState } from "preact/hooks";
import { dayText } from "./formats";
import { t } from "./messages";
import { type Difference, keyOf } from "./settle-plans";
import { kindText } from "./settle-words";

/** So many are chosen by one key: each is settled by itself, and each is to be looked at. */
export const MOST_CHOSEN = 500;
/** So many rows a page key goes on. */
const PAGE_ROWS = 10;

/** The row that a key leads to; undefined for other keys. */
export function moveInList(key: string, from: number, count: number): number | undefined {
  const to = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + PAGE_ROWS,
    PageUp: from - PAGE_ROWS,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(to, count - 1));
}

/** Which differences are chosen, as long as they are in the list. */
export function useChosen(items: Difference[]) {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  /** From here a range is chosen. */
  const anchor = useRef(0);
  const has = (item: Difference) => keys.has(keyOf(item));
  const chosen = items.filter(has);
  return {
    items: chosen,
    has,
    put: (wanted: Difference[]) => setKeys(new Set(wanted.map(keyOf))),
    toggle: (place: number) => {
      const item = items[place];
      if (!item) return;
      anchor.current = place;
      const next = new Set(keys);
      if (!next.delete(keyOf(item))) next.add(keyOf(item));
      setKeys(next);
    },
    extend: (place: number) => {
      const [first, last] = [Math.min(anchor.current, place), Math.max(anchor.current, place)];
      setKeys(new Set([...keys, ...items.slice(first, last + 1).map(keyOf)]));
    },
  };
}

interface Properties {
  items: Difference[];
  /** The row that has the focus when the list has it. */
  active: number;
  isChosen: (item: Difference) => boolean;
  isWriter: boolean;
  onOpen: (item: Difference, place: number) => void;
  onToggle: (place: number, isRange: boolean) => void;
}

export function DifferenceRows({ items, active, isChosen, isWriter, onOpen, onToggle }: Properties) {
  const latest = useRef({ onOpen, onToggle });
  latest.current = { onOpen, onToggle };
  const [stable] = useState(() => ({
    open: (item: Difference, place: number) => latest.current.onOpen(item, place),
    toggle: (place: number, isRange: boolean) => latest.current.onToggle(place, isRange),
  }));
  const year = items[0]?.date ?? "";
  return (
    <div role="rowgroup">
      {items.map((item, place) => (
        <Row
          key={keyOf(item)}
          item={item}
          place={place}
          beside={year}
          isActive={place === active}
          isChosen={isChosen(item)}
          isWriter={isWriter}
          onOpen={stable.open}
          onToggle={stable.toggle}
        />
      ))}
    </div>
  );
}

interface RowProperties {
  item: Difference;
  place: number;
  beside: string;
  isActive: boolean;
  isChosen: boolean;
  isWriter: boolean;
  onOpen: (item: Difference, place: number) => void;
  onToggle: (place: number, isRange: boolean) => void;
}

const Row = memo(({ item, place, beside, isActive, isChosen, isWriter, onOpen, onToggle }: RowProperties) => {
  const { worker, date, kantataHours, procoreHours, acknowledgement } = item;
  const day = dayText(date, beside);
  return (
    <div
      class="settle-row"
      role="row"
      data-place={place}
      aria-rowindex={place + 2}
      aria-selected={isWriter ? isChosen : undefined}
      tabIndex={isActive ? 0 : -1}
      onClick={(event) => {
        if (isWriter && (event.shiftKey || event.ctrlKey || event.metaKey)) onToggle(place, event.shiftKey);
        else onOpen(item, place);
      }}
    >
      {isWriter && (
        <span
          role="gridcell"
          class="settle-box"
          onClick={(event) => {
            // Around the box as well, for fingers.
            event.preventDefault();
            event.stopPropagation();
            onToggle(place, event.shiftKey);
          }}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isChosen}
            aria-label={t("settle.choose", { name: worker.fullName, day })}
          />
        </span>
      )}
      <span role="gridcell" class="settle-who">
        {worker.fullName}
      </span>
      <span role="gridcell" class="settle-day">
        {day}
      </span>
      <span role="gridcell" class="settle-what">
        {kindText(item)}
        {acknowledgement && <em>{t("settle.staysBy", { name: acknowledgement.acknowledgedBy.name })}</em>}
      </span>
      <span role="gridcell" class="settle-hours" data-system="Kantata">
        {t("hours", { hours: kantataHours })}
      </span>
      <span role="gridcell" class="settle-hours" data-system="Procore">
        {t("hours", { hours: procoreHours })}
      </span>
    </div>
  );
});
