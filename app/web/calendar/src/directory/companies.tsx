// The companies, and what is set for each.

import { useEffect, useRef } from "preact/hooks";
import { query } from "../gateway";
import { t } from "../messages";
import { NobodyYet } from "../nobody";
import { useSubmit } from "../submitting";
import type { Problem } from "../wish";
import { FormWindow } from "./form";
import { CompaniesDocument, type CompaniesQuery, OneCompanyDocument, SaveCompanyDocument } from "./generated";
import { ChangedMeanwhile, useDraft } from "./meanwhile";
import { useOpened } from "./opened";
import { Cell, Listing, type PartProperties, RowActs } from "./part";
import { Text } from "./people-forms";
import { useList } from "./reading";
import { type Saved, save } from "./saving";

/** As the gateway takes them. */
const MOST = 1_000_000;

type Company = CompaniesQuery["companies"]["nodes"][number];

export function Companies({ mayEdit, news: { isLooking }, say }: PartProperties) {
  const list = useList(CompaniesDocument, {}, ({ companies }) => companies);
  const [opened, setOpened] = useOpened<Company>();
  const close = () => setOpened(undefined);
  // Nobody is told of changed companies: they are read anew when somebody comes back to them.
  const wasAway = useRef(false);
  useEffect(() => {
    if (isLooking && wasAway.current) void list.again({ isQuiet: true }).catch(() => undefined);
    wasAway.current = !isLooking;
  }, [isLooking]);
  return (
    <>
      <Listing
        list={list}
        columns={[t("companies.name"), t("companies.minimum"), t("companies.id"), ...(mayEdit ? [""] : [])]}
        count={(total) => t("companies.count", { total })}
        none={<NobodyYet how={t("directory.nobody")} />}
        row={(company) => (
          <tr key={company.id}>
            <th scope="row">
              <span>{company.name}</span>
            </th>
            <Cell label={t("companies.minimum")}>
              {company.minimumWorkersAvailable ?? <span class="quiet">{t("companies.noMinimum")}</span>}
            </Cell>
            <Cell label={t("companies.id")}>{company.sourceId}</Cell>
            {mayEdit && <RowActs name={company.name} onEdit={() => setOpened(company)} />}
          </tr>
        )}
      />
      {opened && (
        <CompanyForm
          company={opened}
          onClose={close}
          onDone={async (name) => {
            close();
            await list.again();
            say(t("directory.saved", { name }));
          }}
        />
      )}
    </>
  );
}

interface FormProperties {
  company: Company;
  onClose: () => void;
  onDone: (name: string) => Promise<void>;
}

function CompanyForm({ company, onClose, onDone }: FormProperties) {
  const drafting = useDraft({
    opened: fieldsOf(company),
    read: async () => {
      const now = (await query(OneCompanyDocument, { id: company.id })).company;
      return now && { now: fieldsOf(now), version: now.version };
    },
  });
  const { draft, set } = drafting;
  const submission = useSubmit<Saved>({
    text: JSON.stringify(draft),
    unready: problemsOf(draft),
    judged: [],
    send: () =>
      drafting.store(({ minimumWorkersAvailable: minimum }, { name }, ifUnchanged) => {
        const changed = minimum === undefined ? {} : { minimumWorkersAvailable: Number(minimum) || null };
        const input = { sourceId: company.sourceId, name, ifUnchanged, ...changed };
        return save(SaveCompanyDocument, { company: input }, ({ upsertCompanies }) => upsertCompanies);
      }),
    onDone: () => onDone(draft.name),
  });
  const { problems } = submission;
  return (
    <FormWindow
      title={t("companies.editTitle", { name: company.name })}
      submission={submission}
      act={t("directory.save")}
      acting={t("directory.saving")}
      onClose={onClose}
    >
      <ChangedMeanwhile
        drafting={drafting}
        labels={{ name: t("companies.name"), minimumWorkersAvailable: t("companies.minimum") }}
      />
      <p class="remark">{t("directory.imported", { system: t("people.procore") })}</p>
      <Text label={t("companies.name")} place="name" {...{ draft, set, problems }} />
      <Text
        label={t("companies.minimum")}
        place="minimumWorkersAvailable"
        hint={t("companies.minimumHint")}
        keyboard="numeric"
        {...{ draft, set, problems }}
      />
    </FormWindow>
  );
}

function fieldsOf({ name, minimumWorkersAvailable }: Company) {
  return { name, minimumWorkersAvailable: minimumWorkersAvailable?.toString() ?? "" };
}

function problemsOf(draft: { name: string; minimumWorkersAvailable: string }): Problem[] {
  const found: Problem[] = [];
  if (!draft.name.trim()) found.push({ place: "name", message: t("companies.needName") });
  const minimum = draft.minimumWorkersAvailable.trim();
  if (minimum && !(/^[1-9]\d*$/.test(minimum) && Number(minimum) <= MOST)) {
    found.push({ place: "minimumWorkersAvailable", message: t("companies.minimumNeeded", { most: MOST }) });
  }
  return found;
}
