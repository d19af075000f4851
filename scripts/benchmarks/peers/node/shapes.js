// What both stores do with their rows: ids, groups, pages, and how long users can work.

export const WEEKDAYS =
  ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

export const nodeId = (type, key) => Buffer.from(`${type}:${key}`).toString('base64')

const cursor = entry =>
  Buffer.from(JSON.stringify(['REQUESTED_DATE', entry.requestedDate, entry.userId]))
    .toString('base64url')

export const upper = text => text === null ? null : text.toUpperCase()

export const inOrder = (keys, rows) => {
  const byKey = new Map(rows.map(row => [row.key, row]))
  return keys.map(key => byKey.get(key) ?? null)
}

export const grouped = (keys, rows, column) => {
  const groups = new Map(keys.map(key => [key, []]))
  for (const row of rows) groups.get(row[column]).push(row)
  return keys.map(key => groups.get(key))
}

export const withId = (type, row) => {
  if (row) row.id = nodeId(type, row.key)
  return row
}

export const toReference = row => {
  row.id = nodeId('ExternalReference', row.id)
  row.status = upper(row.status)
  return row
}

export const toEntry = row => {
  row.key = row.id
  row.id = nodeId('TimeOffEntry', row.key)
  row.hours = row.seconds / 3600
  return row
}

export const joinedEntry = row => ({
  id: nodeId('TimeOffEntry', row.id),
  userId: row.userId,
  hours: row.seconds / 3600,
  requestedDate: row.requestedDate,
  user: {
    id: nodeId('User', row.userId),
    fullName: row.fullName,
    role: row.roleId && { id: nodeId('Role', row.roleId), name: row.roleName }
  },
  externalReferences: []
})

export const connection = (nodes, first) => {
  const hasNextPage = nodes.length > first
  if (hasNextPage) nodes.pop()
  const last = nodes[nodes.length - 1]
  return { nodes, pageInfo: { hasNextPage, endCursor: last ? cursor(last) : null } }
}

export const withJoined = row => {
  row.company = { id: nodeId('Company', row.companyId), name: row.companyName }
  row.user = row.userId && {
    id: nodeId('User', row.userId), role: row.roleName === null ? null : { name: row.roleName }
  }
  row.person = row.personId && { id: nodeId('Person', row.personId), jobTitle: row.jobTitle }
  return row
}

const DEFAULT_WEEK = {
  sunday: 0, monday: 480, tuesday: 480, wednesday: 480, thursday: 480, friday: 480, saturday: 0
}
export const DAY = 86_400_000

export const instant = () => {
  const text = new Date().toISOString()
  return { today: text.slice(0, 10), now: `${text.slice(0, 10)} ${text.slice(11, 23)}000` }
}

export const refuse = (code, message, ...path) =>
  Object.assign(new Error(message), { refusal: { code, message, path } })

const effective = (weeks, userId, day) => {
  const week = weeks.find(each => each.userId === userId && each.first <= day)
  return week && (week.last === null || week.last >= day) ? week : undefined
}

export const possibleSeconds = ({ weeks, holidays }, userId, day) => {
  if (holidays.some(({ first, last }) => first <= day && day <= last)) return 0
  const week = effective(weeks, userId, day) ?? effective(weeks, null, day) ?? DEFAULT_WEEK
  return week[WEEKDAYS[new Date(day).getUTCDay()]] * 60
}

export const toDay = moment => new Date(moment).toISOString().slice(0, 10)

export const toMinute = clock => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
