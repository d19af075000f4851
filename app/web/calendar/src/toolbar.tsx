// What is shown: which days, and whose.

import { useEffect, useState } from "preact/hooks";
import { today } from "./days";
import { query } from "./gateway";
import { ChoicesDocument, type ChoicesQuery } from "./generated";
import { SPANS, type Turn, type View, moved } from "./view";

/** How long after the last key a name is looked for. */
const TYPING_MILLISECONDS = 250;

interface Properties {
  view: View;
  go: (view: View, turn?: Turn) => void;
}

export function Toolbar({ view, go }: Properties) {
  const choices = useChoices();
  const back = moved(view, -1);
  const forth = moved(view, 1);
  const roles = (choices?.roles.nodes ?? []).filter(
    ({ company }) => !view.company || company.id === view.company,
  );
  return (
    <div class="toolbar" role="group" aria-label="What is shown">
      <div class="group">
        <button type="button" aria-label={`Previous ${view.span}`} disabled={!back} onClick={() => back && go(back)}>
          ‹
        </button>
        <button type="button" onClick={() => go({ ...view, day: today() })}>
          Today
        </button>
        <button type="button" aria-label={`Next ${view.span}`} disabled={!forth} onClick={() => forth && go(forth)}>
          ›
        </button>
      </div>
      <div class="group spans" role="group" aria-label="How many days">
        {SPANS.map((span) => (
          <button
            key={span}
            type="button"
            aria-pressed={span === view.span}
            onClick={() => go({ ...view, span })}
          >
            {span[0]?.toUpperCase() + span.slice(1)}
          </button>
        ))}
      </div>
      <div class="filters">
        <NameFilter view={view} go={go} />
        <select
          aria-label="Role"
          value={view.role}
          onChange={({ currentTarget }) => go({ ...view, role: currentTarget.value })}
        >
          <option value="">All roles</option>
          {roles.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label="Company"
          value={view.company}
          onChange={({ currentTarget }) => go({ ...view, company: currentTarget.value, role: "" })}
        >
          <option value="">All companies</option>
          {(choices?.companies.nodes ?? []).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <label class="check">
          <input
            type="checkbox"
            checked={view.onlyOff}
            onChange={({ currentTarget }) => go({ ...view, onlyOff: currentTarget.checked })}
          />
          Only those off
        </label>
      </div>
    </div>
  );
}

function NameFilter({ view, go }: Properties) {
  const [typed, setTyped] = useState(view.name);
  useEffect(() => setTyped(view.name), [view.name]);
  useEffect(() => {
    if (typed === view.name) return undefined;
    // Letters are no steps to go back to.
    const timer = setTimeout(() => go({ ...view, name: typed }, "replace"), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed, view]);
  return (
    <input
      type="search"
      aria-label="Name"
      placeholder="Find a name"
      value={typed}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
    />
  );
}

/** The roles and companies to choose from; the calendar works without them. */
function useChoices(): ChoicesQuery | undefined {
  const [choices, setChoices] = useState<ChoicesQuery>();
  useEffect(() => {
    const leaving = new AbortController();
    query(ChoicesDocument, {}, leaving.signal).then(setChoices, () => undefined);
    return () => leaving.abort();
  }, []);
  return choices;
}
