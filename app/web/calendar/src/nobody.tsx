// What stands in the place of the rows when there are none: why, and the ways on.

import type { ComponentChildren } from "preact";
import { type Choices, isGone } from "./choices";
import { FailureText } from "./failure-text";
import { isFiltered, unfiltered } from "./filters";
import { type Failure, ROOT, SIGNED_OUT } from "./gateway";
import { rich, t } from "./messages";
import type { Viewing } from "./view";

/** More companies than these are chosen from the list above. */
const MOST_COMPANIES = 12;

interface Properties {
  viewing: Viewing;
  choices: Choices | undefined;
  failure: Failure | undefined;
  retry: () => void;
}

export function Nobody({ viewing, choices, failure, retry }: Properties) {
  const { view, go } = viewing;
  const place = failure?.place ?? "";
  if (place === "filter.companyId" || isGone(choices?.companies, view.company)) {
    return <NoSuchCompany viewing={viewing} choices={choices} />;
  }
  if (place.startsWith("filter.roleIds") || view.roles.some((role) => isGone(choices?.roles, role))) {
    return (
      <Told heading={t("nobody.noRole")} isAlert>
        <p>{t("nobody.noRole.why")}</p>
        <Way onGo={() => go({ ...view, roles: [] })}>{t("toolbar.allRoles")}</Way>
      </Told>
    );
  }
  if (failure?.code === SIGNED_OUT || failure?.code === "FORBIDDEN") {
    return (
      <Told heading={t(failure.code === SIGNED_OUT ? "nobody.signIn" : "nobody.forbidden")} isAlert>
        <p>
          <FailureText failure={failure} />
        </p>
      </Told>
    );
  }
  if (failure) {
    return (
      <Told heading={t("nobody.nothing")} isAlert>
        <p>{failure.message}</p>
        {place.startsWith("filter.") ? <Everybody viewing={viewing} /> : <Way onGo={retry}>{t("common.retry")}</Way>}
      </Told>
    );
  }
  if (!isFiltered(view)) return <NobodyYet how={t("nobody.yet.how")} />;
  return (
    <Told heading={t("nobody.fits")}>
      <p>{t(view.onlyOff ? "nobody.fits.off" : "nobody.fits.filters")}</p>
      <Everybody viewing={viewing} />
    </Told>
  );
}

function NoSuchCompany({ viewing: { view, go }, choices }: Pick<Properties, "viewing" | "choices">) {
  const companies = choices?.companies ?? [];
  const choose = (company: string) => go({ ...view, company, roles: [], jobTitles: [] });
  return (
    <Told heading={t("nobody.noCompany")} isAlert>
      <p>{t(companies.length > 0 ? "nobody.noCompany.others" : "nobody.noCompany.why")}</p>
      <div class="ways">
        {companies.slice(0, MOST_COMPANIES).map(({ id, name }) => (
          <Way key={id} onGo={() => choose(id)}>
            {name}
          </Way>
        ))}
        <Way onGo={() => choose("")}>{t("toolbar.allCompanies")}</Way>
      </div>
    </Told>
  );
}

/** How to begin where nothing is kept yet; `how` says what will be here. */
export function NobodyYet({ how }: { how: string }) {
  return (
    <Told heading={t("nobody.yet")}>
      <p>{how}</p>
      <ul class="begin">
        <li>{rich("nobody.yet.import", { link: linkTo("importing") })}</li>
        <li>{rich("nobody.yet.api", { link: linkTo("clients") })}</li>
        <li>{rich("nobody.yet.demo")}</li>
      </ul>
    </Told>
  );
}

function linkTo(guide: string) {
  return (children: ComponentChildren) => <a href={`${ROOT}/docs/${guide}`}>{children}</a>;
}

function Everybody({ viewing: { view, go } }: { viewing: Viewing }) {
  return (
    <Way onGo={() => go(unfiltered(view))}>{t("nobody.everybody")}</Way>
  );
}

function Way({ onGo, children }: { onGo: () => void; children: ComponentChildren }) {
  return (
    <button type="button" onClick={onGo}>
      {children}
    </button>
  );
}

interface ToldProperties {
  heading: string;
  /** Whether it is something wrong, which is read aloud at once. */
  isAlert?: boolean;
  children: ComponentChildren;
}

function Told({ heading, isAlert, children }: ToldProperties) {
  return (
    <div class="nobody" role={isAlert ? "alert" : undefined}>
      <h2>{heading}</h2>
      {children}
    </div>
  );
}
