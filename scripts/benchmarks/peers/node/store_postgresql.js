// The rows of PostgreSQL, as an expert reads and writes them: named statements of pg, which
// each connection prepares once; what is many is one array.
import pg from 'pg'
import { schedulesOf } from './schedule.js'
import {
  DAY, WEEKDAYS, connection, grouped, inOrder, instant, joinedEntry, nodeId, possibleSeconds,
  refuse, toDay, toEntry, toMinute, toReference, upper, withId, withJoined
} from './shapes.js'

pg.types.setTypeParser(pg.types.builtins.DATE, text => text)
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 10 })

let statements = 0
const prepared = text => {
  const name = `s${++statements}`
  return async (values, client = pool) => (await client.query({ name, text, values })).rows
}

const read = {
  entries: prepared(`
    SELECT id, user_id AS "userId", seconds, requested_date AS "requestedDate"
    FROM time_off_entries
    WHERE user_id = ANY ($1::bigint[]) AND requested_date BETWEEN $2 AND $3
    ORDER BY requested_date, user_id LIMIT $4`),
  entriesJoined: prepared(`
    SELECT entry.id, entry.user_id AS "userId", entry.seconds,
      entry.requested_date AS "requestedDate", account.full_name AS "fullName",
      role.id AS "roleId", role.name AS "roleName"
    FROM (
      SELECT id, user_id, seconds, requested_date FROM time_off_entries
      WHERE user_id = ANY ($1::bigint[]) AND requested_date BETWEEN $2 AND $3
      ORDER BY requested_date, user_id LIMIT $4
    ) AS entry
    JOIN users AS account ON account.id = entry.user_id
    LEFT JOIN roles AS role ON role.id = account.role_id
    ORDER BY entry.requested_date, entry.user_id`),
  users: prepared(`
    SELECT id AS key, full_name AS "fullName", role_id AS "roleId" FROM users
    WHERE id = ANY ($1::bigint[])`),
  roles: prepared('SELECT id AS key, name FROM roles WHERE id = ANY ($1::bigint[])'),
  references: prepared(`
    SELECT id, entry_id AS "entryId", service_name AS "serviceName",
      service_model_ref AS "serviceModelRef", status FROM external_references
    WHERE entry_id = ANY ($1::bigint[]) ORDER BY id`),
  record: prepared(`
    SELECT id AS key, person_id AS "personId", reason, is_paid AS "isPaid", repeat, cadence,
      first_day AS "startDay", last_day AS "endDay", repeat_end_day AS "repeatEndDay"
    FROM person_time_offs WHERE id = $1`),
  people: prepared(`
    SELECT id AS key, first_name || ' ' || last_name AS "fullName", job_title AS "jobTitle"
    FROM people WHERE id = ANY ($1::uuid[])`),
  instances: prepared(`
    SELECT id AS key, person_time_off_id AS "recordId", start_day AS "startDay",
      end_day AS "endDay"
    FROM time_off_instances WHERE person_time_off_id = ANY ($1::uuid[]) ORDER BY start_day`),
  companies: prepared('SELECT id AS key, name FROM companies WHERE id = ANY ($1::uuid[])')
}

const page = async (statement, { filter, first }) => {
  const { from, to } = filter.requestedDate
  return statement([filter.userIds, from, to, first + 1])
}

export const entries = async asked =>
  connection((await page(read.entries, asked)).map(toEntry), asked.first)

export const entriesJoined = async asked => {
  const byId = new Map()
  const nodes = (await page(read.entriesJoined, asked)).map(row => {
    const entry = joinedEntry(row)
    byId.set(row.id, entry.externalReferences)
    return entry
  })
  for (const row of await read.references([[...byId.keys()]])) {
    byId.get(row.entryId).push(toReference(row))
  }
  return connection(nodes, asked.first)
}

const oneOf = (type, statement) => async keys =>
  inOrder(keys, await statement([keys])).map(row => withId(type, row))

export const users = oneOf('User', read.users)
export const roles = oneOf('Role', read.roles)
export const people = oneOf('Person', read.people)
export const employees = people
export const companies = oneOf('Company', read.companies)

export const references = async keys =>
  grouped(keys, (await read.references([keys])).map(toReference), 'entryId')

export const instances = async keys => {
  const rows = await read.instances([keys])
  return grouped(keys, rows.map(row => withId('TimeOffInstance', row)), 'recordId')
}

export const series = async id => {
  const row = withId('PersonTimeOff', (await read.record([id]))[0])
  if (!row) return null
  row.repeat = upper(row.repeat)
  return row
}

export const seriesJoined = async id => {
  const [row, [mine]] = await Promise.all([series(id), instances([id])])
  if (!row) return null
  row.person = (await people([row.personId]))[0]
  row.instances = mine
  return row
}

// The schedule.

const IS_SCHEDULED = `(worker.user_id IS NOT NULL OR EXISTS (
  SELECT 1 FROM people AS human WHERE human.id = worker.person_id AND human.status = 'active'))`
