// The holidays of a year: on them nobody of the company works.

import { FIRST_DAY, LAST_DAY } from "../days";
import { dayInShort } from "../formats";
import { t } from "../messages";
import { DeleteForm } from "./delete-form";
import { DeleteHolidayDocument, type HolidayRowFragment, HolidaysDocument } from "./generated";
import { AbsentText, HolidayForm } from "./holiday-form";
import { Cell, CompanyFilter, Listing, type PartProperties, RowActs, filterBy, usePart } from "./part";
import { useList } from "./reading";
import { save } from "./saving";

export type Holiday = HolidayRowFragment;

type Opened = { act: "new"; holiday: undefined } | { act: "edit" | "delete"; holiday: Holiday };

export function Holidays(part: PartProperties) {
  const { place, go, choices, mayEdit } = part;
  const { year } = place;
  const filter = filterBy({ companyId: place.company, overlaps: { from: `${year}-01-01`, to: `${year}-12-31` } });
  const list = useList(HolidaysDocument, { filter }, ({ holidays }) => holidays);
  const { opened, open, close, done, oldSince } = usePart<Opened>(part, list, ({ isOfAll }) => isOfAll);
  const isOneCompany = (choices?.companies.length ?? 0) < 2;
  const columns = [t("holidays.day"), t("holidays.name"), ...(isOneCompany ? [] : [t("holidays.company")])];
  return (
    <>
      <div class="toolbar" role="group" aria-label={t("directory.filters")}>
        <Years year={year} onGo={(next) => go({ year: next })} />
        <CompanyFilter place={place} go={go} choices={choices} />
        {mayEdit && (
          <button type="button" class="primary" onClick={() => open({ act: "new", holiday: undefined })}>
            {t("holidays.add")}
          </button>
        )}
      </div>
      <Listing
        list={list}
        oldSince={oldSince}
        columns={[...columns, t("holidays.id"), ...(mayEdit ? [""] : [])]}
        count={(total) => t("holidays.count", { total })}
        none={t("directory.none.holidays", { year })}
        row={(holiday) => (
          <tr key={holiday.id}>
            <th scope="row">
              <span>{daysOf(holiday)}</span>
            </th>
            <Cell label={t("holidays.name")}>{holiday.name}</Cell>
            {!isOneCompany && <Cell label={t("holidays.company")}>{holiday.company.name}</Cell>}
            <Cell label={t("holidays.id")}>{holiday.sourceId}</Cell>
            {mayEdit && (
              <RowActs
                name={holiday.name}
                onEdit={() => open({ act: "edit", holiday })}
                onDelete={() => open({ act: "delete", holiday })}
              />
            )}
          </tr>
        )}
      />
      {(opened?.act === "new" || opened?.act === "edit") && (
        <HolidayForm
          holiday={opened.holiday}
          company={place.company}
          choices={choices}
          onClose={close}
          onDone={(name) => done(t("directory.saved", { name }))}
        />
      )}
      {opened?.act === "delete" && (
        <DeleteForm
          title={t("holidays.deleteTitle", { name: opened.holiday.name })}
          what={t("holidays.deleteWhat")}
          send={() =>
            save(DeleteHolidayDocument, { id: opened.holiday.id }, ({ deleteHolidays }) => deleteHolidays)
          }
          onClose={close}
          onDone={() => done(t("directory.deleted", { name: opened.holiday.name }))}
        >
          <AbsentText
            message="holidays.freed"
            company={opened.holiday.company.id}
            from={opened.holiday.startDate}
            to={opened.holiday.endDate}
          />
        </DeleteForm>
      )}
    </>
  );
}

function Years({ year, onGo }: { year: number; onGo: (year: number) => void }) {
  const first = Number(FIRST_DAY.slice(0, 4));
  const last = Number(LAST_DAY.slice(0, 4));
  return (
    <div class="years">
      <button
        type="button"
        aria-label={t("holidays.previous")}
        disabled={year === first}
        onClick={() => onGo(year - 1)}
      >
        ‹
      </button>
      <h2>{t("holidays.year", { year })}</h2>
      <button type="button" aria-label={t("holidays.next")} disabled={year === last} onClick={() => onGo(year + 1)}>
        ›
      </button>
    </div>
  );
}

function daysOf({ startDate, endDate }: Holiday): string {
  if (startDate === endDate) return dayInShort(startDate);
  return t("workweeks.span", { first: dayInShort(startDate), last: dayInShort(endDate) });
}
