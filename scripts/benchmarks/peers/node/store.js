// The rows, as an expert reads and writes them: prepared statements of better-sqlite3.
import Database from 'better-sqlite3'
import { schedulesOf } from './schedule.js'
import {
  DAY, WEEKDAYS, connection, grouped, inOrder, instant, joinedEntry, nodeId, possibleSeconds,
  refuse, toDay, toEntry, toMinute, toReference, upper, withId, withJoined
} from './shapes.js'

const database = new Database(process.env.DATABASE)
for (const pragma of [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  // As the gateway sets them.
  'cache_size = -16384',
  'mmap_size = 0x7fff0000',
  'wal_autocheckpoint = 8192',
  'temp_store = MEMORY',
  'busy_timeout = 5000'
]) database.pragma(pragma)

const prepared = text => database.prepare(text)

const statements = {
  entries: prepared(`
    SELECT id, user_id AS userId, seconds, requested_date AS requestedDate FROM time_off_entries
    WHERE user_id IN (SELECT value FROM json_each(?)) AND requested_date BETWEEN ? AND ?
    ORDER BY requested_date, user_id LIMIT ?`),
  entriesJoined: prepared(`
    SELECT entry.id, entry.user_id AS userId, entry.seconds, entry.requested_date AS requestedDate,
      user.full_name AS fullName, role.id AS roleId, role.name AS roleName
    FROM time_off_entries AS entry
    JOIN users AS user ON user.id = entry.user_id
    LEFT JOIN roles AS role ON role.id = user.role_id
    WHERE entry.user_id IN (SELECT value FROM json_each(?))
      AND entry.requested_date BETWEEN ? AND ?
    ORDER BY entry.requested_date, entry.user_id LIMIT ?`),
  users: prepared(`
    SELECT id AS key, full_name AS fullName, role_id AS roleId FROM users
    WHERE id IN (SELECT value FROM json_each(?))`),
  roles: prepared('SELECT id AS key, name FROM roles WHERE id IN (SELECT value FROM json_each(?))'),
  references: prepared(`
    SELECT id, entry_id AS entryId, service_name AS serviceName,
      service_model_ref AS serviceModelRef, status FROM external_references
    WHERE entry_id IN (SELECT value FROM json_each(?)) ORDER BY id`),
  record: prepared(`
    SELECT id AS key, person_id AS personId, reason, is_paid AS isPaid, repeat, cadence,
      first_day AS startDay, last_day AS endDay, repeat_end_day AS repeatEndDay
    FROM person_time_offs WHERE id = ?`),
  people: prepared(`
    SELECT id AS key, first_name || ' ' || last_name AS fullName FROM people
    WHERE id IN (SELECT value FROM json_each(?))`),
  instances: prepared(`
    SELECT id AS key, person_time_off_id AS recordId, start_day AS startDay, end_day AS endDay
    FROM time_off_instances
    WHERE person_time_off_id IN (SELECT value FROM json_each(?)) ORDER BY start_day`)
}

const parameters = ({ filter, first }) => [
  JSON.stringify(filter.userIds), filter.requestedDate.from, filter.requestedDate.to, first + 1
]

export const entries = asked => {
  const nodes = statements.entries.all(...parameters(asked)).map(toEntry)
  return connection(nodes, asked.first)
}

export const entriesJoined = asked => {
  const references = new Map()
  const nodes = statements.entriesJoined.all(...parameters(asked)).map(row => {
    const entry = joinedEntry(row)
    references.set(row.id, entry.externalReferences)
    return entry
  })
  for (const row of statements.references.all(JSON.stringify([...references.keys()]))) {
    references.get(row.entryId).push(toReference(row))
  }
  return connection(nodes, asked.first)
}

export const users = keys =>
  inOrder(keys, statements.users.all(JSON.stringify(keys))).map(row => withId('User', row))

export const roles = keys =>
  inOrder(keys, statements.roles.all(JSON.stringify(keys))).map(row => withId('Role', row))

export const people = keys =>
  inOrder(keys, statements.people.all(JSON.stringify(keys))).map(row => withId('Person', row))

export const references = keys =>
  grouped(keys, statements.references.all(JSON.stringify(keys)).map(toReference), 'entryId')

export const instances = keys => {
  const rows = statements.instances.all(JSON.stringify(keys))
  return grouped(keys, rows.map(row => withId('TimeOffInstance', row)), 'recordId')
}

export const series = id => {
  const row = withId('PersonTimeOff', statements.record.get(id))
  if (!row) return null
  row.isPaid = Boolean(row.isPaid)
  row.repeat = upper(row.repeat)
  return row
}

export const seriesJoined = id => {
  const row = series(id)
  if (!row) return null
  row.person = people([row.personId])[0]
  row.instances = instances([row.key])[0]
  return row
}

// The schedule.

const IS_SCHEDULED = `(worker.user_id IS NOT NULL OR EXISTS (
  SELECT 1 FROM people AS human WHERE human.id = worker.person_id AND human.status = 'active'))`
