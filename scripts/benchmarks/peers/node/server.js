// Mercurius with graphql-jit. By default its loaders fetch what is nested, each kind in one
// statement; JOINED=1 joins rows instead, which is the fastest that it offers.
import fastify from 'fastify'
import mercurius from 'mercurius'

// DATABASE is a SQLite file or the URL of a PostgreSQL database.
const isUrl = process.env.DATABASE.includes('://')
const store = await import(isUrl ? './store_postgresql.js' : './store.js')

const schema = `
  scalar Date
  enum ExternalReferenceStatus { SUCCESSFUL PENDING FAILED }
  enum Repeat { NEVER WEEKLY MONTHLY YEARLY }
  type Role { id: ID! name: String! }
  type User { id: ID! fullName: String! role: Role }
  type ExternalReference {
    id: ID!
    serviceName: String!
    serviceModelRef: String!
    status: ExternalReferenceStatus
  }
  type TimeOffEntry {
    id: ID!
    hours: Float!
    requestedDate: Date!
    user: User!
    externalReferences: [ExternalReference!]!
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type TimeOffEntryConnection { nodes: [TimeOffEntry!]! pageInfo: PageInfo! }
  type Person { id: ID! fullName: String! jobTitle: String }
  type Company { id: ID! name: String! }
  type Holiday { name: String! }
  type Worker { id: ID! fullName: String! company: Company! user: User person: Person }
  type Contribution { hours: Float! startTime: String endTime: String isPaid: Boolean }
  enum DayNoteCode { POSSIBLE_DUPLICATE OVERLAP OVER_WORKDAY PAID_UNPAID_OVERLAP }
  type DayNote { code: DayNoteCode! message: String! }
  enum DiscrepancyKind { ONLY_IN_KANTATA_OX ONLY_IN_PROCORE_WORKFORCE_PLANNING HOURS_DIFFER }
  type DiscrepancyAcknowledgement { id: ID! }
  type WorkerDay {
    date: Date!
    workdayHours: Float!
    hoursOff: Float!
    availableHours: Float!
    paidHours: Float!
    unpaidHours: Float!
    unknownPaidHours: Float!
    holiday: Holiday
    discrepancy: DiscrepancyKind
    acknowledgement: DiscrepancyAcknowledgement
    contributions: [Contribution!]!
    notes: [DayNote!]!
  }
  type WorkerSchedule {
    worker: Worker!
    hoursOff: Float!
    availableHours: Float!
    days: [WorkerDay!]!
  }
  type WorkerScheduleConnection {
    nodes: [WorkerSchedule!]!
    pageInfo: PageInfo!
    totalCount: Int!
  }
  input WorkerFilter { companyId: ID }
  type TimeOffInstance { id: ID! startDay: Date! endDay: Date! }
  type PersonTimeOff {
    id: ID!
    person: Person!
    reason: String
    isPaid: Boolean!
    repeat: Repeat!
    cadence: Int
    startDay: Date!
    endDay: Date!
    repeatEndDay: Date
    instances: [TimeOffInstance!]!
  }
  type UserError { code: String! message: String! path: [String!]! }
  type CreateTimeOffEntriesPayload {
    timeOffEntries: [TimeOffEntry!]!
    userErrors: [UserError!]!
  }
  type CreatePersonTimeOffPayload { personTimeOff: PersonTimeOff userErrors: [UserError!]! }
  input TimeOffEntryInput { userId: ID! hours: Float! requestedDate: Date! }
  input CreateTimeOffEntriesInput { timeOffEntries: [TimeOffEntryInput!]! }
  input CreatePersonTimeOffInput {
    companyId: ID!
    personId: ID!
    startDay: Date!
    endDay: Date!
    batchStartTime: String!
    batchEndTime: String!
    isPaid: Boolean!
    reason: String!
    repeat: Repeat!
    cadence: Int!
    repeatEndDay: Date!
  }
  input DateRange { from: Date to: Date }
  input TimeOffEntryFilter { userIds: [ID!] requestedDate: DateRange }
  type Query {
    timeOffEntries(filter: TimeOffEntryFilter, first: Int = 20): TimeOffEntryConnection!
    personTimeOff(id: ID!): PersonTimeOff
    schedule(
      from: Date!
      to: Date!
      filter: WorkerFilter
      first: Int = 20
      after: String
    ): WorkerScheduleConnection!
  }
  type Mutation {
    createTimeOffEntries(input: CreateTimeOffEntriesInput!): CreateTimeOffEntriesPayload!
    createPersonTimeOff(input: CreatePersonTimeOffInput!): CreatePersonTimeOffPayload!
  }
`
const isJoined = process.env.JOINED === '1'

const resolvers = {
  Query: isJoined
    ? {
        timeOffEntries: (_, asked) => store.entriesJoined(asked),
        personTimeOff: (_, { id }) => store.seriesJoined(id),
        schedule: (_, asked) => store.scheduleJoined(asked)
      }
    : {
        timeOffEntries: (_, asked) => store.entries(asked),
        personTimeOff: (_, { id }) => store.series(id),
        schedule: (_, asked) => store.schedule(asked)
      },
  WorkerScheduleConnection: { totalCount: () => store.countScheduled() },
  Mutation: {
    createTimeOffEntries: (_, { input }) => store.createEntries(input),
    createPersonTimeOff: (_, { input }) => store.createSeries(input)
  }
}

// Not cached beyond a request: the next one has to see what was written meanwhile.
const loader = load => ({ loader: async queries => load(queries), opts: { cache: false } })
const loaders = isJoined
  ? undefined
  : {
      TimeOffEntry: {
        user: loader(queries => store.users(queries.map(({ obj }) => obj.userId))),
        externalReferences: loader(queries => store.references(queries.map(({ obj }) => obj.key)))
      },
      Worker: {
        company: loader(queries => store.companies(queries.map(({ obj }) => obj.companyId))),
        user: loader(queries => store.users(queries.map(({ obj }) => obj.userId))),
        person: loader(queries => store.employees(queries.map(({ obj }) => obj.personId)))
      },
      User: { role: loader(queries => store.roles(queries.map(({ obj }) => obj.roleId))) },
      PersonTimeOff: {
        person: loader(queries => store.people(queries.map(({ obj }) => obj.personId))),
        instances: loader(queries => queries[0].obj.instances
          ? queries.map(({ obj }) => obj.instances) // of a record that was just made
          : store.instances(queries.map(({ obj }) => obj.key)))
      }
    }

const app = fastify()
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
