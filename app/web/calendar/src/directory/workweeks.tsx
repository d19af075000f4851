// Workweeks: how many hours a weekday has, of a company or of one user, and when they hold.

import { today } from "../days";
import { dateText } from "../formats";
import { t } from "../messages";
import { DeleteForm } from "./delete-form";
import { DeleteWorkweekDocument, type WeekFragment, WorkweeksDocument } from "./generated";
import { Cell, CompanyFilter, Listing, type PartProperties, RowActs, filterBy, usePart } from "./part";
import { useList } from "./reading";
import { save } from "./saving";
import { IN_ORDER, WEEKDAYS, hoursField, nameOf } from "./week";
import { WorkweekForm } from "./workweek-form";

export type Workweek = WeekFragment;

type Opened = { act: "new"; week: undefined } | { act: "edit" | "delete"; week: Workweek };

export function Workweeks(part: PartProperties) {
  const { place, go, choices, mayEdit } = part;
  const overlaps = place.past ? undefined : { from: today() };
  const filter = filterBy({ companyId: place.company, overlaps });
  const list = useList(WorkweeksDocument, { filter }, ({ workweeks }) => workweeks);
  // One of a user for some weeks is told as time off is.
  const { opened, open, close, done, oldSince } = usePart<Opened>(part, list, () => true);
  const weekdays = IN_ORDER.map((weekday) => ({ weekday, short: nameOf(weekday, "short") }));
  return (
    <>
      <div class="toolbar" role="group" aria-label={t("directory.filters")}>
        <CompanyFilter place={place} go={go} choices={choices} />
        <label class="check">
          <input
            type="checkbox"
            checked={place.past}
            onChange={({ currentTarget }) => go({ past: currentTarget.checked })}
          />
          {t("workweeks.past")}
        </label>
        {mayEdit && (
          <button type="button" class="primary" onClick={() => open({ act: "new", week: undefined })}>
            {t("workweeks.add")}
          </button>
        )}
      </div>
      <p class="quiet">{t("workweeks.rule")}</p>
      <Listing
        list={list}
        oldSince={oldSince}
        columns={[
          t("workweeks.whose"),
          t("workweeks.from"),
          t("workweeks.to"),
          ...weekdays.map(({ short }) => short),
          t("workweeks.perWeek"),
          ...(mayEdit ? [""] : []),
        ]}
        count={(total) => t("workweeks.count", { total })}
        none={t("directory.none.workweeks")}
        row={(week) => (
          <tr key={week.id} class="week">
            <th scope="row">
              <span>{whoseOf(week)}</span>
              {week.user && (choices?.companies.length ?? 0) > 1 && <small>{week.company.name}</small>}
            </th>
            <Cell label={t("workweeks.from")}>{dateText(week.effectiveFrom)}</Cell>
            <Cell label={t("workweeks.to")}>
              {week.effectiveTo ? dateText(week.effectiveTo) : <span class="quiet">{t("workweeks.open")}</span>}
            </Cell>
            {weekdays.map(({ weekday, short }) => (
              <Cell key={weekday} label={short} kind="weekday">
                {hoursField(week[weekday])}
              </Cell>
            ))}
            <Cell label={t("workweeks.perWeek")}>
              <b>{hoursField(WEEKDAYS.reduce((sum, weekday) => sum + week[weekday], 0))}</b>
            </Cell>
            {mayEdit && (
              <RowActs
                name={fullNameOf(week)}
                onEdit={() => open({ act: "edit", week })}
                onDelete={() => open({ act: "delete", week })}
              />
            )}
          </tr>
        )}
      />
      {(opened?.act === "new" || opened?.act === "edit") && (
        <WorkweekForm
          week={opened.week}
          company={place.company}
          choices={choices}
          onClose={close}
          onDone={(name) => done(t("directory.saved", { name }))}
        />
      )}
      {opened?.act === "delete" && (
        <DeleteForm
          title={t("workweeks.deleteTitle", { name: fullNameOf(opened.week) })}
          what={t("workweeks.deleteWhat")}
          send={() =>
            save(DeleteWorkweekDocument, { id: opened.week.id }, ({ deleteWorkweeks }) => deleteWorkweeks)
          }
          onClose={close}
          onDone={() => done(t("directory.deleted", { name: fullNameOf(opened.week) }))}
        />
      )}
    </>
  );
}

export function whoseOf({ user, company }: Workweek): string {
  return user ? user.fullName : t("workweeks.everybody", { company: company.name });
}

/** Whose it is and from when: what tells it apart from the others. */
function fullNameOf(week: Workweek): string {
  return `${whoseOf(week)}, ${t("workweeks.spanOpen", { first: dateText(week.effectiveFrom) })}`;
}