const BEHIND = `WHERE (worker.name_key, worker.id) > (?, ?) AND ${IS_SCHEDULED}
  ORDER BY worker.name_key, worker.id LIMIT ?`
const WORKER = `worker.id AS key, worker.company_id AS companyId, worker.user_id AS userId,
  worker.person_id AS personId, worker.full_name AS fullName, worker.name_key AS nameKey`

const reads = {
  workers: prepared(`SELECT ${WORKER} FROM workers AS worker ${BEHIND}`),
  workersJoined: prepared(`
    SELECT ${WORKER}, company.name AS companyName, role.name AS roleName,
      person.job_title AS jobTitle
    FROM workers AS worker
    JOIN companies AS company ON company.id = worker.company_id
    LEFT JOIN users AS user ON user.id = worker.user_id
    LEFT JOIN roles AS role ON role.id = user.role_id
    LEFT JOIN people AS person ON person.id = worker.person_id ${BEHIND}`),
  countWorkers: prepared(`SELECT count(*) FROM workers AS worker WHERE ${IS_SCHEDULED}`).pluck(),
  entries: prepared(`
    SELECT user_id AS userId, requested_date AS day, id, seconds FROM time_off_entries
    WHERE user_id IN (SELECT value FROM json_each(?)) AND requested_date BETWEEN ? AND ?`),
  clocks: prepared(`
    SELECT person_id AS personId, day, record_id AS record, starts, ends, is_paid AS isPaid
    FROM person_days
    WHERE person_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?`),
  marks: prepared(`
    SELECT entry_id AS id, service_model_ref AS ref FROM external_references
    WHERE entry_id IN (SELECT value FROM json_each(?)) AND service_name = ? AND service_model = ?`),
  acknowledged: prepared(`
    SELECT id, user_id AS userId, person_id AS personId, day FROM discrepancy_acknowledgements
    WHERE user_id IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?`),
  weeks: prepared(`
    SELECT company_id AS companyId, user_id AS userId, effective_from AS first,
      effective_to AS last, sunday, monday, tuesday, wednesday, thursday, friday, saturday
    FROM workweeks
    WHERE company_id IN (SELECT value FROM json_each(?))
      AND (user_id IS NULL OR user_id IN (SELECT value FROM json_each(?)))
      AND effective_from <= ?`),
  holidays: prepared(`
    SELECT company_id AS companyId, id, name, start_date AS first, end_date AS last FROM holidays
    WHERE company_id IN (SELECT value FROM json_each(?)) AND start_date <= ? AND end_date >= ?
    ORDER BY start_date, id`),
  companies: prepared(`
    SELECT id AS key, name FROM companies WHERE id IN (SELECT value FROM json_each(?))`),
  employees: prepared(`
    SELECT id AS key, first_name || ' ' || last_name AS fullName, job_title AS jobTitle
    FROM people WHERE id IN (SELECT value FROM json_each(?))`)
}

const list = JSON.stringify
const rows = {
  workersBehind: (...place) => reads.workers.all(...place),
  entriesOf: (users, from, to) => reads.entries.all(list(users), from, to),
  clocksOf: (people, from, to) => reads.clocks.all(list(people), from, to),
  marksOf: (ids, ...mark) => reads.marks.all(list(ids), ...mark),
  acknowledgedOf: (users, from, to) => reads.acknowledged.all(list(users), from, to),
  weeksOf: (companies, users, to) =>
    reads.weeks.all(list(companies), list(users), to).map(week => ({
      ...week, minutes: WEEKDAYS.map(weekday => week[weekday])
    })),
  holidaysOf: (companies, to, from) => reads.holidays.all(list(companies), to, from)
}

export const schedule = schedulesOf(rows)

export const scheduleJoined = schedulesOf({
  ...rows, workersBehind: (...place) => reads.workersJoined.all(...place).map(withJoined)
})

export const countScheduled = () => reads.countWorkers.get()

export const companies = keys =>
  inOrder(keys, reads.companies.all(list(keys))).map(row => withId('Company', row))

export const employees = keys =>
  inOrder(keys, reads.employees.all(list(keys))).map(row => withId('Person', row))

// Writing.

