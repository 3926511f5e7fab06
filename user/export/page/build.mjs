// SPDX-License-Identifier: Apache-2.0
// Makes the page: node build.mjs MODULES OUT
//
// page.html, page.css and the modules that main.js reaches become one file. Its policy names the digests of its one
// script and one style, so it is written here, where they are known. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(resolve(modules) + "/")("esbuild");
const bundled = { bundle: true, minify: true, write: false, charset: "ascii", legalComments: "none", target: ["es2022"] };

function bundle(entry, options) {
	const result = esbuild.buildSync({ ...bundled, ...options, entryPoints: [join(here, entry)], nodePaths: [resolve(modules)] });
	return result.outputFiles[0].text.trim();
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const script = bundle("main.js", { format: "esm" });
const style = bundle("page.css", { charset: "utf8" });
const notice = readFileSync(join(here, "THIRD-PARTY.txt"), "utf8");
const policy = [
	"default-src 'none'",
	`script-src ${digest(script)}`,
	`style-src ${digest(style)}`,
	"img-src data:", // the icons of the graph, and its picture for the printer
	"base-uri 'none'",
	"form-action 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'", // no text can become markup, whatever the script does
].join("; ");

for (const [name, text] of [["script", script], ["style", style], ["licence", notice]])
	if (/<\/(script|style)|<!--|-->/i.test(text)) throw new Error(`the ${name} would end its element`);

const parts = { POLICY: policy, STYLE: style, SCRIPT: script, NOTICE: notice };
const page = readFileSync(join(here, "page.html"), "utf8").trimEnd();
writeFileSync(out, page.replace(/\{\{([A-Z]+)\}\}/g, (_, name) => parts[name]));
