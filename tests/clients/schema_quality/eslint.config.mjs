// graphql-eslint: its rules for schemas, for Relay and for operations. Each exception says why.

import graphql from "@graphql-eslint/eslint-plugin";

const documents = ["examples/*.graphql", "operations.graphql"];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql", documents } },
    },
    plugins: { "@graphql-eslint": graphql },
  },
  {
    files: ["schema.graphql"],
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      "@graphql-eslint/relay-arguments": [
        "error",
        {
          // The change feed is only read onwards. Every other list goes both ways, which
          // test_schema_quality.py holds.
          includeBoth: false,
        },
      ],
      "@graphql-eslint/relay-edge-types": [
        "error",
        {
          // Instances, errors and the like are short lists without pages.
          listTypeCanWrapOnlyEdgeType: false,
          // A change is a line of a log, a schedule and a discrepancy are computed for a
          // window: nobody fetches them again by an id. Every other edge leads to a Node,
          // which test_schema_quality.py holds.
          shouldImplementNode: false,
        },
      ],
      "@graphql-eslint/require-description": [
        "error",
        {
          // More than is recommended: clients read the descriptions in their editors.
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          // Strawberry prints no descriptions there; the directive's own says what they mean.
          ignoredSelectors: ["DirectiveDefinition > InputValueDefinition"],
        },
      ],
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          exceptions: {
            // Parts of the answer to one request, which no client keeps by themselves.
            suffixes: ["Connection", "Edge", "Payload"],
            types: [
              "PageInfo",
              "Viewer", // who asks: one for each request
              "AccessEvent", // only ever read as a list
              "TimeOffEntryResult", // an item of a payload
              "MirrorResult",
              "Loss", // a part of a payload, and of a part of it
              "ClockTimes",
              "ChangedDays", // a range, and an event of a subscription
              "DaysChanged",
              "Warning",
              "ExternalReferenceConflict", // the user errors of a payload
              "ChangedSince",
              "DayChangedSince",
              "ItemChangedSince",
              "OccurrenceElsewhere",
              "InvalidInput",
              "WorkdayHoursExceeded",
              // Computed, for the window that was asked for.
              "TimeOffDay",
              "WorkerSchedule",
              "WorkerDay",
              "Contribution",
              "DayNote",
              "Discrepancy",
              "Erasure", // how much it was: a part of a payload
              "WorkerMove", // likewise
              "WorkerApart", // why a worker is alone: a part of it
              "SyncProgress", // a part of a connected system
              "Change", // known by its company and sequence
              "WebhookDelivery", // only ever read as a list
            ],
          },
        },
      ],
    },
  },
  {
    files: [...documents, "**/*.mjs/*.graphql"],
    rules: graphql.configs["flat/operations-recommended"].rules,
  },
  {
    files: ["examples/*.graphql"],
    rules: {
      // GraphiQL's examples are read by people: no cache needs the ids.
      "@graphql-eslint/require-selections": "off",
    },
  },
  {
    files: ["*.mjs"],
    processor: graphql.processor,
    plugins: { "@graphql-eslint": graphql },
  },
];