const writes = {
  user: prepared('SELECT company_id AS companyId FROM users WHERE id = ?'),
  weeks: prepared(`
    SELECT user_id AS userId, effective_from AS first, effective_to AS last,
      sunday, monday, tuesday, wednesday, thursday, friday, saturday
    FROM workweeks WHERE company_id = ?
      AND (user_id IS NULL OR user_id IN (SELECT value FROM json_each(?)))
    ORDER BY effective_from DESC`),
  holidays: prepared(`
    SELECT start_date AS first, end_date AS last FROM holidays
    WHERE company_id = ? AND start_date <= ? AND end_date >= ?`),
  entry: prepared('SELECT id, seconds FROM time_off_entries WHERE user_id = ? AND requested_date = ?'),
  nextIds: prepared(`
    INSERT INTO id_counters (name, last_id) VALUES ('time_off_entry_ids', @count)
    ON CONFLICT (name) DO UPDATE SET last_id = last_id + @count RETURNING last_id`).pluck(),
  addEntry: prepared(`
    INSERT INTO time_off_entries
      (id, company_id, user_id, requested_date, submission_date, seconds, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
  changeEntry: prepared('UPDATE time_off_entries SET seconds = ?, updated_at = ? WHERE id = ?'),
  person: prepared('SELECT 1 FROM people WHERE id = ? AND company_id = ?'),
  addRecord: prepared(`
    INSERT INTO person_time_offs
      (id, company_id, person_id, first_day, first_span_end, last_day, start_minute, end_minute,
       apply_to_saturday, apply_to_sunday, is_paid, reason, repeat, cadence, repeat_end_day,
       instance_ids, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, '[]', ?, ?)`),
  addInstance: prepared(`
    INSERT INTO time_off_instances (id, person_time_off_id, start_day, end_day)
    VALUES (?, ?, ?, ?)`)
}
// What a transaction refuses is rolled back and becomes the payload's error.
const answered = (write, empty) => {
  const transaction = database.transaction(write)
  return asked => {
    try {
      return { ...transaction.immediate(asked), userErrors: [] }
    } catch (error) {
      if (!error.refusal) throw error
      return { ...empty, userErrors: [error.refusal] }
    }
  }
}

const readCalendar = (companyId, wanted) => {
  const days = wanted.map(({ day }) => day).sort()
  return {
    weeks: writes.weeks.all(companyId, JSON.stringify(wanted.map(({ userId }) => userId))),
    holidays: writes.holidays.all(companyId, days[days.length - 1], days[0])
  }
}

export const createEntries = answered(({ timeOffEntries }) => {
  const wanted = new Map()
  for (const { userId, hours, requestedDate } of timeOffEntries) {
    const key = `${userId} ${requestedDate}`
    const seconds = Math.round(hours * 3600) + (wanted.get(key)?.seconds ?? 0)
    wanted.set(key, { userId: Number(userId), day: requestedDate, seconds })
  }
  const items = [...wanted.values()]
  const calendars = new Map()
  for (const item of items) {
    const user = writes.user.get(item.userId)
    if (!user) throw refuse('NOT_FOUND', 'There is no such user.', 'timeOffEntries')
    item.companyId = user.companyId
    if (!calendars.has(user.companyId)) calendars.set(user.companyId, readCalendar(user.companyId, items))
    item.stored = writes.entry.get(item.userId, item.day)
    item.seconds += item.stored?.seconds ?? 0
    if (item.seconds > possibleSeconds(calendars.get(user.companyId), item.userId, item.day)) {
      throw refuse('WORKDAY_HOURS_EXCEEDED', `Not on ${item.day}`, 'timeOffEntries')
    }
  }
  const { today, now } = instant()
  const count = items.filter(({ stored }) => !stored).length
  let id = count && writes.nextIds.get({ count }) - count
  for (const item of items) {
    if (item.stored) {
      item.id = item.stored.id
      writes.changeEntry.run(item.seconds, now, item.id)
    } else {
      item.id = ++id
      writes.addEntry.run(item.id, item.companyId, item.userId, item.day, today, item.seconds, now, now)
    }
  }
  return {
    timeOffEntries: items.map(item => ({
      id: nodeId('TimeOffEntry', item.id), hours: item.seconds / 3600, requestedDate: item.day
    }))
  }
}, { timeOffEntries: [] })

export const createSeries = answered(asked => {
  if (!writes.person.get(asked.personId, asked.companyId)) {
    throw refuse('NOT_FOUND', 'There is no such person.', 'personId')
  }
  const first = Date.parse(asked.startDay)
  const length = Date.parse(asked.endDay) - first
  const id = crypto.randomUUID()
  const instances = []
  for (let start = first; start <= Date.parse(asked.repeatEndDay); start += 7 * DAY * asked.cadence) {
    instances.push({ key: crypto.randomUUID(), startDay: toDay(start), endDay: toDay(start + length) })
  }
  const { now } = instant()
  writes.addRecord.run(
    id, asked.companyId, asked.personId, asked.startDay, asked.endDay,
    instances[instances.length - 1].endDay, toMinute(asked.batchStartTime),
    toMinute(asked.batchEndTime), asked.isPaid ? 1 : 0, asked.reason, asked.repeat.toLowerCase(),
    asked.cadence, asked.repeatEndDay, now, now
  )
  for (const each of instances) {
    writes.addInstance.run(each.key, id, each.startDay, each.endDay)
    each.id = nodeId('TimeOffInstance', each.key)
  }
  return { personTimeOff: { id: nodeId('PersonTimeOff', id), key: id, instances } }
}, { personTimeOff: null })