const BEHIND = `WHERE (worker.name_key, worker.id) > ($1, $2) AND ${IS_SCHEDULED}
  ORDER BY worker.name_key, worker.id LIMIT $3`
const WORKER = `worker.id AS key, worker.company_id AS "companyId", worker.user_id AS "userId",
  worker.person_id AS "personId", worker.full_name AS "fullName", worker.name_key AS "nameKey"`

const ask = {
  workers: prepared(`SELECT ${WORKER} FROM workers AS worker ${BEHIND}`),
  workersJoined: prepared(`
    SELECT ${WORKER}, company.name AS "companyName", role.name AS "roleName",
      person.job_title AS "jobTitle"
    FROM workers AS worker
    JOIN companies AS company ON company.id = worker.company_id
    LEFT JOIN users AS account ON account.id = worker.user_id
    LEFT JOIN roles AS role ON role.id = account.role_id
    LEFT JOIN people AS person ON person.id = worker.person_id ${BEHIND}`),
  countWorkers: prepared(`SELECT count(*) FROM workers AS worker WHERE ${IS_SCHEDULED}`),
  entries: prepared(`
    SELECT user_id AS "userId", requested_date AS day, id, seconds FROM time_off_entries
    WHERE user_id = ANY ($1::bigint[]) AND requested_date BETWEEN $2 AND $3`),
  clocks: prepared(`
    SELECT person_id AS "personId", day, record_id AS record, starts, ends, is_paid AS "isPaid"
    FROM person_days
    WHERE person_id = ANY ($1::uuid[]) AND day BETWEEN $2 AND $3`),
  marks: prepared(`
    SELECT entry_id AS id, service_model_ref AS ref FROM external_references
    WHERE entry_id = ANY ($1::bigint[]) AND service_name = $2 AND service_model = $3`),
  acknowledged: prepared(`
    SELECT id, user_id AS "userId", person_id AS "personId", day
    FROM discrepancy_acknowledgements
    WHERE user_id = ANY ($1::bigint[]) AND day BETWEEN $2 AND $3`),
  weeks: prepared(`
    SELECT company_id AS "companyId", user_id AS "userId", effective_from AS first,
      effective_to AS last, sunday, monday, tuesday, wednesday, thursday, friday, saturday
    FROM workweeks
    WHERE company_id = ANY ($1::uuid[]) AND (user_id IS NULL OR user_id = ANY ($2::bigint[]))
      AND effective_from <= $3
    ORDER BY effective_from DESC`),
  holidays: prepared(`
    SELECT company_id AS "companyId", id, name, start_date AS first, end_date AS last
    FROM holidays
    WHERE company_id = ANY ($1::uuid[]) AND start_date <= $2 AND end_date >= $3
    ORDER BY start_date, id`)
}

const rows = {
  workersBehind: (...place) => ask.workers(place),
  entriesOf: (...asked) => ask.entries(asked),
  clocksOf: (...asked) => ask.clocks(asked),
  marksOf: (...asked) => ask.marks(asked),
  acknowledgedOf: (...asked) => ask.acknowledged(asked),
  weeksOf: async (...asked) => (await ask.weeks(asked)).map(week => ({
    ...week, minutes: WEEKDAYS.map(weekday => week[weekday])
  })),
  holidaysOf: (...asked) => ask.holidays(asked)
}

export const schedule = schedulesOf(rows)

export const scheduleJoined = schedulesOf({
  ...rows, workersBehind: async (...place) => (await ask.workersJoined(place)).map(withJoined)
})

export const countScheduled = async () => (await ask.countWorkers([]))[0].count

// Writing.

const write = {
  // Whoever judges a user's day holds the user until the commit, and takes them in one order.
  users: prepared(`
    SELECT id, company_id AS "companyId" FROM users WHERE id = ANY ($1::bigint[]) ORDER BY id
    FOR NO KEY UPDATE`),
  stored: prepared(`
    SELECT entry.user_id AS "userId", entry.requested_date AS day, entry.id, entry.seconds
    FROM unnest($1::bigint[], $2::date[]) AS asked (user_id, day)
    JOIN time_off_entries AS entry
      ON entry.user_id = asked.user_id AND entry.requested_date = asked.day`),
  nextIds: prepared(
    "SELECT nextval('time_off_entry_ids') AS id FROM generate_series(1, $1::int)"),
  addEntries: prepared(`
    INSERT INTO time_off_entries
      (id, company_id, user_id, requested_date, submission_date, seconds, created_at, updated_at)
    SELECT id, company_id, user_id, day, $6, seconds, $7::timestamptz, $7::timestamptz
    FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::date[], $5::int[])
      AS new (id, company_id, user_id, day, seconds)`),
  changeEntries: prepared(`
    UPDATE time_off_entries AS entry SET seconds = new.seconds, updated_at = $3::timestamptz
    FROM unnest($1::bigint[], $2::int[]) AS new (id, seconds) WHERE entry.id = new.id`),
  person: prepared('SELECT 1 FROM people WHERE id = $1 AND company_id = $2 FOR NO KEY UPDATE'),
  addRecord: prepared(`
    INSERT INTO person_time_offs
      (id, company_id, person_id, first_day, first_span_end, last_day, start_minute, end_minute,
       apply_to_saturday, apply_to_sunday, is_paid, reason, repeat, cadence, repeat_end_day,
       instance_ids, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, false, $9, $10, $11, $12, $13,
      '[]', $14::timestamptz, $14::timestamptz)`),
  addInstances: prepared(`
    INSERT INTO time_off_instances (id, person_time_off_id, start_day, end_day)
    SELECT id, $2, starts, ends FROM unnest($1::uuid[], $3::date[], $4::date[])
      AS new (id, starts, ends)`)
}

