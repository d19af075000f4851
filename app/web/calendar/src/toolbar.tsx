// What is shown: which days, and whose.

import { useEffect, useState } from "preact/hooks";
import { type Choices, chosenIn, useJobTitles } from "./choices";
import { Filter } from "./filter";
import { t } from "./messages";
import { Several } from "./several";
import { SPANS, type Turn, type View, type Viewing } from "./view";

/** How long after the last key a name is looked for. */
const TYPING_MILLISECONDS = 250;

interface Properties {
  viewing: Viewing;
  choices: Choices | undefined;
}

export function Toolbar({ viewing, choices }: Properties) {
  const { view, go, beside, stretch, goToToday } = viewing;
  /** On a phone, where there is room for the days only when these are folded. */
  const [isUnfolded, setUnfolded] = useState(false);
  const back = beside(-1);
  const forth = beside(1);
  const companies = choices?.companies ?? [];
  const company = chosenIn(companies, view.company);
  const jobTitles = useJobTitles(view.company, choices);
  const roles = (choices?.roles ?? []).filter((each) => !company || each.company.id === company.id);
  return (
    <div class="toolbar" role="search" aria-label={t("toolbar.label")}>
      <div class="group">
        <button
          type="button"
          aria-label={t(`toolbar.previous.${view.span}`)}
          disabled={!back}
          onClick={() => back && go(back)}
        >
          ‹
        </button>
        <button type="button" onClick={goToToday}>
          {t("toolbar.today")}
        </button>
        <button
          type="button"
          aria-label={t(`toolbar.next.${view.span}`)}
          disabled={!forth}
          onClick={() => forth && go(forth)}
        >
          ›
        </button>
      </div>
      <div class="group spans" role="group" aria-label={t("toolbar.spans")}>
        {SPANS.map((span) => (
          <button
            key={span}
            type="button"
            aria-pressed={span === view.span}
            onClick={() => stretch(span)}
          >
            {t(`toolbar.${span}`)}
          </button>
        ))}
      </div>
      <div class="filters">
        <NameFilter view={view} go={go} />
        <button
          type="button"
          class="filters-door"
          aria-expanded={isUnfolded}
          aria-controls="more-filters"
          onClick={() => setUnfolded(!isUnfolded)}
        >
          {t("toolbar.filters", { count: countOf(view) })}
        </button>
        <div id="more-filters" class={isUnfolded ? "more-filters unfolded" : "more-filters"}>
          <Several
            label={t("toolbar.role")}
            all={t("toolbar.allRoles")}
            many={(count) => t("toolbar.roles", { count })}
            options={roles}
            chosen={view.roles.map((role) => chosenIn(roles, role)?.id ?? role)}
            onChange={(chosen) => go({ ...view, roles: chosen })}
          />
          {jobTitles.length + view.jobTitles.length > 0 && (
            <Several
              label={t("toolbar.jobTitle")}
              all={t("toolbar.allJobTitles")}
              many={(count) => t("toolbar.jobTitles", { count })}
              options={jobTitles.map((title) => ({ id: title, name: title }))}
              chosen={view.jobTitles}
              onChange={(chosen) => go({ ...view, jobTitles: chosen })}
            />
          )}
          <Filter
            label={t("toolbar.company")}
            all={t("toolbar.allCompanies")}
            options={companies}
            value={view.company}
            isKnown={choices !== undefined}
            onChange={(id) => go({ ...view, company: id, roles: [], jobTitles: [] })}
          />
          {!view.settling && (
            <label class="check">
              <input
                type="checkbox"
                checked={view.onlyOff}
                onChange={({ currentTarget }) => go({ ...view, onlyOff: currentTarget.checked })}
              />
              {t("toolbar.onlyOff")}
            </label>
          )}
        </div>
      </div>
    </div>
  );
}

/** How many of the filters are set that a phone folds away. */
function countOf({ roles, jobTitles, company, onlyOff, settling }: View): number {
  return [roles.length, jobTitles.length, company, onlyOff && !settling].filter(Boolean).length;
}

function NameFilter({ view, go }: { view: View; go: (view: View, turn?: Turn) => void }) {
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
      aria-label={t("toolbar.name")}
      placeholder={t("toolbar.findName")}
      value={typed}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
    />
  );
}
