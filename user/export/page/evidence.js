// SPDX-License-Identifier: Apache-2.0
// The panel of what is known of one node or one edge: every attribute, every link with its evidence, times and basis.
import { actOf, BASES, GROUPS, KINDS } from "./kinds.js";
import { iconOf } from "./looks.js";
import { el, outside, plural, when } from "./text.js";

const SOME = 60; /* links of a group at once; the rest on demand */

/** A link to a node: `open` is called with its id. */
export const nodeLink = (lineage, id, open) =>
	el("button", { type: "button", class: "ref", onclick: () => open(id) }, KINDS[lineage.nodes.get(id)?.kind] && iconOf(lineage.nodes.get(id).kind), outside(lineage.label(id)));

export const basisMark = (basis) => el("span", { class: `basis ${BASES[basis] ? basis : ""}`, title: BASES[basis] ?? "" }, basis);

export const severityMark = (severity) => el("span", { class: `severity ${String(severity).toLowerCase()}` }, severity);

function attributes(attrs) {
	const rows = Object.entries(attrs).filter(([, value]) => value !== "" && value !== null && !(Array.isArray(value) && !value.length));
	if (!rows.length) return undefined;
	return el("dl", { class: "attrs" }, rows.map(([key, value]) => [
		el("dt", {}, outside(key.replaceAll("_", " "))),
		el("dd", {}, outside(Array.isArray(value) ? value.join(", ") : value)),
	]));
}

const times = (item) =>
	item.first && el("p", { class: "times" }, when(item.first), item.last && item.last !== item.first && [" to ", when(item.last)], item.count > 1 && ` · ${plural(item.count, "time")}`);

function linkItem(lineage, edge, id, open) {
	const out = edge.source === id, act = actOf(edge.kind);
	return el("li", {},
		el("div", { class: "link" }, el("button", { type: "button", class: "verb", title: "This link alone", onclick: () => open(edge.id) }, out ? act.verb : act.passive), " ", nodeLink(lineage, out ? edge.target : edge.source, open)),
		edge.evidence && el("p", { class: "proof" }, outside(edge.evidence)),
		el("p", { class: "times" }, when(edge.first), edge.last && edge.last !== edge.first && [" to ", when(edge.last)], edge.count > 1 && ` · ${plural(edge.count, "time")}`, " ", basisMark(edge.basis)));
}

function linkGroup(lineage, name, edges, id, open) {
	const list = el("ul", { class: "links" });
	const grow = (from) => {
		list.append(...edges.slice(from, from + SOME).map((edge) => linkItem(lineage, edge, id, open)));
		if (from + SOME >= edges.length) return;
		const more = el("li", {}, el("button", { type: "button", class: "more", onclick: () => (more.remove(), grow(from + SOME)) }, `${edges.length - from - SOME} more`));
		list.append(more);
	};
	grow(0);
	return el("section", {}, el("h3", {}, GROUPS[name], " ", el("span", { class: "n" }, edges.length)), list);
}

function findings(list, tell) {
	if (!list.length) return undefined;
	return el("section", {}, el("h3", {}, "Findings"), el("ul", { class: "plain" }, list.map((f) =>
		el("li", {}, severityMark(f.severity), " ", el("button", { type: "button", class: "ref", onclick: () => tell(f) }, outside(f.title ?? f.detector))))));
}

export function ofNode(lineage, id, { open, tell, fold, folded }) {
	const node = lineage.nodes.get(id), crew = lineage.crews.get(id), run = lineage.runs.get(id);
	const byGroup = new Map(Object.keys(GROUPS).map((name) => [name, []]));
	for (const edge of lineage.links.get(id)) byGroup.get(actOf(edge.kind).group).push(edge);
	return [
		el("p", { class: "over" }, iconOf(node.kind), node.kind in KINDS ? node.kind : "Node"),
		el("h2", {}, outside(node.label)),
		times(node),
		run !== undefined && el("p", { class: "within" }, "in ", nodeLink(lineage, run, open)),
		crew && el("p", {}, el("button", { type: "button", onclick: () => fold(id) }, folded ? `Unfold ${plural(crew.length, "process", "processes")}` : "Fold its processes")),
		findings(lineage.findingsOf(id), tell),
		...[...byGroup].filter(([, edges]) => edges.length).map(([name, edges]) => linkGroup(lineage, name, edges.sort((a, b) => (a.begin ?? 0) - (b.begin ?? 0)), id, open)),
		attributes(node.attrs),
		el("p", { class: "id" }, outside(node.id)),
	];
}

/** A card that stands for many of a kind. */
export function ofGroup(lineage, card, { open, fold }) {
	const list = el("ul", { class: "plain" });
	const members = card.members.map((id) => lineage.nodes.get(id)).filter((n) => n.kind === card.kind).sort((a, b) => (a.begin ?? 0) - (b.begin ?? 0));
	const grow = (from) => {
		list.append(...members.slice(from, from + SOME).map((n) => el("li", {}, nodeLink(lineage, n.id, open), " ", el("span", { class: "times" }, when(n.first)))));
		if (from + SOME >= members.length) return;
		const more = el("li", {}, el("button", { type: "button", class: "more", onclick: () => (more.remove(), grow(from + SOME)) }, `${members.length - from - SOME} more`));
		list.append(more);
	};
	grow(0);
	return [
		el("p", { class: "over" }, iconOf(card.kind), "Shown as one"),
		el("h2", {}, card.node.label),
		times(card.node),
		el("p", { class: "note" }, "Too many to stand on the screen one by one. One that is opened leaves the card."),
		el("p", {}, el("button", { type: "button", onclick: () => fold(card.id) }, "Unfold them all")),
		list,
	];
}

export function ofEdge(lineage, id, { open, tell }, bundle = [id]) {
	const edge = lineage.edges.get(id), act = actOf(edge.kind);
	return [
		el("p", { class: "over" }, GROUPS[act.group], " ", basisMark(edge.basis)),
		el("h2", { class: "said" }, nodeLink(lineage, edge.source, open), ` ${act.verb} `, nodeLink(lineage, edge.target, open)),
		times(edge),
		edge.evidence && el("p", { class: "proof" }, outside(edge.evidence)),
		el("p", { class: "note" }, BASES[edge.basis]),
		attributes(edge.attrs),
		findings(lineage.findingsOf(id), tell),
		bundle.length > 1 && el("section", {}, el("h3", {}, "The same between folded runs ", el("span", { class: "n" }, bundle.length)),
			el("ul", { class: "links" }, bundle.slice(0, SOME).map((other) => linkItem(lineage, lineage.edges.get(other), lineage.edges.get(other).source, open)))),
		el("p", { class: "id" }, outside(edge.kind), " ", outside(edge.id)),
	];
}
