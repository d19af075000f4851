// The list of days on which the two systems differ, from which they are settled: an ARIA grid whose rows are chosen.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Differences } from "./differences";
import { FailureText } from "./failure-text";
import { t } from "./messages";
import { EVERY_DIFFERENCE, KINDS_OF_DIFFERENCE, type Settling } from "./settle-address";
import { DifferenceRows, MOST_CHOSEN, moveInList, useChosen } from "./settle-rows";
import { type Difference, keyOf } from "./settle-plans";
import type { Viewing } from "./view";

interface Properties {
  viewing: Viewing;
  list: Differences;
  /** Whether days may be settled by whoever looks at them. */
  isWriter: boolean;
  onOpen: (difference: Difference) => void;
  onOpenMany: (differences: Difference[]) => void;
}

export function SettleView({ viewing, list, isWriter, onOpen, onOpenMany }: Properties) {
  const { view, go } = viewing;
  const { items, total } = list;
  const settling = view.settling ?? EVERY_DIFFERENCE;
  const put = (changed: Partial<Settling>) => go({ ...view, settling: { ...settling, ...changed } });
  const chosen = useChosen(items);
  const most = Math.min(total ?? items.length, MOST_CHOSEN);
  const areChosen = chosen.items.length > 0 && chosen.items.length >= most;
  const chooseAll = async () => {
    const all = items.length < most ? await list.upTo(most) : items;
    chosen.put(all.slice(0, most));
  };
  const openChosen = () => {
    const [only, ...others] = chosen.items;
    if (only && others.length === 0) onOpen(only);
    else if (only) onOpenMany(chosen.items);
  };
  return (
    <section class="settle" aria-label={t("settle.view")}>
      <div class="settle-bar">
        <select
          aria-label={t("settle.kind")}
          value={settling.kind ?? ""}
          onChange={({ currentTarget }) =>
            put({ kind: KINDS_OF_DIFFERENCE.find((kind) => kind === currentTarget.value) })
          }
        >
          <option value="">{t("settle.everyKind")}</option>
          {KINDS_OF_DIFFERENCE.map((kind) => (
            <option key={kind} value={kind}>
              {t(`settle.kind.${kind}`)}
            </option>
          ))}
        </select>
        <label class="check">
          <input
            type="checkbox"
            checked={settling.withStaying}
            onChange={({ currentTarget }) => put({ withStaying: currentTarget.checked })}
          />
          {t("settle.withStaying")}
        </label>
        <span class="spring" />
        {isWriter && items.length > 0 && (
          <>
            <button type="button" onClick={() => (areChosen ? chosen.put([]) : void chooseAll())}>
              {areChosen
                ? t("settle.chooseNone")
                : t(most === total ? "settle.chooseAll" : "settle.chooseMost", { count: most })}
            </button>
            <button type="button" class="primary" disabled={chosen.items.length === 0} onClick={openChosen}>
              {t("settle.settleChosen", { count: chosen.items.length })}
            </button>
          </>
        )}
      </div>
      <List
        list={list}
        chosen={chosen}
        isWriter={isWriter}
        isFiltered={settling.kind !== undefined || settling.withStaying}
        onOpen={onOpen}
        onChooseAll={() => void chooseAll()}
      />
    </section>
  );
}

interface ListProperties {
  list: Differences;
  chosen: ReturnType<typeof useChosen>;
  isWriter: boolean;
  isFiltered: boolean;
  onOpen: (difference: Difference) => void;
  onChooseAll: () => void;
}

