// Whoever looks at demo data is told so, and how to leave it.

import { useState } from "preact/hooks";
import type { Choices } from "./choices";
import { ROOT } from "./gateway";
import { rich, t } from "./messages";

/** The companies of the demo data, which only it brings together. */
export const DEMO_COMPANIES = ["a4592b47-42ae-478f-926d-e77a7f768059", "0d8f9a4e-51c3-4c19-9f0e-5b8b6b8d4c11"];
/** Where it is remembered, until the tab is closed, that somebody knows. */
const HIDDEN = "timeoff.demo.hidden";

export function DemoBanner({ choices }: { choices: Choices | undefined }) {
  const [isHidden, setHidden] = useState(wasHidden);
  const ids = choices?.companies.map(({ sourceId }) => sourceId) ?? [];
  if (isHidden || !DEMO_COMPANIES.every((id) => ids.includes(id))) return null;
  const hide = () => {
    setHidden(true);
    rememberHidden();
  };
  return (
    <aside class="banner demo" aria-label={t("demo.label")}>
      <p>
        {rich("demo.told")}{" "}
        <a href={`${ROOT}/docs/importing#from-the-demo-data-to-your-own`}>{t("demo.leave")}</a>
      </p>
      <button type="button" onClick={hide}>
        {t("demo.hide")}
      </button>
    </aside>
  );
}

// A browser may keep nothing of any page: then it is told each time.

function wasHidden(): boolean {
  try {
    return sessionStorage.getItem(HIDDEN) !== null;
  } catch {
    return false;
  }
}

function rememberHidden(): void {
  try {
    sessionStorage.setItem(HIDDEN, "");
  } catch {
    // Nothing is lost but the memory of it.
  }
}
