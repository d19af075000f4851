// Which fields of a form somebody has changed, and which of those they have left again.

import { useEffect, useRef, useState } from "preact/hooks";

export interface Touched {
  /** Changed, and left again. */
  isLeft: (place: string) => boolean;
  onInput: (event: Event) => void;
  onFocusOut: (event: Event) => void;
  /** What was known of the places that begin so: they are about something else now. */
  forget: (prefix: string) => void;
}

/** Keeps note by the `data-place` around each field. */
export function useTouched(): Touched {
  const changed = useRef(new Set<string>());
  const left = useRef(new Set<string>());
  const [, render] = useState(0);
  const afterPress = useAfterPress();
  const note = (places: Set<string>, place: string | undefined) => {
    if (place === undefined || places.has(place)) return;
    places.add(place);
    render((count) => count + 1);
  };
  return {
    isLeft: (place) => left.current.has(place),
    onInput: ({ target }) => note(changed.current, placeOf(target)),
    onFocusOut: ({ target }) => {
      const place = placeOf(target);
      if (place !== undefined && changed.current.has(place)) afterPress(() => note(left.current, place));
    },
    forget: (prefix) => {
      for (const places of [changed.current, left.current]) {
        for (const place of [...places]) if (place.startsWith(prefix)) places.delete(place);
      }
    },
  };
}

function placeOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>("[data-place]")?.dataset["place"] : undefined;
}

/**
 * Do something now, or when the button that is pressed has been clicked: what appears while it is down
 * would move it away from below the pointer, and the click would miss.
 */
function useAfterPress(): (act: () => void) => void {
  const isDown = useRef(false);
  const waiting = useRef<(() => void)[]>([]);
  useEffect(() => {
    const press = () => {
      isDown.current = true;
    };
    const release = () => {
      isDown.current = false;
      setTimeout(() => waiting.current.splice(0).forEach((act) => act()));
    };
    addEventListener("pointerdown", press, true);
    addEventListener("pointerup", release, true);
    addEventListener("pointercancel", release, true);
    return () => {
      removeEventListener("pointerdown", press, true);
      removeEventListener("pointerup", release, true);
      removeEventListener("pointercancel", release, true);
    };
  }, []);
  return (act) => (isDown.current ? waiting.current.push(act) : act());
}