function List({ list, chosen, isWriter, isFiltered, onOpen, onChooseAll }: ListProperties) {
  const { items, total, isLoading, failure } = list;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const place = Math.max(0, Math.min(active, items.length - 1));
  const rowAt = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-place="${index}"]`);
  const move = (next: number, isExtending = false) => {
    setActive(next);
    if (isExtending) chosen.extend(next);
    const row = rowAt(next);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  };
  useFocusInList(scroller, items, () => rowAt(place) ?? document.querySelector<HTMLElement>(".settle-door"));
  useMoreAtEnd(scroller, list);
  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[place];
    // What is pressed in a row is the row's; the box in it has no keys of its own.
    if (!item) return;
    if (event.key === "Enter") onOpen(item);
    else if (event.key === " " && isWriter) chosen.toggle(place);
    else if (event.key === "Escape" && chosen.items.length > 0) chosen.put([]);
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && isWriter) onChooseAll();
    else {
      const next = moveInList(event.key, place, items.length);
      if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      move(next, event.shiftKey && isWriter);
    }
    event.preventDefault();
  };
  if (items.length === 0) return <Empty list={list} isFiltered={isFiltered} />;
  return (
    <>
      <div
        ref={scroller}
        class={`settle-list${isWriter ? "" : " read-only"}`}
        role="grid"
        aria-label={t("settle.list")}
        aria-rowcount={(total ?? items.length) + 1}
        aria-multiselectable={isWriter}
        aria-busy={isLoading}
        onKeyDown={onKeyDown}
      >
        <div class="settle-head" role="row" aria-rowindex={1}>
          {isWriter && (
            <span role="columnheader">
              <span class="unseen">{t("settle.column.chosen")}</span>
            </span>
          )}
          <span role="columnheader">{t("settle.column.who")}</span>
          <span role="columnheader">{t("settle.column.day")}</span>
          <span role="columnheader">{t("settle.column.what")}</span>
          <span role="columnheader">Kantata</span>
          <span role="columnheader">Procore</span>
        </div>
        <DifferenceRows
          items={items}
          active={place}
          isChosen={chosen.has}
          isWriter={isWriter}
          onOpen={(item, index) => {
            setActive(index);
            onOpen(item);
          }}
          onToggle={(index, isRange) => {
            setActive(index);
            if (isRange) chosen.extend(index);
            else chosen.toggle(index);
          }}
        />
      </div>
      {failure && (
        <div class="banner" role="alert">
          <p>
            <FailureText failure={failure} />
          </p>
          <button type="button" onClick={list.retry}>
            {t("common.retry")}
          </button>
        </div>
      )}
      <p class="settle-keys quiet">
        <span>{t("settle.shown", { shown: items.length, total: total ?? items.length })}</span>{" "}
        <span class="keys">{t(isWriter ? "settle.keys" : "settle.keysOfReaders")}</span>
      </p>
    </>
  );
}

function Empty({ list, isFiltered }: { list: Differences; isFiltered: boolean }): ComponentChildren {
  const { failure, isLoading, retry } = list;
  if (failure) {
    return (
      <div class="nobody" role="alert">
        <h2>{t("nobody.nothing")}</h2>
        <p>
          <FailureText failure={failure} />
        </p>
        <button type="button" onClick={retry}>
          {t("common.retry")}
        </button>
      </div>
    );
  }
  return (
    <div class="nobody" role="status">
      <h2>{t(isLoading ? "common.loading" : "settle.none")}</h2>
      {!isLoading && <p>{t(isFiltered ? "settle.noneOfKind" : "settle.noneAtAll")}</p>}
    </div>
  );
}

/** The focus stays in the list when the row goes that it is on, as that of a difference that was settled. */
function useFocusInList(
  scroller: { current: HTMLElement | null },
  items: Difference[],
  activeRow: () => HTMLElement | null | undefined,
): void {
  const wasWithin = scroller.current?.contains(document.activeElement) ?? false;
  const keys = items.map(keyOf).join();
  const before = useRef(keys);
  useLayoutEffect(() => {
    const hadRows = before.current !== "";
    if (before.current === keys) return;
    before.current = keys;
    const isLost = wasWithin || (hadRows && document.activeElement === document.body);
    if (isLost && !document.querySelector("dialog[open]") && !scroller.current?.contains(document.activeElement)) {
      activeRow()?.focus({ preventScroll: true });
    }
  });
}

/** The next page is read before the last row is in sight. */
function useMoreAtEnd(scroller: { current: HTMLElement | null }, list: Differences): void {
  const { items, total, isLoading, failure, more } = list;
  const latest = useRef(more);
  latest.current = more;
  // An observer tells once that the row is in sight: whenever a reading is over it is asked anew, but not
  // after one that failed, which somebody has to try again.
  const isMore = total !== undefined && items.length < total && !isLoading && !failure;
  useEffect(() => {
    const last = scroller.current?.querySelector(`[data-place="${items.length - 1}"]`);
    if (!isMore || !last) return undefined;
    const observer = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && latest.current(), {
      root: scroller.current,
      rootMargin: "600px",
    });
    observer.observe(last);
    return () => observer.disconnect();
  }, [isMore, items.length]);
}

/** The door to the list, with how many there are. */
export function SettleDoor({ viewing, count }: { viewing: Viewing; count: number | undefined }) {
  const { view, go } = viewing;
  const isOpen = view.settling !== undefined;
  return (
    <button
      type="button"
      class="settle-door"
      aria-pressed={isOpen}
      onClick={() => go({ ...view, settling: isOpen ? undefined : EVERY_DIFFERENCE })}
    >
      <span>{t("settle.door")}</span>{" "}
      {count !== undefined && <b class={count > 0 ? "some" : ""}>{t("settle.count", { count })}</b>}
    </button>
  );
}
