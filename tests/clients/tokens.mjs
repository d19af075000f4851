// How each client sends a token: every one of them is asked who it is.

import assert from "node:assert/strict";
import { gql, InMemoryCache } from "@apollo/client";
import { url } from "./support.mjs";

const token = process.argv[3];
// #region docs
import { ApolloClient, HttpLink } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const authorization = `Bearer ${token}`;

const apollo = (cache) =>
  new ApolloClient({ cache, link: new HttpLink({ uri: url, headers: { authorization } }) });

const urql = () =>
  new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers: { authorization } } });

// Browsers give a handshake no header: the token comes in the first message.
const socket = () =>
  createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization },
  });

// Relay and graphql-codegen, where `fetch` is yours: one header more.
const ask = (query, variables) =>
  fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", authorization },
    body: JSON.stringify({ query, variables }),
  });
// #endregion

const TEXT = "{ viewer { name } }";
const WHO = gql(TEXT);
const me = { name: "clients" };

const { data } = await apollo(new InMemoryCache()).query({ query: WHO });
assert.equal(data.viewer.name, me.name);

assert.equal((await urql().query(WHO, {})).data.viewer.name, me.name);

const answer = await ask(TEXT);
assert.deepEqual((await answer.json()).data.viewer, me);
assert.ok(answer.headers.get("x-request-id"));

const client = socket();
for await (const { data } of client.iterate({ query: TEXT })) {
  assert.deepEqual(data.viewer, me);
}
await client.dispose();

const without = await fetch(url, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ query: TEXT }),
});
assert.equal(without.status, 401);
assert.equal((await without.json()).errors[0].extensions.code, "UNAUTHENTICATED");

console.log("all passed");
