// Reads a lineage with readers from npm and holds it against the native export:
//   node read.mjs STEM SCHEMA     STEM.json against the schema with ajv; STEM.mermaid with Mermaid's own parser
import fs from "node:fs";
import { JSDOM } from "jsdom";

const [stem, schema] = process.argv.slice(2);
const native = JSON.parse(fs.readFileSync(`${stem}.json`, "utf8"));
let failed = 0;

async function check(name, action) {
	try {
		await action();
		console.log(`ok ${name}`);
	} catch (e) {
		failed = 1;
		console.log(`not ok ${name}: ${String(e.message ?? e).slice(0, 600)}`);
	}
}

function same(what, got, want) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
	if (a !== b)
		throw new Error(`${what} ${a}, not ${b}`);
}

await check("json: its schema holds (ajv)", async () => {
	const { default: Ajv } = await import("ajv/dist/2020.js");
	const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
	const holds = ajv.compile(JSON.parse(fs.readFileSync(schema, "utf8")));
	if (!holds(native))
		throw new Error(ajv.errorsText(holds.errors));
});

// The comment before a node is "%% n1 ID", before an edge "%% ID".
function identities(text) {
	const nodes = new Map(), edges = [];
	for (const line of text.split("\n")) {
		const node = /^%% (n\d+) (\S+)$/.exec(line), edge = /^%% (\S+)$/.exec(line);
		if (node)
			nodes.set(node[1], decodeURIComponent(node[2]));
		else if (edge)
			edges.push(decodeURIComponent(edge[1]));
	}
	return { nodes, edges };
}

// As Mermaid keeps a character reference until it draws.
const plain = (text) => text.replace(/ﬂ°°(\d+)¶ß/g, (_, n) => String.fromCodePoint(n)).replace(/ﬂ°(\w+)¶ß/g, "&$1;");

// What a person sees of a label: what is printable of its first 60 characters.
const begins = (label) => [...label].slice(0, 60).join("").split(/[^\x20-\x7e]/)[0].trim();

await check("mermaid: its parser reads every node and edge, and the labels are text", async () => {
	const window = new JSDOM("<!doctype html><body></body>").window;
	Object.assign(globalThis, { window, document: window.document });
	const { default: mermaid } = await import("mermaid");
	mermaid.initialize({ startOnLoad: false, maxTextSize: 1e8, maxEdges: 1e6 });
	const text = fs.readFileSync(`${stem}.mermaid`, "utf8");
	same("type", await mermaid.parse(text), { diagramType: "flowchart-v2", config: {} });
	const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
	const { nodes, edges } = identities(text);
	same("nodes", [...nodes.values()].sort(), native.nodes.map((n) => n.id).sort());
	same("nodes that were read", [...db.getVertices().keys()].sort(), [...nodes.keys()].sort());
	const ends = new Map(native.edges.map((e) => [e.id, [e.source, e.target]]));
	same("number of edges", db.getEdges().length, native.edges.length);
	db.getEdges().forEach((e, i) => {
		same(`ends of ${edges[i]}`, [nodes.get(e.start), nodes.get(e.end)], ends.get(edges[i]));
	});
	const labels = new Map(native.nodes.map((n) => [n.id, n.label]));
	for (const [name, vertex] of db.getVertices()) {
		const shown = plain(vertex.text), want = begins(labels.get(nodes.get(name)));
		if (!shown.startsWith(want))
			throw new Error(`${name} is ${JSON.stringify(shown)}, not ${JSON.stringify(want)}`);
		const markup = vertex.text.replaceAll("<br>", "").replaceAll("<br/>", "");
		if (/[<>&"`]/.test(markup))
			throw new Error(`markup in ${JSON.stringify(markup)}`);
	}
});

process.exit(failed);
