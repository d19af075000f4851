// Where somebody is in the grid.

export interface Place {
  row: number;
  /** From 0 for the name, over the days, to the two sums. */
  column: number;
}

// There are so many cells that each has no more to it than it must: a place is found by counting.

export function cellAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-row] > *") : null;
}

export function placeOf(cell: Element): Place {
  const row = cell.parentElement;
  return {
    row: Number(row?.dataset["row"]),
    column: Array.prototype.indexOf.call(row?.children ?? [], cell),
  };
}

/** Where the key leads to, within the table; undefined for a key that leads nowhere. */
export function moveBy(event: KeyboardEvent, from: Place, page: number, last: Place): Place | undefined {
  const { row, column } = from;
  const whole = event.ctrlKey || event.metaKey;
  const targets: Record<string, Place> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
    Home: { row: whole ? 0 : row, column: 0 },
    End: { row: whole ? last.row : row, column: last.column },
  };
  const target = targets[event.key];
  return (
    target && {
      row: Math.max(0, Math.min(target.row, last.row)),
      column: Math.max(0, Math.min(target.column, last.column)),
    }
  );
}
