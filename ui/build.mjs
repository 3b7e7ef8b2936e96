// Builds the page into mockserver/control/inspector, or (--tests) the tests into .tests. The same sources and locked
// packages give the same bytes; build.json says of which sources and files. --out FOLDER builds elsewhere.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const argument = process.argv.indexOf("--out");
const OUT = argument < 0 ? "../mockserver/control/inspector" : process.argv[argument + 1];
const COMMON = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

async function list(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.replaceAll("\\", "/")).sort();
}

async function digest(files, prefix = "") {
  const pairs = files.map(async (file) => {
    const content = await readFile(prefix + file);
    return [file, createHash("sha256").update(content).digest("hex")];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** The licenses of the packages whose code is in the built files. */
async function writeLicenses(inputs) {
  const names = inputs.map((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[0]).filter(Boolean);
  const texts = [...new Set(names)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? (await readFile(`${folder}/${file}`, "utf8")).trim() : `License: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  await writeFile(`${OUT}/LICENSES.txt`, (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`));
}

async function buildPage() {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  // The editor is a chunk of its own: it is loaded when somebody writes.
  const page = await build({
    ...COMMON,
    entryPoints: ["src/main.tsx"],
    entryNames: "app",
    chunkNames: "part-[hash]",
    format: "esm",
    splitting: true,
    outdir: OUT,
  });
  // The page of an exported session: one script, put into the file with its data.
  await build({ ...COMMON, entryPoints: ["src/report.tsx"], format: "iife", outfile: `${OUT}/report.js` });
  for (const name of ["index.html", "report.html"]) {
    await writeFile(`${OUT}/${name}`, await readFile(`src/${name}`));
  }
  await writeLicenses(Object.keys(page.metafile.inputs));
  const sources = [...(await list("src")), "build.mjs", "package-lock.json", "package.json", "tsconfig.json"];
  const files = (await readdir(OUT)).sort();
  const told = { sources: await digest(sources), files: await digest(files, `${OUT}/`) };
  await writeFile(`${OUT}/build.json`, JSON.stringify(told, null, 1) + "\n");
}

async function buildTests() {
  await rm(".tests", { recursive: true, force: true });
  const tests = (await list("tests")).filter((file) => /\.test\.tsx?$/.test(file));
  await build({
    ...COMMON,
    minify: false,
    entryPoints: tests,
    platform: "node",
    packages: "external",
    format: "esm",
    outdir: ".tests",
    outExtension: { ".js": ".mjs" },
  });
}

await (process.argv.includes("--tests") ? buildTests() : buildPage());
