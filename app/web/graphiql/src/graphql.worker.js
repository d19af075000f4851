// The GraphQL worker of monaco-graphql, which takes every non-null variable and input field
// for one that has to be given, also where it has a default (graphql/graphiql issue 3571).

import { Kind, parse, visit } from "graphql";
import { initialize } from "monaco-editor/esm/vs/editor/editor.worker";
import { GraphQLWorker } from "monaco-graphql/esm/GraphQLWorker.js";

class GatewayWorker extends GraphQLWorker {
  /** What the variables editor checks against. */
  async doGetVariablesJSONSchema(uri) {
    const schema = await super.doGetVariablesJSONSchema(uri);
    if (!schema) return schema;
    const variables = variablesWithDefault(this._getTextModel(uri).getValue());
    const withDefault = (properties) => Object.keys(properties).filter((name) => "default" in properties[name]);
    // graphql-language-service notes the defaults of input fields, and those of variables nowhere.
    leaveOut(schema, variables);
    for (const inputType of Object.values(schema.definitions ?? {})) {
      leaveOut(inputType, withDefault(inputType.properties));
    }
    return schema;
  }
}

function leaveOut(object, names) {
  object.required = object.required.filter((name) => !names.includes(name));
}

/** The names of the document's variables that need not be given. */
function variablesWithDefault(document) {
  const names = [];
  visit(parse(document), {
    [Kind.VARIABLE_DEFINITION]({ variable, defaultValue }) {
      if (defaultValue) names.push(variable.name.value);
    },
  });
  return names;
}

globalThis.onmessage = () => {
  initialize((context, settings) => new GatewayWorker(context, settings));
};
