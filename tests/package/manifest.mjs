// SPDX-License-Identifier: Apache-2.0
// Holds a manifest against the types and schemas of the Kubernetes API: manifest.mjs MODULES < JSON-ARRAY-OF-OBJECTS
//
// The compiler finds keys that the API does not know (an object literal may have no others), the validators wrong values.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const modules = resolve(process.argv[2]);
const require = createRequire(modules + "/");
const ts = require("typescript");
const objects = JSON.parse(readFileSync(0, "utf8"));
const place = ({ apiVersion, kind }) => `kubernetes-models/${apiVersion}/${kind}`;
const load = (object) => import(pathToFileURL(resolve(modules, `${place(object)}.js`)));

let source = "";
objects.forEach((object, n) => {
	source += `import type { I${object.kind} as T${n} } from "${place(object)}";\n`;
	source += `export const o${n}: T${n} = ${JSON.stringify(object, null, 1)};\n`;
});
const file = resolve(modules, "../manifest.ts"); // is nowhere but here: imports are looked for beside it
const options = { strict: true, noEmit: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, types: [] };
const host = ts.createCompilerHost(options);
const exists = host.fileExists;
host.fileExists = (name) => name === file || exists(name);
const read = host.getSourceFile;
host.getSourceFile = (name, ...rest) => (name === file ? ts.createSourceFile(name, source, rest[0]) : read(name, ...rest));
const complaints = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host)).map((d) => ts.flattenDiagnosticMessageText(d.messageText, " "));

for (const object of objects) {
	try {
		new (await load(object))[object.kind](object).validate();
	} catch (e) {
		complaints.push(`${object.kind}: ${e.message}`);
	}
}
complaints.forEach((c) => console.log(c));
process.exit(complaints.length ? 1 : 0);
