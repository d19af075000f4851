// Makes a feed: of one's own time off, of a worker's, or of whom the page shows.

import { useState } from "preact/hooks";
import { type Choices, chosenIn } from "./choices";
import { FailureText } from "./failure-text";
import { companiesOf, createFeed, inputOfShown, inputOfWorker, type Issued, rolesOf } from "./feeds";
import type { Properties as WindowProperties } from "./feed-window";
import { Field } from "./fields";
import type { CreateCalendarFeedInput } from "./generated";
import { isFiltered } from "./filters";
import { t } from "./messages";
import { useSubmit } from "./submitting";
import type { View } from "./view";

type Whose = "own" | "worker" | "shown";

interface Properties extends WindowProperties {
  onIssued: (issued: Issued) => void;
}

export function FeedForm(properties: Properties) {
  const { own, worker, view, choices, onIssued } = properties;
  const offered = offeredTo(properties);
  const [whose, setWhose] = useState<Whose>(() => usualOf(offered, view));
  const companies = choices ? companiesOf(view, choices) : [];
  const [picked, setPicked] = useState(own?.company.id ?? "");
  const company = (companies.length === 1 ? companies[0] : chosenIn(companies, picked))?.id ?? "";
  const input = inputOf({ worker: worker && inputOfWorker(worker), own: own && inputOfWorker(own) }, whose, () =>
    choices && company ? inputOfShown(view, choices, company) : undefined,
  );
  // A company to choose comes with the first of its users and people.
  const isNobodys = whose === "shown" && choices?.companies.length === 0;
  const sending = useSubmit<Issued>({
    text: JSON.stringify(input ?? null),
    unready: input ? [] : [{ place: "companyId", message: t(isNobodys ? "feeds.noCompanyYet" : "feeds.companyMissing") }],
    judged: [],
    send: (key) => createFeed(input ?? {}, key),
    onDone: async (issued) => onIssued(issued),
  });
  const { failure, isSending, form, problems } = sending;
  const isAsked = whose === "shown" && companies.length > 1;
  const elsewhere = problems.filter(({ place }) => !isAsked || place !== "companyId");
  return (
    <form class="feed-form" aria-label={t("feeds.new")} {...form}>
      {(failure || elsewhere.length > 0) && (
        <div class="banner" role="alert">
          <p>{failure ? <FailureText failure={failure} /> : elsewhere.map(({ message }) => message).join(" ")}</p>
        </div>
      )}
      {offered.length > 1 && (
        <fieldset class="models">
          <legend>{t("feeds.whose")}</legend>
          {offered.map((each) => (
            <label key={each}>
              <input type="radio" name="whose" checked={each === whose} onChange={() => setWhose(each)} />
              <span>{nameOf(each, properties)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {offered.length === 1 && <h3>{nameOf(whose, properties)}</h3>}
      {isAsked && (
        <Field label={t("toolbar.company")} place="companyId" problems={problems} hint={t("feeds.oneCompany")}>
          <select value={company} onChange={({ currentTarget }) => setPicked(currentTarget.value)}>
            <option value="">{t("feeds.choose")}</option>
            {companies.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      {isNobodys && <p class="hint">{t("feeds.noCompanyYet")}</p>}
      {whose === "shown" && choices && !isNobodys && <Narrowed view={view} choices={choices} company={company} />}
      <ul class="told">
        <li>{t("feeds.shows")}</li>
        <li>{t("feeds.hides")}</li>
        {whose === "shown" && <li>{t("feeds.days")}</li>}
      </ul>
      <button type="submit" class="primary" disabled={whose === "shown" && (!choices || isNobodys)} aria-disabled={isSending}>
        {t(isSending ? "feeds.making" : failure ? "common.retry" : "feeds.make")}
      </button>
    </form>
  );
}

/** What of the page's filter the feed is narrowed down to. */
function Narrowed({ view, choices, company }: { view: View; choices: Choices; company: string }) {
  const name = view.name.trim();
  const facts: [string, readonly string[]][] = [
    [t("toolbar.company"), chosenIn(choices.companies, company) ? [chosenIn(choices.companies, company)?.name ?? ""] : []],
    [t("toolbar.role"), rolesOf(view, choices, company).map((role) => role.name)],
    [t("toolbar.jobTitle"), view.jobTitles],
    [t("toolbar.name"), name ? [t("feeds.named", { name })] : []],
  ];
  const known = facts.filter(([, values]) => values.length > 0);
  return (
    <>
      {known.length > 0 && (
        <dl class="figures narrowed">
          {known.map(([label, values]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{values.join(", ")}</dd>
            </div>
          ))}
        </dl>
      )}
      {view.onlyOff && <p class="hint">{t("feeds.onlyOff")}</p>}
    </>
  );
}

function offeredTo({ rights, own, worker }: WindowProperties): Whose[] {
  const isOwn = worker !== undefined && worker.id === own?.id;
  return [
    ...(worker && !isOwn ? ["worker" as const] : []),
    ...(own ? ["own" as const] : []),
    ...(rights.feeds === "anybody" ? ["shown" as const] : []),
  ];
}

/** Whom it was opened for; else whom the page was narrowed down to, else oneself. */
function usualOf(offered: Whose[], view: View): Whose {
  const isNarrowed = isFiltered({ ...view, onlyOff: false });
  const wanted: Whose = offered.includes("worker") ? "worker" : isNarrowed ? "shown" : "own";
  return offered.includes(wanted) ? wanted : (offered[0] ?? "own");
}

function inputOf(
  workers: { worker: CreateCalendarFeedInput | undefined; own: CreateCalendarFeedInput | undefined },
  whose: Whose,
  shown: () => CreateCalendarFeedInput | undefined,
): CreateCalendarFeedInput | undefined {
  return whose === "shown" ? shown() : workers[whose];
}

function nameOf(whose: Whose, { own, worker }: WindowProperties): string {
  if (whose === "own") return t("feeds.own", { name: own?.fullName ?? "" });
  if (whose === "worker") return t("feeds.worker", { name: worker?.fullName ?? "" });
  return t("feeds.shown");
}
