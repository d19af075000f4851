// What the Relay client asks for: read by relay-compiler, which writes __generated__/.

import { graphql } from "relay-runtime";

export const query = graphql`
  query EntriesQuery($user: ID!) {
    user(id: $user) {
      ...Entries_user
    }
  }
`;

// A page of a user's entries, and by way of Query.node the next ones.
export const fragment = graphql`
  fragment Entries_user on User
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "EntriesPaginationQuery") {
    fullName
    timeOffEntries(first: $count, after: $cursor) @connection(key: "Entries_timeOffEntries") {
      edges {
        node {
          id
          requestedDate
          ...Entries_hours
        }
      }
    }
  }
`;

// One entry, to be read again by itself.
export const hours = graphql`
  fragment Entries_hours on TimeOffEntry @refetchable(queryName: "EntriesRefetchQuery") {
    hours
    ... on TimeOff {
      totalHours
    }
  }
`;

export const create = graphql`
  mutation EntriesCreateMutation($input: CreateTimeOffEntriesInput!) {
    createTimeOffEntries(input: $input) {
      timeOffEntries {
        id
        ...Entries_hours
      }
      userErrors {
        code
        message
      }
    }
  }
`;
