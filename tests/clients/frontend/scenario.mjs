// What a person does on a page, whatever its client: the clients differ in how they are asked.
// Each check is run as `node <client>.mjs http://…/graphql <company>`; the company has five workers.

import assert from "node:assert/strict";
import form from "./built/src/form.js";
import { url } from "./support.mjs";

export const companyId = process.argv[3];
export const window = { from: "2031-03-03", to: "2031-03-23" };
const MONDAYS = ["2031-03-03", "2031-03-10", "2031-03-17"];

/** Remembers what was shown last, waits until that is as wanted, and for a failure. */
export function screen() {
  let latest;
  let look = () => {};
  let failed;
  const failure = new Promise((resolve) => (failed = resolve));
  function show(schedule) {
    latest = schedule;
    look();
  }
  const until = (isAsWanted) =>
    new Promise((resolve) => {
      look = () => latest && isAsWanted(latest) && resolve(latest);
      look();
    });
  return { show, until, failed, failure };
}

export function workersOf(schedule) {
  return schedule.edges.map(({ node }) => node.worker.fullName);
}

export function hoursOffOf(schedule, name) {
  const { node } = schedule.edges.find(({ node }) => node.worker.fullName === name);
  return Object.fromEntries(node.days.map((day) => [day.date, day.hoursOff]));
}

/** The form for every Monday of the window, filled in for a worker that is shown. */
function mondaysOf(schedule, name) {
  const { worker } = schedule.edges.find(({ node }) => node.worker.fullName === name).node;
  return {
    companyId: worker.company.id,
    personId: worker.person.id,
    startDay: MONDAYS[0],
    endDay: MONDAYS[0],
    batchStartTime: "08:00",
    batchEndTime: "14:00",
    isPaid: true,
    reason: "vacation",
    repeat: "WEEKLY",
    cadence: 1,
    repeatEndDay: MONDAYS[2],
  };
}

/** Preview, create, send again, and meet a refusal; `current` gives what the page shows now. */
export async function takeMondaysOff({ preview, create, current, until, name }) {
  const input = mondaysOf(await current(), name);
  const sendable = form.keyed();

  const wouldBe = await preview(input);
  assert.deepEqual(wouldBe.userErrors, []);
  assert.deepEqual(
    wouldBe.personTimeOff.instances.map(({ startDay, hours }) => [startDay, hours]),
    MONDAYS.map((day) => [day, 6]),
  );
  assert.deepEqual(
    wouldBe.days.map(({ date, hoursOff, availableHours }) => [date, hoursOff, availableHours]),
    MONDAYS.map((day) => [day, 6, 2]),
  );
  for (const day of MONDAYS) {
    assert.equal(hoursOffOf(await current(), name)[day], 0);
  }

  const created = await create(sendable(input));
  assert.deepEqual(created.userErrors, []);
  await until((schedule) => MONDAYS.every((day) => hoursOffOf(schedule, name)[day] === 6));

  // Sent again it is the same record; the day would be longer otherwise.
  const again = await create(sendable({ ...input }));
  assert.equal(again.personTimeOff.id, created.personTimeOff.id);
  assert.deepEqual(again.warnings, []);

  // Another input has another key: it is another record, or refused for what it says, at the field.
  const wednesday = { startDay: "2031-03-05", endDay: "2031-03-05", repeat: "NEVER" };
  const other = await create(sendable({ ...input, ...wednesday }));
  assert.deepEqual(other.userErrors, []);
  assert.notEqual(other.personTimeOff.id, created.personTimeOff.id);
  const reversed = await create(sendable({ ...input, endDay: "2031-03-01" }));
  assert.deepEqual(reversed.days, []);
  assert.deepEqual([...form.atFields(reversed.userErrors).keys()], ["endDay"]);
  assert.equal(reversed.userErrors[0].code, "DAYS_REVERSED");
}

const TUESDAY = "2031-03-18";
const ENTER = `mutation Enter($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { userErrors { message } }
}`;

/** What somebody else enters is shown as well; `follow` starts and returns how to stop. */
export async function seeWhatOthersEnter({ follow, current, until, name }) {
  const { repeat, cadence, repeatEndDay, ...once } = mondaysOf(await current(), name);
  const enter = async (day) => {
    const input = { ...once, startDay: day, endDay: day, batchEndTime: "12:00" };
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: ENTER, variables: { input } }),
    });
    const { data } = await response.json();
    assert.deepEqual(data.createPersonTimeOff.userErrors, []);
  };

  // Also what happens while it begins is shown.
  const stop = follow();
  await enter(TUESDAY);
  await until((schedule) => hoursOffOf(schedule, name)[TUESDAY] === 4);
  await enter("2031-03-19");
  await until((schedule) => hoursOffOf(schedule, name)["2031-03-19"] === 4);
  stop();
}
