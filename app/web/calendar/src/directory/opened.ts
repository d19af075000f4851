// The window above a part. When it is closed, the focus goes back to where it came from.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useOpened<Opened>(): [Opened | undefined, (next: Opened | undefined) => void] {
  const [opened, setOpened] = useState<Opened>();
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    if (opened || !opener.current) return;
    // What was clicked may be gone, as the row of a holiday that was deleted.
    const places = [opener.current, document.querySelector("main button, main input, main select")];
    const place = places.find((each) => each?.isConnected && each !== document.body);
    if (place instanceof HTMLElement) place.focus();
    opener.current = null;
  }, [opened]);
  const open = (next: Opened | undefined) => {
    if (!opened && next) opener.current = document.activeElement;
    setOpened(next);
  };
  return [opened, open];
}
