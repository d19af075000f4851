// What a day is about, beside its cell: while the mouse rests on it, or the keyboard.
//
// As WCAG 1.4.13 has it: Escape takes it away without moving anything, the mouse may go onto it, and it stays
// as long as what it is about is pointed at. One card for all the cells, which keeps its state to itself.

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** How long something has to be pointed at: who passes over the cells sees no flicker. */
const RESTING_MILLISECONDS = 450;
/** With a card in sight the next one comes sooner, but not while the mouse is on its way onto the card. */
const MOVING_MILLISECONDS = 180;
/** From the edges of the window. */
const MARGIN = 8;

interface Properties {
  within: RefObject<HTMLElement | null>;
  /** What a card can be about, at or around an element. */
  find: (target: EventTarget | null) => HTMLElement | null;
  /** What it says; null where there is nothing to say. */
  tell: (about: HTMLElement) => ComponentChildren;
}

export function Card({ within, find, tell }: Properties) {
  const [about, setAbout] = useState<HTMLElement>();
  const card = useRef<HTMLDivElement>(null);
  const latest = useRef({ find, about });
  latest.current = { find, about };

  useEffect(() => {
    const place = within.current;
    return place ? listen(place, card, latest, setAbout) : undefined;
  }, []);
  useLayoutEffect(() => {
    if (about && card.current) moveBeside(card.current, about);
  });
  const told = about?.isConnected ? tell(about) : null;
  if (!told) return null;
  return (
    <div ref={card} class="card" role="tooltip">
      {told}
    </div>
  );
}

interface Latest {
  current: { find: Properties["find"]; about: HTMLElement | undefined };
}

/** Follow the mouse and the focus. Returns how to stop. */
function listen(
  place: HTMLElement,
  card: RefObject<HTMLElement | null>,
  latest: Latest,
  show: (about: HTMLElement | undefined) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What the card was taken away from by hand. */
  let dismissed: HTMLElement | null = null;
  const turnTo = (about: HTMLElement | null) => {
    clearTimeout(timer);
    if (about !== dismissed) dismissed = null;
    if (about === (latest.current.about ?? null) || (about && about === dismissed)) return;
    const wait = latest.current.about ? MOVING_MILLISECONDS : RESTING_MILLISECONDS;
    timer = setTimeout(() => show(about ?? undefined), wait);
  };
  const hide = () => {
    clearTimeout(timer);
    if (latest.current.about) show(undefined);
  };
  const onPointer = (event: PointerEvent) => {
    // A finger opens the day; there is nothing to rest with.
    if (event.pointerType === "touch") return;
    if (card.current?.contains(event.target as Node)) return clearTimeout(timer);
    turnTo(latest.current.find(event.target));
  };
  const onFocus = ({ target }: FocusEvent) => {
    const found = latest.current.find(target);
    if (found && target instanceof Element && target.matches(":focus-visible")) turnTo(found);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      dismissed = latest.current.about ?? null;
      hide();
    } else if (event.key === "Enter" || event.key === " ") hide();
  };
  const listeners: [EventTarget, string, (event: never) => void, boolean?][] = [
    [document, "pointerover", onPointer],
    [document.documentElement, "pointerleave", () => turnTo(null)],
    [place, "focusin", onFocus],
    [place, "focusout", hide],
    [place, "pointerdown", hide],
    [document, "scroll", hide, true],
    [window, "keydown", onKey, true],
  ];
  for (const [target, type, listener, isEarly] of listeners) {
    target.addEventListener(type, listener as EventListener, isEarly);
  }
  return () => {
    clearTimeout(timer);
    for (const [target, type, listener, isEarly] of listeners) {
      target.removeEventListener(type, listener as EventListener, isEarly);
    }
  };
}

/** Below what it is about, or above where there is no room; without a gap that the mouse would fall into. */
function moveBeside(card: HTMLElement, about: HTMLElement): void {
  const box = about.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  const isRoomBelow = box.bottom + height + MARGIN <= innerHeight;
  const top = isRoomBelow ? box.bottom : Math.max(MARGIN, box.top - height);
  const middle = box.left + box.width / 2 - width / 2;
  const left = Math.max(MARGIN, Math.min(middle, document.documentElement.clientWidth - width - MARGIN));
  card.style.top = `${top}px`;
  card.style.left = `${left}px`;
}
