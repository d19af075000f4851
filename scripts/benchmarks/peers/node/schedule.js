// What both systems say of each worker's days, merged (rules 4.2 and 4.5). `source` reads the
// rows, each kind of a page's workers in one statement; it may answer now or by promises.

const DAY = 86_400
const HUNDREDTH = 36
const DEFAULT_WEEK = [0, 480, 480, 480, 480, 480, 0]
const MARK = ['procore_workforce_planning', 'PersonDay']
const DAY_OF_MS = 86_400_000

const DUPLICATE = {
  code: 'POSSIBLE_DUPLICATE',
  message: 'Both systems have time off on this day: most often the same absence, entered twice.'
}
const OVER_WORKDAY = {
  code: 'OVER_WORKDAY',
  message: 'More time off than the workday has hours; what is above counts nothing.'
}
const OVERLAPS = [
  'Procore records of the same person overlap; their common time counts once.',
  'A night shift and a record of the next day overlap; each keeps its hours on its day.'
]
const MIXED_OVERLAPS = [
  'A paid and an unpaid record overlap; their common time counts as paid.',
  'A night shift and a record of the next day overlap, and only one of them is paid.'
]
const NONE = []
const NOTHING = { low: 0, paid: 0, unpaid: 0, kantata: 0, procore: 0, notes: NONE }

const nodeId = (type, key) => Buffer.from(`${type}:${key}`).toString('base64')

const cursor = worker =>
  Buffer.from(JSON.stringify(['FULL_NAME', worker.nameKey, worker.key])).toString('base64url')

const placeOf = after => after ? JSON.parse(Buffer.from(after, 'base64url')).slice(1) : ['', '']

const dayAfter = (text, days) =>
  new Date(Date.parse(text) + days * DAY_OF_MS).toISOString().slice(0, 10)

