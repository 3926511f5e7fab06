// SPDX-License-Identifier: Apache-2.0
// What is read rather than looked at: what is missing, the findings, the blast radius, every act in order, coverage.
import { basisMark, nodeLink, severityMark } from "./evidence.js";
import { actOf } from "./kinds.js";
import { briefly, el, outside, plural, when } from "./text.js";

const SOME = 200; /* rows at once; the rest on demand */

function table(heads, rows, caption) {
	const body = el("tbody");
	const holder = el("div", { class: "rows" }, el("table", {}, caption && el("caption", {}, caption), el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), body));
	const grow = () => {
		const from = body.rows.length;
		body.append(...rows.slice(from, from + SOME).map((cells) => el("tr", {}, cells().map((cell, i) => el("td", { "data-head": heads[i] }, cell)))));
		if (body.rows.length < rows.length) {
			const more = el("button", { type: "button", class: "more", onclick: () => (more.remove(), grow()) }, `${plural(rows.length - body.rows.length, "more row")}`);
			holder.append(more);
		}
	};
	grow();
	return holder;
}

/* ---- what is missing ---- */

function gapText(lineage, gap, open) {
	const node = gap.node !== undefined && (lineage.nodes.has(gap.node) ? nodeLink(lineage, gap.node, open) : outside(gap.node));
	switch (gap.kind) {
	case "limit":
		return [`There are more than ${gap.limit} `, outside(String(gap.what ?? "items").replaceAll("_", " ")), ": the rest is left out"];
	case "summarised":
		return [`${plural(gap.edges, "link")} of `, node, " were not gone through"];
	case "unknown_parent":
		return ["Who started ", node, " is not known"];
	case "loss":
		return [`${plural(gap.count, "event")} lost`, gap.act && [" of ", outside(gap.act)], gap.stage && [" (", outside(gap.stage), ")"]];
	default:
		return [outside(gap.detail ?? gap.kind), gap.count > 1 && ` (${plural(gap.count, "time")})`];
	}
}

const gapList = (lineage, gaps, open) => el("ul", {}, gaps.map((gap) => el("li", {}, gapText(lineage, gap, open))));

export function fillGaps(to, lineage, open) {
	const { gaps, json } = lineage;
	if (json.complete === true && !gaps.length) return;
	to.hidden = false;
	const first = gaps.slice(0, 3), rest = gaps.slice(3);
	to.replaceChildren(
		el("strong", {}, "This lineage is not complete"),
		gapList(lineage, first, open),
		rest.length ? el("details", {}, el("summary", {}, `${plural(rest.length, "more gap")}`), gapList(lineage, rest, open)) : "");
}

export function fillCoverage(to, lineage, open) {
	const { coverage = {} } = lineage.json, acts = coverage.acts ?? [], lost = coverage.lost ?? [];
	to.append(
		el("p", { class: coverage.complete ? "fine" : "bad" }, coverage.complete ? "The monitor saw every act that it watches for." : "The monitor did not see everything, or has not said what it sees."),
		acts.length ? table(["Act", "Seen by", ""], acts.map((a) => () => [outside(a.act ?? ""), outside(a.tier ?? ""), outside(a.detail ?? "")]), "What was watched") : "",
		lost.length ? table(["Act", "Where", "Events"], lost.map((l) => () => [outside(l.act ?? ""), outside(l.stage ?? ""), `${l.count}`]), "What was lost") : "",
		lineage.gaps.length ? [el("h3", {}, "Gaps"), gapList(lineage, lineage.gaps, open)].reduce((all, e) => (all.append(e), all), el("div")) : el("p", { class: "fine" }, "No gaps: nothing was left out."));
}

/* ---- findings ---- */

export function fillFindings(list, lineage, tell) {
	if (!lineage.findings.length) {
		list.append(el("li", { class: "note" }, "No finding concerns this lineage."));
		return;
	}
	list.append(...lineage.findings.map((f) =>
		el("li", {}, el("button", { type: "button", class: "finding", "aria-pressed": "false", "data-id": f.id, onclick: () => tell(f) },
			el("span", { class: "head" }, severityMark(f.severity), el("span", { class: "detector" }, outside(f.detector)), f.count > 1 && el("span", { class: "n" }, `×${f.count}`)),
			el("span", { class: "name" }, outside(f.title ?? f.detector)),
			f.message && el("span", { class: "message" }, outside(briefly(f.message))),
			el("span", { class: "times" }, when(f.first), " · ", outside(f.id))))));
}

export function markFinding(list, finding) {
	for (const button of list.querySelectorAll(".finding")) button.setAttribute("aria-pressed", String(button.dataset.id === finding?.id));
}

/* ---- blast radius ---- */

const tally = (n, one) => el("li", {}, el("b", {}, n.toLocaleString("en")), " ", n === 1 ? one : one.replace(/^\w+/, "$&s"));

export function fillBlast(to, lineage, open) {
	const blast = lineage.json.blast_radius;
	if (!blast) {
		to.append(el("p", { class: "note" }, "This lineage has no credential to follow: blast radius is told of a lineage around a credential or a finding."));
		return;
	}
	const ref = (item) => (lineage.nodes.has(item.id) ? nodeLink(lineage, item.id, open) : outside(item.label ?? item.id));
	const held = (item) => (item.runs ?? []).map((id, i) => [i ? ", " : "", ref({ id, label: (blast.runs ?? []).find((run) => run.id === id)?.label })]).flat();
	const host = (id) => outside((blast.hosts ?? []).find((h) => h.id === id)?.label ?? id ?? "");
	const parts = [
		["runs", "run", "Runs that had it", ["Run", "Workflow", "Host", "First", "Last", "Basis"], (r) => [ref(r), outside(r.workflow ?? ""), host(r.host), when(r.first), when(r.last), basisMark(r.basis ?? "")]],
		["hosts", "host", "Hosts that it was on", ["Host"], (h) => [ref(h)]],
		["files", "file", "Files that it lies in", ["File", "Basis"], (f) => [ref(f), basisMark(f.basis ?? "")]],
		["destinations", "destination", "Destinations that it was used toward, or could have been", ["Destination", "First", "Last", "Basis"], (d) => [ref(d), when(d.first), when(d.last), basisMark(d.basis ?? "")]],
		["also_held", "credential within reach", "Other credentials within reach of the same processes", ["Credential", "Provider", "Class", "Runs"], (c) => [ref(c), outside(c.provider ?? ""), outside(c.class ?? ""), el("span", {}, ...held(c))]],
	];
	to.append(el("ul", { class: "tally" }, parts.map(([name, one]) => tally((blast[name] ?? []).length, one))));
	for (const [name, , title, heads, cells] of parts) {
		const items = blast[name] ?? [];
		if (items.length) to.append(table(heads, items.map((item) => () => cells(item)), title));
	}
}

/* ---- acts ---- */

export function fillActs(to, lineage, open) {
	if (!lineage.acts.length) {
		to.append(el("p", { class: "note" }, "No act is in this lineage."));
		return;
	}
	to.append(table(["Time (UTC)", "Who", "Did", "To what", "Evidence", "Basis", "Times"], lineage.acts.map((edge) => () => [
		el("button", { type: "button", class: "ref", onclick: () => open(edge.id) }, when(edge.first)), nodeLink(lineage, edge.source, open), actOf(edge.kind).verb,
		nodeLink(lineage, edge.target, open), outside(edge.evidence ?? ""), basisMark(edge.basis), edge.count > 1 ? `${edge.count}` : "1",
	])));
}
