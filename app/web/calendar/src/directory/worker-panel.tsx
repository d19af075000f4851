// One worker: who they are in both systems, what joins the two or keeps them apart.

import type { ComponentChildren } from "preact";
import { Dialog } from "../dialog";
import { t } from "../messages";
import type { HalfFragment } from "./generated";
import type { Worker, WorkerAct } from "./people";

interface Properties {
  worker: Worker;
  onClose: () => void;
  /** Undefined for whoever may not change the directory. */
  onAct: ((act: WorkerAct) => void) | undefined;
}

export function WorkerPanel({ worker, onClose, onAct }: Properties) {
  const { user, person, joinedBy } = worker;
  const act = (what: WorkerAct, words: string) =>
    onAct && (
      <button type="button" onClick={() => onAct(what)}>
        {words}
      </button>
    );
  return (
    <Dialog title={worker.fullName} subtitle={worker.company.name} class="panel" onClose={onClose}>
      <div class="window-body">
        <Why worker={worker} />
        {onAct && (
          <div class="acts">
            {act("link", joinedBy ? t("people.linkOther") : t("people.link"))}
            {joinedBy && act("split", t("people.split"))}
          </div>
        )}
        <section aria-labelledby="in-kantata">
          <h3 id="in-kantata">{t("people.kantata")}</h3>
          {user ? (
            <div class="record">
              <dl>
                <Fact name={t("people.fullName")}>{user.fullName}</Fact>
                <Fact name={t("people.email")}>{user.emailAddress}</Fact>
                <Fact name={t("people.headline")}>{user.headline}</Fact>
                <Fact name={t("people.role")}>{user.role?.name}</Fact>
                <Fact name={t("people.status")}>{t(`people.status.${user.status}`)}</Fact>
                <Fact name={t("directory.sourceId")}>{user.sourceId}</Fact>
              </dl>
              {onAct && <div class="acts">{act("user", t("directory.edit"))}</div>}
            </div>
          ) : (
            <p class="quiet">{t("people.unknownThere", { system: t("people.kantata") })}</p>
          )}
        </section>
        <section aria-labelledby="in-procore">
          <h3 id="in-procore">{t("people.procore")}</h3>
          {person ? (
            <div class="record">
              <dl>
                <Fact name={t("people.fullName")}>{person.fullName}</Fact>
                <Fact name={t("people.email")}>{person.email}</Fact>
                <Fact name={t("people.jobTitle")}>{person.jobTitle}</Fact>
                <Fact name={t("people.number")}>{person.employeeNumber}</Fact>
                <Fact name={t("people.status")}>{t(`people.status.${person.status}`)}</Fact>
                <Fact name={t("directory.sourceId")}>{person.sourceId}</Fact>
              </dl>
              {onAct && <div class="acts">{act("person", t("directory.edit"))}</div>}
            </div>
          ) : (
            <p class="quiet">{t("people.unknownThere", { system: t("people.procore") })}</p>
          )}
        </section>
      </div>
    </Dialog>
  );
}

/** What joins them, or what keeps them apart and whom that is about. */
function Why({ worker: { joinedBy, apart } }: { worker: Worker }) {
  if (joinedBy) return <p class="remark">{t(`people.joinedBy.${joinedBy}`)}</p>;
  if (!apart) return null;
  return (
    <div class="remark">
      <p>{t(`people.apart.${apart.reason}.why`)}</p>
      {apart.others.length > 0 && (
        <ul>
          {apart.others.map((other) => (
            <li key={other.id}>{inSystems(other)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A name, and which of the systems know it. */
export function inSystems({ fullName, user, person }: Pick<HalfFragment, "fullName"> & { user: unknown; person: unknown }) {
  if (user && person) return t("change.in.both", { name: fullName });
  return t(user ? "change.in.kantata" : "change.in.procore", { name: fullName });
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || "–"}</dd>
    </div>
  );
}
