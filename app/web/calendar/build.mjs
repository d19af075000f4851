// Bundles src/ and its npm packages into the folder given: hashed files to be cached for
// ever, manifest.json with the ones the page starts from, and everybody's licences.
//
//   node build.mjs dist       all of it
//   node build.mjs types      only src/generated.ts, for an editor and for tsc

import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
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

/** Writes the types of all that documents.graphql asks, from the gateway's schema. */
async function generateTypes() {
  const sdl = await readFile(SCHEMA, "utf8");
  const location = path.join(here, "src", "documents.graphql");
  const document = parse(await readFile(location, "utf8"));
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
    documents: [{ location, document }],
    config,
    plugins: [{ operations: {} }, { typedDocuments: {} }],
    pluginMap: { operations, typedDocuments },
  });
  await writeFile(path.join(here, "src", "generated.ts"), generated);
}

/** Bundles, and returns the names of the script and of the styles. */
async function bundle(outdir) {
  const { output } = await build({
    configFile: false,
    root: here,
    logLevel: "warn",
    build: {
      outDir: outdir,
      assetsDir: "",
      emptyOutDir: true,
      license: { fileName: "THIRD-PARTY-LICENSES.md" },
      modulePreload: false,
      target: "es2022",
      rollupOptions: {
        input: path.join(here, "src", "main.tsx"),
        output: { entryFileNames: "[name]-[hash].js", assetFileNames: "[name]-[hash][extname]" },
      },
    },
  });
  const names = output.map(({ fileName }) => fileName);
  return {
    script: names.find((name) => name.endsWith(".js")),
    styles: names.filter((name) => name.endsWith(".css")),
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

const [wanted = "dist"] = process.argv.slice(2);
await generateTypes();
if (wanted !== "types") {
  const outdir = path.resolve(wanted);
  const manifest = await bundle(outdir);
  await compress(outdir);
  await writeFile(path.join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