const clockTime = seconds => {
  const minutes = Math.floor(seconds % DAY / 60)
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

// Less than 0.01 h below the workday fills it.
const taken = ({ exact, shown }, seconds) => seconds + HUNDREDTH > exact ? shown : seconds

const union = clocks => {
  let total = 0
  let covered = 0
  for (const { starts, ends } of clocks) {
    total += Math.max(0, ends - Math.max(starts, covered))
    covered = Math.max(covered, ends)
  }
  return total
}

const note = (code, sentences, ofDay, ofMidnight) => {
  const said = sentences.filter((_, place) => place ? ofMidnight : ofDay)
  return said.length ? [{ code, message: said.join(' ') }] : NONE
}

const overlaps = (clocks, across, isOver) => {
  let isMet = false
  let isMixed = false
  clocks.forEach((one, place) => {
    for (const other of clocks.slice(place + 1)) {
      if (one.starts < other.ends && other.starts < one.ends) {
        isMet = true
        isMixed ||= one.isPaid !== other.isPaid
      }
    }
  })
  return [
    ...note('OVERLAP', OVERLAPS, isMet, across !== undefined),
    ...isOver ? [OVER_WORKDAY] : NONE,
    ...note('PAID_UNPAID_OVERLAP', MIXED_OVERLAPS, isMixed, across === true)
  ]
}

// Records are ordered by the clock.
const merged = (workday, entry, clocks, across, isSame) => {
  const entered = entry ? entry.seconds : 0
  const clocked = union(clocks)
  const kantata = entry ? taken(workday, entered) : 0
  const procore = clocks.length ? taken(workday, clocked) : 0
  const paid = clocks.length ? taken(workday, union(clocks.filter(({ isPaid }) => isPaid))) : 0
  const isOver = Math.max(entered, clocked) > workday.shown
  const notes = entry && clocks.length && !isSame ? [DUPLICATE] : []
  if (clocks.length > 1 || across !== undefined) notes.push(...overlaps(clocks, across, isOver))
  else if (isOver) notes.push(OVER_WORKDAY)
  return { low: Math.max(kantata, procore), paid, unpaid: procore - paid, kantata, procore, notes }
}

const discrepancy = ({ kantata, procore }) => {
  if (Math.abs(kantata - procore) < HUNDREDTH) return null
  if (!procore) return 'ONLY_IN_KANTATA_OX'
  return kantata ? 'HOURS_DIFFER' : 'ONLY_IN_PROCORE_WORKFORCE_PLANNING'
}

const contributions = (entry, clocks) => [
  ...entry ? [{ hours: entry.seconds / 3600, startTime: null, endTime: null, isPaid: null }] : NONE,
  ...clocks.map(({ starts, ends, isPaid }) => ({
    hours: (ends - starts) / 3600,
    startTime: clockTime(starts),
    endTime: clockTime(ends),
    isPaid: Boolean(isPaid)
  }))
]

const toDay = (workday, amounts, isCompared, entry, clocks, acknowledgement = null) => ({
  date: workday.text,
  workdayHours: workday.shown / 3600,
  hoursOff: amounts.low / 3600,
  availableHours: (workday.shown - amounts.low) / 3600,
  paidHours: amounts.paid / 3600,
  unpaidHours: amounts.unpaid / 3600,
  unknownPaidHours: (amounts.low - amounts.procore) / 3600,
  holiday: workday.holiday,
  discrepancy: isCompared ? discrepancy(amounts) : null,
  acknowledgement,
  contributions: contributions(entry, clocks),
  notes: amounts.notes
})

// The workdays of one company or of one user's own week, and their days without records, which
// all share who work so.
const calendarOf = (texts, weeks, ownWeeks, holidays) => {
  const minutes = (text, weekday) => {
    for (const owned of [ownWeeks, weeks]) {
      let latest
      for (const week of owned ?? NONE) {
        const holds = week.first <= text && (week.last === null || text <= week.last)
        if (holds && (latest === undefined || week.first > latest.first)) latest = week
      }
      if (latest) return latest.minutes[weekday]
    }
    return DEFAULT_WEEK[weekday]
  }
  const workdays = texts.map(text => {
    const holiday = holidays?.find(({ first, last }) => first <= text && text <= last) ?? null
    const exact = holiday ? 0 : minutes(text, new Date(text).getUTCDay()) * 60
    return { text, holiday, exact, shown: Math.ceil(exact / HUNDREDTH) * HUNDREDTH }
  })
  return {
    workdays,
    days: workdays.map(workday => toDay(workday, NOTHING, false, undefined, NONE)),
    total: workdays.reduce((sum, { shown }) => sum + shown, 0)
  }
}

const grouped = (rows, keyOf) => {
  const groups = new Map()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}

const calendarsOf = (texts, weekRows, holidayRows) => {
  const weeks = grouped(weekRows, ({ companyId, userId }) => `${companyId} ${userId ?? ''}`)
  const holidays = grouped(holidayRows, ({ companyId }) => companyId)
  const known = new Map()
  return ({ companyId, userId }) => {
    const own = weeks.has(`${companyId} ${userId}`) ? `${companyId} ${userId}` : `${companyId} `
    if (!known.has(own)) {
      const ofCompany = weeks.get(`${companyId} `)
      known.set(own, calendarOf(texts, ofCompany, weeks.get(own), holidays.get(companyId)))
    }
    return known.get(own)
  }
}

// On which days a night shift meets a record, and whether just one of them is paid.
const meetingsAcrossMidnight = clocksByDay => {
  const across = new Map()
  for (const [key, clocks] of clocksByDay) {
    for (const night of clocks) {
      if (night.ends <= DAY) continue
      const following = `${night.personId} ${dayAfter(night.day, 1)}`
      for (const other of clocksByDay.get(following) ?? NONE) {
        if (other.record === night.record || other.starts + DAY >= night.ends) continue
        const isMixed = other.isPaid !== night.isPaid
        for (const each of [key, following]) across.set(each, across.get(each) || isMixed)
      }
    }
  }
  return across
}

const byClock = (one, other) =>
  one.starts - other.starts || (one.record < other.record ? -1 : 1)

const readRecords = async (source, workers, from, to) => {
  const people = workers.filter(({ personId }) => personId).map(({ personId }) => personId)
  const users = workers.filter(({ userId }) => userId).map(({ userId }) => userId)
  const [entryRows, clockRows] = await Promise.all([
    source.entriesOf(users, from, to),
    source.clocksOf(people, dayAfter(from, -1), dayAfter(to, 1))
  ])
  const entries = new Map(entryRows.map(row => [`${row.userId} ${row.day}`, row]))
  const clocks = grouped(clockRows, ({ personId, day }) => `${personId} ${day}`)
  for (const ofDay of clocks.values()) if (ofDay.length > 1) ofDay.sort(byClock)
  return { users, entries, clocks, across: meetingsAcrossMidnight(clocks) }
}

// The entries that say of themselves that they are the same absence as their person's (rule 4.4).
const readMarks = async (source, workers, texts, { entries, clocks }) => {
  const refs = new Map()
  for (const { userId, personId } of workers) {
    if (!userId || !personId) continue
    for (const text of texts) {
      const entry = entries.get(`${userId} ${text}`)
      if (entry && clocks.has(`${personId} ${text}`)) refs.set(entry.id, `${personId}:${text}`)
    }
  }
  const rows = refs.size ? await source.marksOf([...refs.keys()], ...MARK) : NONE
  return new Set(rows.filter(({ id, ref }) => ref === refs.get(id)).map(({ id }) => id))
}

// The differences that are to stay, by whom and when they are (rule 4.5).
const readAcknowledged = async (source, workers, from, to) => {
  const compared = workers.filter(({ userId, personId }) => userId && personId)
  const rows = compared.length
    ? await source.acknowledgedOf(compared.map(({ userId }) => userId), from, to)
    : NONE
  return new Map(rows.map(({ id, userId, personId, day }) => [
    `${userId} ${personId} ${day}`, { id: nodeId('DiscrepancyAcknowledgement', id) }
  ]))
}

export const schedulesOf = source => async ({ from, to, first, after }) => {
  const found = await source.workersBehind(...placeOf(after), first + 1)
  const workers = found.slice(0, first)
  const texts = []
  for (let text = from; text <= to; text = dayAfter(text, 1)) texts.push(text)
  const records = await readRecords(source, workers, from, to)
  const companies = [...new Set(workers.map(({ companyId }) => companyId))]
  const [marks, acknowledged, weeks, holidays] = await Promise.all([
    readMarks(source, workers, texts, records),
    readAcknowledged(source, workers, from, to),
    source.weeksOf(companies, records.users, to),
    source.holidaysOf(companies, to, from)
  ])
  const calendars = calendarsOf(texts, weeks, holidays)
  const said = { marks, acknowledged }
  const nodes = workers.map(worker => scheduleOf(worker, calendars(worker), records, said))
  const last = workers[workers.length - 1]
  return {
    nodes,
    pageInfo: { hasNextPage: found.length > first, endCursor: last ? cursor(last) : after }
  }
}

const scheduleOf = (worker, { workdays, days, total }, { entries, clocks, across }, said) => {
  const { marks, acknowledged } = said
  const isCompared = worker.userId !== null && worker.personId !== null
  let off = 0
  const mine = days.map((day, place) => {
    const { text } = workdays[place]
    const entry = entries.get(`${worker.userId} ${text}`)
    const key = `${worker.personId} ${text}`
    const ofDay = clocks.get(key) ?? NONE
    if (!entry && !ofDay.length) return day
    const amounts =
      merged(workdays[place], entry, ofDay, across.get(key), entry && marks.has(entry.id))
    off += amounts.low
    const stays = acknowledged.get(`${worker.userId} ${worker.personId} ${text}`)
    return toDay(workdays[place], amounts, isCompared, entry, ofDay, stays)
  })
  worker.id = nodeId('Worker', worker.key)
  return { worker, hoursOff: off / 3600, availableHours: (total - off) / 3600, days: mine }
}