// What a transaction refuses is rolled back and becomes the payload's error.
const answered = (change, empty) => async asked => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const made = await change(asked, client)
    await client.query('COMMIT')
    return { ...made, userErrors: [] }
  } catch (error) {
    await client.query('ROLLBACK')
    if (!error.refusal) throw error
    return { ...empty, userErrors: [error.refusal] }
  } finally {
    client.release()
  }
}

const readCalendar = async (companyId, items) => {
  const days = items.map(({ day }) => day).sort()
  const users = items.map(({ userId }) => userId)
  const [weeks, holidays] = await Promise.all([
    ask.weeks([[companyId], users, days[days.length - 1]]),
    ask.holidays([[companyId], days[days.length - 1], days[0]])
  ])
  return { weeks, holidays }
}

export const createEntries = answered(async ({ timeOffEntries }, client) => {
  const wanted = new Map()
  for (const { userId, hours, requestedDate } of timeOffEntries) {
    const key = `${userId} ${requestedDate}`
    const seconds = Math.round(hours * 3600) + (wanted.get(key)?.seconds ?? 0)
    wanted.set(key, { userId: Number(userId), day: requestedDate, seconds })
  }
  const items = [...wanted.values()]
  const userIds = items.map(({ userId }) => userId)
  const days = items.map(({ day }) => day)
  const users = new Map((await write.users([userIds], client)).map(row => [row.id, row]))
  for (const row of await write.stored([userIds, days], client)) {
    wanted.get(`${row.userId} ${row.day}`).stored = row
  }
  const calendars = new Map()
  for (const item of items) {
    const user = users.get(item.userId)
    if (!user) throw refuse('NOT_FOUND', 'There is no such user.', 'timeOffEntries')
    item.companyId = user.companyId
    if (!calendars.has(user.companyId)) {
      calendars.set(user.companyId, await readCalendar(user.companyId, items))
    }
    item.seconds += item.stored?.seconds ?? 0
    if (item.seconds > possibleSeconds(calendars.get(user.companyId), item.userId, item.day)) {
      throw refuse('WORKDAY_HOURS_EXCEEDED', `Not on ${item.day}`, 'timeOffEntries')
    }
  }
  const { today, now } = instant()
  const added = items.filter(({ stored }) => !stored)
  const changed = items.filter(({ stored }) => stored)
  for (const item of changed) item.id = item.stored.id
  if (added.length) {
    const ids = await write.nextIds([added.length], client)
    added.forEach((item, place) => { item.id = ids[place].id })
    const columns = ['id', 'companyId', 'userId', 'day', 'seconds']
    const values = columns.map(column => added.map(item => item[column]))
    await write.addEntries([...values, today, `${now}Z`], client)
  }
  if (changed.length) {
    const values = ['id', 'seconds'].map(column => changed.map(item => item[column]))
    await write.changeEntries([...values, `${now}Z`], client)
  }
  return {
    timeOffEntries: items.map(item => ({
      id: nodeId('TimeOffEntry', item.id), hours: item.seconds / 3600, requestedDate: item.day
    }))
  }
}, { timeOffEntries: [] })

export const createSeries = answered(async (asked, client) => {
  if (!(await write.person([asked.personId, asked.companyId], client)).length) {
    throw refuse('NOT_FOUND', 'There is no such person.', 'personId')
  }
  const first = Date.parse(asked.startDay)
  const length = Date.parse(asked.endDay) - first
  const id = crypto.randomUUID()
  const made = []
  for (let start = first; start <= Date.parse(asked.repeatEndDay); start += 7 * DAY * asked.cadence) {
    made.push({ key: crypto.randomUUID(), startDay: toDay(start), endDay: toDay(start + length) })
  }
  const { now } = instant()
  await write.addRecord([
    id, asked.companyId, asked.personId, asked.startDay, asked.endDay,
    made[made.length - 1].endDay, toMinute(asked.batchStartTime), toMinute(asked.batchEndTime),
    asked.isPaid, asked.reason, asked.repeat.toLowerCase(), asked.cadence, asked.repeatEndDay,
    `${now}Z`
  ], client)
  const [keys, starts, ends] =
    ['key', 'startDay', 'endDay'].map(column => made.map(each => each[column]))
  await write.addInstances([keys, id, starts, ends], client)
  for (const each of made) each.id = nodeId('TimeOffInstance', each.key)
  return { personTimeOff: { id: nodeId('PersonTimeOff', id), key: id, instances: made } }
}, { personTimeOff: null })
