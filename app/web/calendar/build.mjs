// Bundles src/ and its npm packages into the folder given: hashed files to be cached for
// ever, manifest.json with the ones the page starts from, and everybody's licences. The pages
// for administrators, which share modules with the calendar, go into its folder directory/: a
// bundle of their own, so that the calendar loads nothing of them.
//
//   node build.mjs dist       all of it
//   node build.mjs types      only the generated*.ts, for an editor and for tsc

import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { TYPE, isStructurallySame, parse as parseMessage } from "@formatjs/icu-messageformat-parser";
import { buildSchema, parse } from "graphql";
import { build } from "vite";

const here = import.meta.dirname;
const SCHEMA = path.join(here, "..", "..", "..", "graphql_schema", "schema.graphql");
const SCALARS = {
  Date: "string",
  DateTime: "string",
  ID: "string",
  JSON: "unknown",
  LocalTime: "string",
};

/** Writes the types of all that a folder's documents.graphql asks, and both ask, from the gateway's schema. */
async function generateTypes(folder) {
  const sdl = await readFile(SCHEMA, "utf8");
  const files = [path.join(CALENDAR, "refusals.graphql"), path.join(folder, "documents.graphql")];
  const documents = await Promise.all(
    files.map(async (location) => ({ location, document: parse(await readFile(location, "utf8")) })),
  );
  const config = {
    scalars: SCALARS,
    enumType: "string-literal",
    useTypeImports: true,
    skipTypename: true,
    dedupeFragments: true,
    avoidOptionals: { field: true },
    documentMode: "documentNode",
    optimizeDocumentNode: true,
  };
  const generated = await codegen({
    filename: "generated.ts",
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents,
    config,
    plugins: [{ operations: {} }, { typedDocuments: {} }],
    pluginMap: { operations, typedDocuments },
  });
  await writeFile(path.join(folder, "generated.ts"), generated);
}

const CALENDAR = path.join(here, "src");
const DIRECTORY = path.join(CALENDAR, "directory");
const MESSAGES = [CALENDAR, DIRECTORY].map((folder) => path.join(folder, "messages"));
const PARSER = "@formatjs/icu-messageformat-parser";

async function readMessages(file) {
  return JSON.parse(await readFile(file, "utf8"));
}

/** The arguments of a message with their types, also of those within plurals, choices and tags. */
function argumentsOf(elements, found = {}) {
  for (const { type, value, options = {}, children = [] } of elements) {
    if (type === TYPE.argument || type === TYPE.select) found[value] = "string";
    if (type === TYPE.number || type === TYPE.plural) found[value] = "number";
    if (type === TYPE.tag) found[value] = "Tag";
    for (const option of Object.values(options)) argumentsOf(option.value, found);
    argumentsOf(children, found);
  }
  return found;
}

/** Writes which messages there are, and with which arguments, from the English ones. */
async function generateMessageTypes(folder) {
  const english = Object.entries(await readMessages(path.join(folder, "messages", "en.json")));
  const lines = english.map(([id, text]) => {
    const named = Object.entries(argumentsOf(parseMessage(text))).map(([name, type]) => `${name}: ${type}`);
    return `  ${JSON.stringify(id)}: { ${named.join("; ")} };`;
  });
  // What the pages say beside the calendar's messages is added to these, and to what they import.
  const added = path.relative(folder, CALENDAR);
  const types = `interface Messages {\n${lines.join("\n")}\n}\n`;
  const generated = added
    ? `import type {} from "${added}/messages";\n\ndeclare module "${added}/generated-messages" {\n${types}}\n`
    : `import type { Tag } from "./messages";\n\nexport ${types}`;
  await writeFile(path.join(folder, "generated-messages.ts"), generated.replaceAll("{  }", "{}"));
}

/** Parses the messages here, so that the page needs no parser; what has no arguments stays a text. */
function messages() {
  return {
    name: "messages",
    async load(file) {
      if (!MESSAGES.includes(path.dirname(file))) return undefined;
      const english = await readMessages(path.join(path.dirname(file), "en.json"));
      const parsed = Object.entries(await readMessages(file)).map(([id, text]) => {
        const elements = parseMessage(text, { captureLocation: false });
        const { success, error } = isStructurallySame(parseMessage(english[id] ?? text), elements);
        if (!success) throw new Error(`${path.basename(file)}, ${id}: ${error.message}`);
        const isPlain = elements.every(({ type }) => type === TYPE.literal);
        return [id, isPlain ? elements.map(({ value }) => value).join("") : elements];
      });
      // As a text that is parsed: faster than a program, and smaller.
      const text = JSON.stringify(JSON.stringify(Object.fromEntries(parsed)));
      return { code: `export default JSON.parse(${text});`, moduleType: "js" };
    },
  };
}

/** Bundles, and returns the names of the script and of the styles. */
async function bundle(entry, outdir, license) {
  const { output } = await build({
    configFile: false,
    root: here,
    logLevel: "warn",
    plugins: [messages()],
    resolve: { alias: [{ find: new RegExp(`^${PARSER}$`), replacement: `${PARSER}/no-parser.js` }] },
    build: {
      outDir: outdir,
      assetsDir: "",
      emptyOutDir: true,
      license,
      modulePreload: false,
      target: "es2022",
      rollupOptions: {
        input: entry,
        output: {
          entryFileNames: "[name]-[hash].js",
          chunkFileNames: "[name]-[hash].js",
          assetFileNames: "[name]-[hash][extname]",
        },
      },
    },
  });
  return {
    script: output.find(({ isEntry }) => isEntry).fileName,
    styles: output.map(({ fileName }) => fileName).filter((name) => name.endsWith(".css")),
  };
}

/** A compressed copy beside each file, so that the server compresses nothing itself. */
async function compress(outdir) {
  const files = (await readdir(outdir)).filter((file) => /\.(css|js)$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const content = await readFile(path.join(outdir, file));
      await writeFile(path.join(outdir, `${file}.gz`), await promisify(gzip)(content, { level: 9 }));
    }),
  );
}

/** Bundles a page from its folder's main.tsx, with its manifest. */
async function page(folder, outdir, license) {
  const manifest = await bundle(path.join(folder, "main.tsx"), outdir, license);
  await compress(outdir);
  await writeFile(path.join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

const [wanted = "dist"] = process.argv.slice(2);
for (const folder of [CALENDAR, DIRECTORY]) {
  await generateTypes(folder);
  await generateMessageTypes(folder);
}
if (wanted !== "types") {
  const outdir = path.resolve(wanted);
  await page(CALENDAR, outdir, { fileName: "THIRD-PARTY-LICENSES.md" });
  // Its packages are the calendar's.
  await page(DIRECTORY, path.join(outdir, "directory"), false);
}
