// Bundles src/ and its npm packages into the folder given: hashed files to be cached for
// ever, manifest.json with the ones a page starts from, and everybody's licences.

import { readFile, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

const here = import.meta.dirname;
const outdir = path.resolve(process.argv[2] ?? path.join(here, "dist"));

// Monaco asks for a worker by its label, and for "editorWorkerService" where none fits.
const WORKERS = {
  editorWorkerService: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "./src/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};

const shared = {
  absWorkingDir: here,
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"', "process.env.USE_IMPORT": '"true"' },
  entryNames: "[name]-[hash]",
  legalComments: "linked",
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir,
  target: "es2022",
};

async function readExamples() {
  const folder = path.join(here, "src", "examples");
  const read = async (name) => (await readFile(path.join(folder, name), "utf8")).trimEnd();
  const names = JSON.parse(await read("index.json"));
  return Promise.all(
    names.map(async (name) => ({
      query: await read(`${name}.graphql`),
      variables: await read(`${name}.json`),
    })),
  );
}

/** The file names of a build's outputs, by entry point. */
function entryFiles({ outputs }) {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { entryPoint }]) => entryPoint)
      .map(([file, { entryPoint }]) => [path.basename(entryPoint), path.basename(file)]),
  );
}

async function buildWorkers() {
  const { metafile } = await build({ ...shared, entryPoints: Object.values(WORKERS), format: "iife" });
  const files = entryFiles(metafile);
  const byLabel = Object.entries(WORKERS).map(([label, source]) => [label, files[path.basename(source)]]);
  return { metafile, workers: Object.fromEntries(byLabel) };
}

async function buildPage(workers) {
  const { metafile } = await build({
    ...shared,
    entryPoints: ["src/main.jsx"],
    assetNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    define: {
      ...shared.define,
      EXAMPLES: JSON.stringify(await readExamples()),
      WORKERS: JSON.stringify(workers),
    },
    format: "esm",
    jsx: "automatic",
    loader: { ".ttf": "file" },
    splitting: true,
  });
  return metafile;
}

/** The folder of the npm package that a source file belongs to; undefined for our own. */
function packageOf(file) {
  return file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}

/** The licence texts of the packages whose code was bundled. */
async function readLicences(metafiles) {
  const packages = new Set(metafiles.flatMap(({ inputs }) => Object.keys(inputs).map(packageOf)));
  packages.delete(undefined);
  const texts = [...packages].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(
      await readFile(path.join(here, folder, "package.json"), "utf8"),
    );
    const notices = (await readdir(path.join(here, folder)))
      .filter((file) => /^(licen[cs]e|notice|copying|thirdpartynotices)/i.test(file))
      .map((file) => readFile(path.join(here, folder, file), "utf8"));
    return [`${name} ${version} (${license})`, ...(await Promise.all(notices))].join("\n\n");
  });
  return (await Promise.all(texts)).join(`\n\n${"=".repeat(80)}\n\n`);
}

/** A compressed copy beside each file, so that the server compresses nothing itself. */
async function compress() {
  const files = (await readdir(outdir)).filter((file) => /\.(css|js|ttf)$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const content = await readFile(path.join(outdir, file));
      await writeFile(path.join(outdir, `${file}.gz`), await promisify(gzip)(content, { level: 9 }));
    }),
  );
}

await mkdir(outdir, { recursive: true });
const { metafile: workerMetafile, workers } = await buildWorkers();
const pageMetafile = await buildPage(workers);
await writeFile(
  path.join(outdir, "THIRD-PARTY-LICENSES.txt"),
  await readLicences([workerMetafile, pageMetafile]),
);
await compress();
const manifest = {
  script: entryFiles(pageMetafile)["main.jsx"],
  // Also those of parts that are loaded later: nothing else would link them.
  styles: Object.keys(pageMetafile.outputs)
    .filter((file) => file.endsWith(".css"))
    .map((file) => path.basename(file)),
};
await writeFile(path.join(outdir, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
