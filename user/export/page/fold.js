// SPDX-License-Identifier: Apache-2.0
// What of a lineage stands on the screen. A run is either open, a box with its processes in it, or folded to one card
// that stands for all of them; of a kind that has too many, those that the question is not about are one card, too.
// Nothing is dropped: a card and a line know what they stand for.
import { actOf, KINDS } from "./kinds.js";
import { plural } from "./text.js";

/** More cards than this at once help nobody. */
const ENOUGH = 140;
const FEW = 12; /* of a kind: not worth a common card */
const MANY = 40; /* of a kind: then even what the question is about shares one, the last of it first */

const isAct = (edge) => !["started", "belongs"].includes(actOf(edge.kind).group);
const least = (a, b) => Math.min(a ?? Infinity, b ?? Infinity);

/** id of a common card -> {kind, members}; `folded` are runs, `groups` the common cards in use, `loose` those taken out of one. */
export function project(lineage, { folded, groups, loose, hiddenGroups }) {
	const cards = new Map();
	const standsIn = new Map(); /* node, run or common card -> card */
	const grouped = new Map([...groups].flatMap(([id, group]) => [...group.members].filter((m) => !loose.has(m)).map((m) => [m, id])));
	for (const node of lineage.nodes.values()) {
		const run = lineage.runs.get(node.id);
		const home = grouped.get(node.id) ?? (run !== undefined && folded.has(run) ? (grouped.get(run) ?? run) : node.id);
		standsIn.set(node.id, home);
		const crew = lineage.crews.get(node.id) ?? [];
		if (home === node.id) cards.set(home, { id: home, kind: node.kind, node, run, begin: node.begin, members: [], box: crew.length > 0 && !folded.has(home) });
		else if (groups.has(home) && !cards.has(home)) cards.set(home, commonCard(home, groups.get(home)));
	}
	for (const [id, home] of standsIn) cards.get(home).members.push(id);
	for (const card of cards.values()) finish(card, lineage, standsIn);
	const lines = new Map();
	for (const edge of lineage.edges.values())
		if (!hiddenGroups.has(actOf(edge.kind).group)) addLine(lines, edge, standsIn.get(edge.from), standsIn.get(edge.to), cards);
	markImplied([...lines.values()], cards);
	return { cards, lines: [...lines.values()], standsIn };
}

const commonCard = (id, { kind }) => ({ id, kind, node: { id, kind, label: "", attrs: {} }, members: [], box: false, common: true });

function finish(card, lineage, standsIn) {
	if (!card.common) return;
	standsIn.set(card.id, card.id);
	const own = card.members.filter((id) => lineage.nodes.get(id).kind === card.kind);
	card.node.label = plural(own.length, `other ${card.kind.toLowerCase()}`, card.kind === "Process" ? "other processes" : undefined);
	for (const id of card.members) {
		const { begin, first, last } = lineage.nodes.get(id);
		card.begin = least(card.begin, begin);
		if (first && !(card.node.first <= first)) card.node.first = first;
		if (last && !(card.node.last >= last)) card.node.last = last;
	}
}

const isFolded = (card) => card.members.length > 1;

function addLine(lines, edge, from, to, cards) {
	if (from === to) return;
	/* That a process is part of the run whose box it stands in is seen. */
	if (edge.kind === "PART_OF" && cards.get(to).run === from) return;
	const key = isFolded(cards.get(from)) || isFolded(cards.get(to)) ? [actOf(edge.kind).group, edge.basis, from, to].join("\n") : edge.id;
	const line = lines.get(key);
	if (!line) {
		lines.set(key, { id: edge.id, kind: edge.kind, basis: edge.basis, from, to, edges: [edge.id], begin: edge.begin });
		return;
	}
	line.edges.push(edge.id);
	line.begin = least(line.begin, edge.begin);
}

/** That a file was read is said already where a credential in it was taken by the same reader: drawn faintly. */
function markImplied(lines, cards) {
	const taken = new Set(lines.filter((l) => cards.get(l.from).kind === "Credential").map((l) => `${l.from}\n${l.to}`));
	const stored = new Map();
	for (const l of lines) if (l.kind === "STORED_IN") stored.set(l.from, [...(stored.get(l.from) ?? []), l.to]);
	for (const l of lines)
		if (l.kind === "READ" && cards.get(l.from).kind === "File") l.implied = (stored.get(l.from) ?? []).some((c) => taken.has(`${c}\n${l.to}`));
}

/* ---- at first ---- */

/** Ids that the question is about: the focus, what findings name, and with `around` what is linked to the focus and its run. */
function concerned(lineage, around) {
	const ids = new Set([...lineage.focus, ...lineage.findings.flatMap((f) => [f.credential, ...f.nodes])]);
	if (around)
		for (const id of lineage.focus)
			for (const edge of (lineage.links.get(id) ?? []).filter(isAct)) ids.add(edge.source).add(edge.target);
	for (const id of [...ids]) if (lineage.runs.has(id)) ids.add(lineage.runs.get(id));
	return ids;
}

/** Runs to fold: those whose processes touched nothing; when that is not enough, those that no finding is about, then more. */
function runsToFold(lineage, cards) {
	const folded = new Set();
	const focal = (run, crew) => lineage.focus.has(run) || crew.some((p) => lineage.focus.has(p));
	const told = new Set(lineage.findings.flatMap((f) => f.nodes));
	const tests = [
		(run, crew) => !focal(run, crew) && !crew.some((p) => lineage.links.get(p).some(isAct)),
		(run, crew) => !focal(run, crew) && !crew.some((p) => told.has(p)),
		(run, crew) => !focal(run, crew),
		(run, crew) => lineage.focus.size > 1 || crew.length > ENOUGH,
	];
	for (const [i, test] of tests.entries())
		if (!i || cards(folded) > ENOUGH) for (const [run, crew] of lineage.crews) if (test(run, crew)) folded.add(run);
	return folded;
}

/** {folded, groups} to begin with. */
export function foldedAtFirst(lineage) {
	const cards = (folded) => {
		let n = 0;
		for (const node of lineage.nodes.values()) if (!KINDS[node.kind]?.context && !folded.has(lineage.runs.get(node.id))) n++;
		return n;
	};
	const folded = runsToFold(lineage, cards), groups = new Map();
	if (cards(folded) <= ENOUGH) return { folded, groups };
	const about = concerned(lineage, false), around = concerned(lineage, true);
	for (const kind of Object.keys(KINDS)) {
		const all = [...lineage.nodes.values()].filter((n) => n.kind === kind && !folded.has(lineage.runs.get(n.id)) && (kind !== "Run" || folded.has(n.id) || !lineage.crews.has(n.id)));
		const [near, nearer] = [around, about].map((ids) => all.filter((n) => ids.has(n.id)));
		const kept = near.length <= MANY ? near : nearer.sort((a, b) => (a.begin ?? 0) - (b.begin ?? 0)).slice(0, MANY);
		const rest = all.filter((n) => !kept.includes(n));
		if (rest.length > FEW) groups.set(`common ${kind}`, { kind, members: new Set(rest.map((n) => n.id)) });
	}
	return { folded, groups };
}
