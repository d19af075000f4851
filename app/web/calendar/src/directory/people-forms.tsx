// What the directory says of a user, and of a person.

import type { Choices } from "../choices";
import { Field } from "../fields";
import { query } from "../gateway";
import { t } from "../messages";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { FormWindow } from "./form";
import { OneWorkerDocument, SavePersonDocument, SaveUserDocument } from "./generated";
import { ChangedMeanwhile, useDraft } from "./meanwhile";
import type { Worker } from "./people";
import { type Saved, definedOf, orNulls, save } from "./saving";

export interface WorkerFormProperties {
  worker: Worker;
  choices: Choices | undefined;
  onClose: () => void;
  onDone: (what: string) => Promise<void>;
}

const saidOf = (name: string, { remarks }: Saved) =>
  remarks.length ? t("people.savedBut", { name, remarks: remarks.join(" ") }) : t("directory.saved", { name });

export function UserForm({ worker, choices, onClose, onDone }: WorkerFormProperties) {
  const { user, company } = worker;
  const drafting = useDraft({
    opened: userFields(worker),
    read: async () => {
      const now = (await query(OneWorkerDocument, { id: worker.id })).worker;
      return now?.user ? { now: userFields(now), version: now.user.version } : null;
    },
  });
  const { draft, set } = drafting;
  const unready: Problem[] = draft.fullName.trim()
    ? []
    : [{ place: "fullName", message: t("people.needFullName") }];
  const submission = useSubmit<Saved>({
    text: JSON.stringify(draft),
    unready,
    judged: [],
    send: () =>
      drafting.store(({ fullName: _name, companyId: _company, status, ...changed }, whole, ifUnchanged) => {
        const { fullName, companyId } = whole;
        const named = { sourceId: user?.sourceId ?? "", companyId, fullName, ifUnchanged };
        const input = { ...named, ...orNulls(changed), ...(status && { status }) };
        return save(SaveUserDocument, { user: input }, ({ upsertUsers }) => upsertUsers);
      }),
    onDone: (saved) => onDone(saidOf(draft.fullName, saved)),
  });
  const { problems } = submission;
  const roles = (choices?.roles ?? []).filter((role) => role.company.id === company.id);
  const isListed = !user?.role || roles.some(({ id }) => id === user.role?.id);
  return (
    <FormWindow
      title={t("people.editUser")}
      subtitle={worker.fullName}
      submission={submission}
      act={t("directory.save")}
      acting={t("directory.saving")}
      onClose={onClose}
    >
      <ChangedMeanwhile
        drafting={drafting}
        labels={USER_LABELS()}
        inWords={(name, value) => {
          if (name === "status") return statusInWords(value);
          return name === "roleId" ? (roles.find(({ id }) => id === value)?.name ?? value) : value;
        }}
      />
      <p class="remark">{t("directory.imported", { system: t("people.kantata") })}</p>
      <Text label={t("people.fullName")} place="fullName" {...{ draft, set, problems }} />
      <Text
        label={t("people.email")}
        place="emailAddress"
        hint={t("people.emailHint")}
        keyboard="email"
        {...{ draft, set, problems }}
      />
      <Text label={t("people.headline")} place="headline" {...{ draft, set, problems }} />
      <Field label={t("people.role")} place="roleId" problems={problems}>
        <select value={draft.roleId} onChange={({ currentTarget }) => set({ roleId: currentTarget.value })}>
          <option value="">{t("people.noRole")}</option>
          {!isListed && <option value={user.role?.id}>{user.role?.name}</option>}
          {roles.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <StatusField {...{ draft, set, problems }} />
    </FormWindow>
  );
}

export function PersonForm({ worker, onClose, onDone }: WorkerFormProperties) {
  const { person } = worker;
  const drafting = useDraft({
    opened: personFields(worker),
    read: async () => {
      const now = (await query(OneWorkerDocument, { id: worker.id })).worker;
      return now?.person ? { now: personFields(now), version: now.person.version } : null;
    },
  });
  const { draft, set } = drafting;
  const isNamed = draft.firstName.trim() || draft.lastName.trim();
  const unready: Problem[] = isNamed ? [] : [{ place: "firstName", message: t("people.needName") }];
  const submission = useSubmit<Saved>({
    text: JSON.stringify(draft),
    unready,
    judged: [],
    send: () =>
      drafting.store(({ status, email, employeeNumber, jobTitle }, whole, ifUnchanged) => {
        const { companyId, firstName, lastName } = whole;
        const named = { sourceId: person?.sourceId ?? "", companyId, firstName, lastName, ifUnchanged };
        const changed = orNulls(definedOf({ email, employeeNumber, jobTitle }));
        const input = { ...named, ...changed, ...(status && { status }) };
        return save(SavePersonDocument, { person: input }, ({ upsertPeople }) => upsertPeople);
      }),
    onDone: (saved) => onDone(saidOf(`${draft.firstName} ${draft.lastName}`.trim(), saved)),
  });
  const { problems } = submission;
  return (
    <FormWindow
      title={t("people.editPerson")}
      subtitle={worker.fullName}
      submission={submission}
      act={t("directory.save")}
      acting={t("directory.saving")}
      onClose={onClose}
    >
      <ChangedMeanwhile
        drafting={drafting}
        labels={PERSON_LABELS()}
        inWords={(name, value) => (name === "status" ? statusInWords(value) : value)}
      />
      <p class="remark">{t("directory.imported", { system: t("people.procore") })}</p>
      <div class="pair">
        <Text label={t("people.firstName")} place="firstName" {...{ draft, set, problems }} />
        <Text label={t("people.lastName")} place="lastName" {...{ draft, set, problems }} />
      </div>
      <Text
        label={t("people.email")}
        place="email"
        hint={t("people.emailHint")}
        keyboard="email"
        {...{ draft, set, problems }}
      />
      <div class="pair">
        <Text label={t("people.jobTitle")} place="jobTitle" {...{ draft, set, problems }} />
        <Text label={t("people.number")} place="employeeNumber" {...{ draft, set, problems }} />
      </div>
      <StatusField {...{ draft, set, problems }} />
    </FormWindow>
  );
}

function userFields({ user, company }: Worker) {
  return {
    companyId: company.id,
    fullName: user?.fullName ?? "",
    emailAddress: user?.emailAddress ?? "",
    headline: user?.headline ?? "",
    roleId: user?.role?.id ?? "",
    status: user?.status ?? ("ACTIVE" as const),
  };
}

const USER_LABELS = () => ({
  fullName: t("people.fullName"),
  emailAddress: t("people.email"),
  headline: t("people.headline"),
  roleId: t("people.role"),
  status: t("people.status"),
});

function personFields({ person, company }: Worker) {
  return {
    companyId: company.id,
    firstName: person?.firstName ?? "",
    lastName: person?.lastName ?? "",
    email: person?.email ?? "",
    employeeNumber: person?.employeeNumber ?? "",
    jobTitle: person?.jobTitle ?? "",
    status: person?.status ?? ("ACTIVE" as const),
  };
}

const PERSON_LABELS = () => ({
  firstName: t("people.firstName"),
  lastName: t("people.lastName"),
  email: t("people.email"),
  employeeNumber: t("people.number"),
  jobTitle: t("people.jobTitle"),
  status: t("people.status"),
});

interface StatusProperties {
  draft: { status: "ACTIVE" | "INACTIVE" };
  set: (change: { status: "ACTIVE" | "INACTIVE" }) => void;
  problems: Problem[];
}

/** Whether they still work there, as far as the system knows. */
function StatusField({ draft, set, problems }: StatusProperties) {
  return (
    <Field label={t("people.status")} place="status" hint={t("people.statusHint")} problems={problems}>
      <select
        value={draft.status}
        onChange={({ currentTarget }) => set({ status: currentTarget.value === "INACTIVE" ? "INACTIVE" : "ACTIVE" })}
      >
        <option value="ACTIVE">{t("people.status.ACTIVE")}</option>
        <option value="INACTIVE">{t("people.status.INACTIVE")}</option>
      </select>
    </Field>
  );
}

interface TextProperties<Draft> {
  label: string;
  place: keyof Draft & string;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  problems: Problem[];
  hint?: string;
  /** What a phone shows to type with. */
  keyboard?: "text" | "email" | "numeric";
}

const statusInWords = (status: string) =>
  t(status === "INACTIVE" ? "people.status.INACTIVE" : "people.status.ACTIVE");

/** A line of text of the draft, by the name that the gateway has for it. */
export function Text<Draft extends object>(text: TextProperties<Draft>) {
  const { label, place, draft, set, problems, hint, keyboard = "text" } = text;
  return (
    <Field label={label} place={place} problems={problems} hint={hint}>
      <input
        type="text"
        inputMode={keyboard}
        autocomplete="off"
        maxLength={255}
        value={String(draft[place])}
        onInput={({ currentTarget }) => set({ [place]: currentTarget.value } as Partial<Draft>)}
      />
    </Field>
  );
}
