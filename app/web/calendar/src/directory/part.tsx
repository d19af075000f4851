// What the parts of the directory have in common: their lists, and what stands above and below.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Choices } from "../choices";
import { FailureText } from "../failure-text";
import { Filter } from "../filter";
import { clockText } from "../formats";
import { SIGNED_OUT } from "../gateway";
import { t } from "../messages";
import { type Change, type News, useLiveList } from "./live";
import { useOpened } from "./opened";
import type { Go, Place } from "./place";
import type { List } from "./reading";

export interface PartProperties {
  place: Place;
  go: Go;
  choices: Choices | undefined;
  /** What others change. */
  news: News;
  /** Whether whoever looks at the page may change the directory. */
  mayEdit: boolean;
  /** Tell what was done, to eyes and ears. */
  say: (what: string) => void;
}

/** What is open above a part's list, which is read anew after what was done in it, and when others have changed it. */
export function usePart<Opened>(
  { news, say }: PartProperties,
  list: List<unknown>,
  concerns: (change: Change) => boolean,
) {
  const [opened, open] = useOpened<Opened>();
  const oldSince = useLiveList(list, news, concerns);
  const close = () => open(undefined);
  const done = async (what: string) => {
    close();
    await list.again();
    say(what);
  };
  return { opened, open, close, done, oldSince };
}

interface ListingProperties<Item> {
  list: List<Item>;
  /** The headings of the columns; an empty one is of what can be done. */
  columns: string[];
  /** How many there are, in words. */
  count: (total: number) => string;
  /** Said instead of an empty list. */
  none: ComponentChildren;
  /** Since when it may be old. */
  oldSince?: Date | undefined;
  row: (item: Item) => ComponentChildren;
}

/** A list as a table, which on a phone is a card for each row. */
export function Listing<Item>({ list, columns, count, none, oldSince, row }: ListingProperties<Item>) {
  const { items, total, failure, isLoading, hasMore, more, again } = list;
  const listing = useRef<HTMLDivElement>(null);
  useFocusInRows(listing.current, items);
  return (
    <div ref={listing} class="listing" aria-busy={isLoading}>
      <div class={isLoading ? "progress busy" : "progress"} aria-hidden="true" />
      {failure && failure.code !== SIGNED_OUT && (
        <div class="banner" role="alert">
          <p>
            <FailureText failure={failure} />
          </p>
          <button type="button" onClick={() => void again()}>
            {t("common.retry")}
          </button>
        </div>
      )}
      {items.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column || <span class="unseen">{t("directory.acts")}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{items.map(row)}</tbody>
        </table>
      )}
      {total === 0 && (typeof none === "string" ? <p class="nothing">{none}</p> : none)}
      {oldSince && (
        <p class="old" role="status">
          {t("app.oldSince", { time: clockText(oldSince) })}
        </p>
      )}
      <div class="below">
        {total !== undefined && total > 0 && (
          <p class="quiet">
            {items.length < total ? t("directory.shown", { shown: items.length, total }) : count(total)}
          </p>
        )}
        {hasMore && (
          <button type="button" disabled={isLoading} onClick={more}>
            {t("directory.more")}
          </button>
        )}
      </div>
    </div>
  );
}

/** The focus goes to the row that is next when that one goes which it is in, as of what was deleted. */
function useFocusInRows(listing: HTMLElement | null, items: unknown[]) {
  const rowsOf = (place: HTMLElement | null) => Array.from(place?.querySelectorAll("tbody tr") ?? []);
  const before = rowsOf(listing).findIndex((row) => row.contains(document.activeElement));
  useLayoutEffect(() => {
    if (before < 0 || listing?.contains(document.activeElement)) return;
    const next = rowsOf(listing).slice(0, before + 1).at(-1) ?? listing?.closest("main");
    next?.querySelector<HTMLElement>("button, a, input, select")?.focus();
  }, [items]);
}

/** A cell; on a phone its column's heading stands before it. */
export function Cell({ label, kind, children }: { label: string; kind?: string; children: ComponentChildren }) {
  return (
    <td data-label={label} class={kind}>
      <div>{children}</div>
    </td>
  );
}

/** What can be done with an item, named so that its buttons are told apart by ear. */
export function RowActs({ name, onEdit, onDelete }: { name: string; onEdit: () => void; onDelete?: () => void }) {
  return (
    <td class="row-acts">
      <button type="button" aria-label={t("directory.editThis", { name })} onClick={onEdit}>
        {t("directory.edit")}
      </button>
      {onDelete && (
        <button type="button" aria-label={t("directory.deleteThis", { name })} onClick={onDelete}>
          {t("directory.delete")}
        </button>
      )}
    </td>
  );
}

/** Only where there is more than one company. */
export function CompanyFilter({ place, go, choices }: Pick<PartProperties, "place" | "go" | "choices">) {
  const companies = choices?.companies ?? [];
  if (companies.length < 2 && !place.company) return null;
  return (
    <Filter
      label={t("toolbar.company")}
      all={t("toolbar.allCompanies")}
      options={companies}
      value={place.company}
      isKnown
      onChange={(company) => go({ company })}
    />
  );
}

/** A filter by what the address names, or by nothing. */
export function filterBy<Filter extends object>(filter: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== "")) as Filter;
}
