// The page at the gateway's endpoint: GraphiQL with the example operations in its tabs.

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { createGraphiQLFetcher, createLocalStorage } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { parse } from "graphql";
import { createRoot } from "react-dom/client";
import { ENDPOINT, SOCKET, fetchWatched } from "./gateway";
import { Who } from "./who";

// What graphiql/style.css holds, without Monaco's own, which comes with Monaco's code.
import "@graphiql/react/font/roboto.css";
import "@graphiql/react/font/fira-code.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./main.css";

// EXAMPLES and WORKERS are put in by build.mjs.

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = WORKERS[label] ?? WORKERS.editorWorkerService;
    return new Worker(new URL(file, import.meta.url), { name: label });
  },
};

const root = document.getElementById("graphiql");
// What is in the headers editor goes into a subscription's first message, where the gateway finds it.
const send = createGraphiQLFetcher({ url: ENDPOINT, fetch: fetchWatched, subscriptionUrl: SOCKET });

// For a moment after a change of tabs GraphiQL knows the operation of the tab before.
function fetcher(asked, options) {
  let documentAST;
  try {
    documentAST = parse(asked.query);
  } catch {
    return send(asked, options);
  }
  const names = documentAST.definitions.flatMap((each) => (each.operation && each.name?.value) ?? []);
  const operationName = names.includes(asked.operationName) ? asked.operationName : names[0];
  return send({ ...asked, operationName }, { ...options, documentAST });
}

// Under a name of its own: other GraphiQLs on this host and port have theirs.
const storage = createLocalStorage({ namespace: "timeoff-graphiql" });
const icon = document.querySelector("link[rel=icon]").href;
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

// What the editors start with. By itself GraphiQL would leave the variables of the first
// tab out until the tab is changed, and, after a query was edited but its variables were
// not, open a further tab without them at the next visit.
function readOpenTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState"));
    return tabs[activeTabIndex];
  } catch {
    return EXAMPLES[0];
  }
}

const openTab = readOpenTab();

// Beside the schemas of GraphiQL's own: ids may be written as numbers, too.
const scalarSchemas = { ID: { type: ["string", "integer"] } };

createRoot(root).render(
  <GraphiQL
    customScalarSchemas={scalarSchemas}
    defaultEditorToolsVisibility="variables"
    defaultTabs={EXAMPLES}
    fetcher={fetcher}
    initialQuery={openTab.query}
    initialVariables={openTab.variables}
    inputValueDeprecation
    plugins={plugins}
    schemaDescription
    shouldPersistHeaders={false}
    storage={storage}
  >
    <GraphiQL.Logo>
      <span className="gateway-head">
        <Who />
        <span className="gateway-name">
          <img src={icon} alt="" /> <span>Time-off gateway</span>
        </span>
      </span>
    </GraphiQL.Logo>
  </GraphiQL>,
);
