// Mercurius with graphql-jit. By default its loaders fetch what is nested, each kind in one
// statement; JOINED=1 joins rows instead, which is the fastest that it offers.
import fastify from 'fastify'
import mercurius from 'mercurius'
import * as store from './store.js'

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
  type Person { id: ID! fullName: String! }
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
        personTimeOff: (_, { id }) => store.seriesJoined(id)
      }
    : {
        timeOffEntries: (_, asked) => store.entries(asked),
        personTimeOff: (_, { id }) => store.series(id)
      },
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
