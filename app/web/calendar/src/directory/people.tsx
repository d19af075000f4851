// Who is known to both systems, who to one only, and why.

import { useEffect, useState } from "preact/hooks";
import { t } from "../messages";
import { NobodyYet } from "../nobody";
import { DirectoryWorkersDocument, type DirectoryWorkerFragment } from "./generated";
import { LinkForm } from "./link-form";
import { Cell, CompanyFilter, Listing, type PartProperties, filterBy, usePart } from "./part";
import { PersonForm, UserForm } from "./people-forms";
import { type Go, KNOWN, LEAVERS, type Leavers, type Place } from "./place";
import { useList } from "./reading";
import { SplitForm } from "./split-form";
import { WorkerPanel } from "./worker-panel";

export type Worker = DirectoryWorkerFragment;
export type WorkerAct = "look" | "user" | "person" | "link" | "split";

/** How long after the last key a name is looked for. */
const TYPING_MILLISECONDS = 250;

export function People(part: PartProperties) {
  const { place, go, choices, mayEdit } = part;
  const filter = filterBy({
    name: place.name.trim(),
    knownTo: place.known || undefined,
    hasLeft: HAS_LEFT[place.leavers],
    companyId: place.company,
  });
  const list = useList(DirectoryWorkersDocument, { filter }, ({ workers }) => workers);
  // Whoever has another name, or is linked, is told with all days.
  const { opened, open, close, done, oldSince } = usePart<{ act: WorkerAct; worker: Worker }>(
    part,
    list,
    ({ isOfAll, isOpen }) => isOfAll || isOpen,
  );
  const Form = opened && FORMS[opened.act];
  return (
    <>
      <div class="toolbar" role="group" aria-label={t("directory.filters")}>
        <NameFilter place={place} go={go} />
        <select
          aria-label={t("people.known")}
          value={place.known}
          onChange={({ currentTarget: { value } }) => go({ known: KNOWN.find((each) => each === value) ?? "" })}
        >
          <option value="">{t("people.known.all")}</option>
          {KNOWN.map((each) => (
            <option key={each} value={each}>
              {t(`people.known.${each}`)}
            </option>
          ))}
        </select>
        <select
          aria-label={t("people.leavers")}
          value={place.leavers}
          onChange={({ currentTarget: { value } }) => go({ leavers: LEAVERS.find((each) => each === value) ?? "" })}
        >
          <option value="">{t("people.leavers.all")}</option>
          {LEAVERS.map((each) => (
            <option key={each} value={each}>
              {t(`people.leavers.${each}`)}
            </option>
          ))}
        </select>
        <CompanyFilter place={place} go={go} choices={choices} />
      </div>
      <Listing
        list={list}
        oldSince={oldSince}
        columns={[t("people.name"), t("people.kantata"), t("people.procore"), t("people.joined")]}
        count={(total) => t("people.count", { total })}
        none={Object.keys(filter).length > 0 ? t("directory.none") : <NobodyYet how={t("directory.nobody")} />}
        row={(worker) => (
          <tr key={worker.id}>
            <th scope="row">
              <button
                type="button"
                class="open"
                aria-label={t("people.open", { name: worker.fullName })}
                onClick={() => open({ act: "look", worker })}
              >
                {worker.fullName}
              </button>{" "}
              {hasLeft(worker) && <span class="tag left">{t("people.hasLeft")}</span>}
              {(choices?.companies.length ?? 0) > 1 && <small>{worker.company.name}</small>}
            </th>
            <Cell label={t("people.kantata")}>
              <OfUser worker={worker} />
            </Cell>
            <Cell label={t("people.procore")}>
              <OfPerson worker={worker} />
            </Cell>
            <Cell label={t("people.joined")}>
              <Joined worker={worker} />
            </Cell>
          </tr>
        )}
      />
      {opened?.act === "look" && (
        <WorkerPanel
          worker={list.items.find(({ id }) => id === opened.worker.id) ?? opened.worker}
          onClose={close}
          onAct={mayEdit ? (act) => open({ act, worker: opened.worker }) : undefined}
        />
      )}
      {Form && <Form worker={opened.worker} choices={choices} onClose={close} onDone={done} />}
    </>
  );
}

const HAS_LEFT: Record<Leavers | "", boolean | undefined> = { "": undefined, no: false, only: true };

/** Whether no system that knows them counts them among the active (rule 4.9). */
export function hasLeft({ user, person }: Pick<Worker, "user" | "person">): boolean {
  return user?.status !== "ACTIVE" && person?.status !== "ACTIVE";
}

const FORMS = { look: undefined, user: UserForm, person: PersonForm, link: LinkForm, split: SplitForm };

function OfUser({ worker: { user } }: { worker: Worker }) {
  if (!user) return <span class="quiet">{t("people.nobody")}</span>;
  const status = user.status === "INACTIVE" && t("people.status.INACTIVE");
  const facts = [user.role?.name, user.headline, status].filter(Boolean).join(" · ");
  return (
    <>
      {user.emailAddress ?? <span class="quiet">{t("people.noEmail")}</span>}
      {facts && <small>{facts}</small>}
    </>
  );
}

function OfPerson({ worker: { person } }: { worker: Worker }) {
  if (!person) return <span class="quiet">{t("people.nobody")}</span>;
  const status = person.status === "INACTIVE" && t("people.status.INACTIVE");
  const facts = [person.jobTitle, person.employeeNumber, status].filter(Boolean).join(" · ");
  return (
    <>
      {person.email ?? <span class="quiet">{t("people.noEmail")}</span>}
      {facts && <small>{facts}</small>}
    </>
  );
}

function Joined({ worker: { joinedBy, apart } }: { worker: Worker }) {
  if (joinedBy) return <span class="tag joined">{t(`people.joinedBy.${joinedBy}`)}</span>;
  return apart && <span class="tag apart">{t(`people.apart.${apart.reason}`)}</span>;
}

function NameFilter({ place, go }: { place: Place; go: Go }) {
  const [typed, setTyped] = useState(place.name);
  useEffect(() => setTyped(place.name), [place.name]);
  useEffect(() => {
    if (typed === place.name) return undefined;
    // Letters are no steps to go back to.
    const timer = setTimeout(() => go({ name: typed }, "replace"), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed, place]);
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
