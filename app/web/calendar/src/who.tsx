// Who is signed in, and how to leave. Where nobody has to sign in there is nothing to show.

import { useEffect, useRef } from "preact/hooks";
import { ROOT } from "./gateway";
import { inLanguage } from "./language";
import { t } from "./messages";
import { type Viewer, nameOf } from "./viewer";

export function Who({ viewer }: { viewer: Viewer | undefined }) {
  return viewer && viewer.kind !== "LOCAL" ? <Menu viewer={viewer} /> : null;
}

function Menu({ viewer }: { viewer: Viewer }) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      if (!menu.current?.open) return;
      const isKey = event instanceof KeyboardEvent;
      if (isKey ? event.key !== "Escape" : menu.current.contains(event.target as Node)) return;
      menu.current.open = false;
      if (isKey) menu.current.querySelector("summary")?.focus();
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, []);
  const name = nameOf(viewer);
  return (
    <details class="who" ref={menu}>
      <summary title={name}>
        <i aria-hidden="true">{[...viewer.name][0]?.toUpperCase()}</i>
        <span>{name}</span>
      </summary>
      <div class="who-menu">
        <p aria-hidden="true">{name}</p>
        <a href={inLanguage(`${ROOT}/sessions`)}>{t("who.sessions")}</a>
        <form method="post" action={inLanguage(`${ROOT}/sign-out`)}>
          <button>{t("who.signOut")}</button>
        </form>
      </div>
    </details>
  );
}
