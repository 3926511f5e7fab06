// SPDX-License-Identifier: Apache-2.0
// The lineage of the page, indexed: who stands where, what hangs on what, in which order it happened. Never changed.
import { actOf, SEVERITIES } from "./kinds.js";
import { instant } from "./text.js";

const members = (object, name) => (Array.isArray(object?.[name]) ? object[name].filter((item) => item && typeof item === "object") : []);

/** Nodes and edges get `begin` and `end` in milliseconds; an edge also `from` and `to`: the way that the value went. */
export class Lineage {
	constructor(json) {
		this.json = json;
		this.nodes = new Map(members(json, "nodes").map((n) => [n.id, { ...n, attrs: n.attrs ?? {}, ...span(n) }]));
		this.edges = new Map();
		this.links = new Map([...this.nodes.keys()].map((id) => [id, []]));
		for (const edge of members(json, "edges")) this.#addEdge(edge);
		this.findings = members(json, "findings").map((f) => ({ ...f, nodes: f.nodes ?? [], edges: f.edges ?? [], ...span(f) }));
		this.findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (a.begin ?? 0) - (b.begin ?? 0));
		this.gaps = members(json, "gaps");
		this.focus = new Set(json.focus?.nodes ?? []);
		this.acts = [...this.edges.values()].filter((e) => actOf(e.kind).group !== "belongs" && e.begin !== undefined);
		this.acts.sort((a, b) => a.begin - b.begin || (a.id < b.id ? -1 : 1));
		this.#findRuns();
	}

	#addEdge(edge) {
		if (!this.nodes.has(edge.source) || !this.nodes.has(edge.target)) return;
		const { back } = actOf(edge.kind);
		const e = { ...edge, attrs: edge.attrs ?? {}, ...span(edge), from: back ? edge.target : edge.source, to: back ? edge.source : edge.target };
		this.edges.set(e.id, e);
		this.links.get(e.source).push(e);
		if (e.target !== e.source) this.links.get(e.target).push(e);
	}

	/** A process stands in the run that it became part of last; `runs`: process -> run, `crews`: run -> processes. */
	#findRuns() {
		this.runs = new Map();
		this.crews = new Map();
		const since = new Map();
		for (const e of this.edges.values()) {
			if (e.kind !== "PART_OF" || this.nodes.get(e.source).kind !== "Process" || this.nodes.get(e.target).kind !== "Run") continue;
			const run = this.nodes.get(e.target);
			const begin = Math.max(e.begin ?? 0, run.begin ?? 0);
			if (begin < (since.get(e.source) ?? -1)) continue;
			since.set(e.source, begin);
			this.runs.set(e.source, e.target);
		}
		for (const [process, run] of this.runs) this.crews.set(run, [...(this.crews.get(run) ?? []), process]);
	}

	findingsOf = (id) => this.findings.filter((f) => f.credential === id || f.nodes.includes(id) || f.edges.includes(id));
	label = (id) => this.nodes.get(id)?.label ?? id;
}

const span = (item) => ({ begin: instant(item.first), end: instant(item.last) });
