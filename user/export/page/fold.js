// SPDX-License-Identifier: Apache-2.0
// What of a lineage stands on the screen: a run is either open, a box with its processes in it, or folded to one card
// that stands for all of them. Nothing is dropped: a card and a line know what they stand for.
import { actOf, KINDS } from "./kinds.js";

/** More cards than this at once help nobody, and are folded to begin with. */
const ENOUGH = 140;

/**
 * cards: id -> {id, kind, node, members, run, box, begin}; `run` is the open run that a process stands in, `box` an open
 * run. lines: {id, kind, from, to, edges, basis, count, begin}, between cards.
 */
export function project(lineage, folded) {
	const cards = new Map();
	const standsIn = new Map(); /* node -> card */
	for (const node of lineage.nodes.values()) {
		const run = lineage.runs.get(node.id);
		const home = run !== undefined && folded.has(run) ? run : node.id;
		standsIn.set(node.id, home);
		if (home !== node.id) continue;
		const crew = lineage.crews.get(node.id) ?? [];
		cards.set(node.id, {
			id: node.id, kind: node.kind, node, run, begin: node.begin,
			members: folded.has(node.id) ? [node.id, ...crew] : [node.id],
			box: crew.length > 0 && !folded.has(node.id),
		});
	}
	const lines = new Map();
	for (const edge of lineage.edges.values()) addLine(lines, edge, standsIn.get(edge.from), standsIn.get(edge.to), cards);
	markImplied([...lines.values()], cards);
	return { cards, lines: [...lines.values()], standsIn };
}

/** That a file was read is said already where a credential in it was taken by the same reader: drawn faintly. */
function markImplied(lines, cards) {
	const taken = new Set(lines.filter((l) => cards.get(l.from).kind === "Credential").map((l) => `${l.from}\n${l.to}`));
	const stored = new Map();
	for (const l of lines) if (l.kind === "STORED_IN") stored.set(l.from, [...(stored.get(l.from) ?? []), l.to]);
	for (const l of lines)
		if (l.kind === "READ" && cards.get(l.from).kind === "File") l.implied = (stored.get(l.from) ?? []).some((c) => taken.has(`${c}\n${l.to}`));
}

function addLine(lines, edge, from, to, cards) {
	if (from === to) return;
	/* That a process is part of the run whose box it stands in is seen. */
	if (edge.kind === "PART_OF" && cards.get(to).run === from) return;
	const key = cards.get(from).members.length + cards.get(to).members.length > 2 ? [edge.kind, edge.basis, from, to].join("\n") : edge.id;
	const line = lines.get(key);
	if (!line) {
		lines.set(key, { id: edge.id, kind: edge.kind, basis: edge.basis, from, to, edges: [edge.id], count: edge.count, begin: edge.begin });
		return;
	}
	line.edges.push(edge.id);
	line.count += edge.count;
	line.begin = Math.min(line.begin ?? Infinity, edge.begin ?? Infinity);
}

const touches = (lineage, process) =>
	lineage.links.get(process).some((e) => !["started", "belongs"].includes(actOf(e.kind).group));

/** Runs to fold at first: those whose processes touched nothing; when that is not enough, those that no finding is about, then all. */
export function foldedAtFirst(lineage) {
	const folded = new Set();
	const cards = () => {
		let n = 0;
		for (const node of lineage.nodes.values())
			if (!KINDS[node.kind]?.context && !folded.has(lineage.runs.get(node.id))) n++;
		return n;
	};
	const foldWhere = (test) => {
		for (const [run, crew] of lineage.crews) if (!lineage.focus.has(run) && test(run, crew)) folded.add(run);
	};
	const focal = (crew) => crew.some((p) => lineage.focus.has(p));
	const told = new Set(lineage.findings.flatMap((f) => f.nodes));
	foldWhere((run, crew) => !focal(crew) && !crew.some((p) => touches(lineage, p)));
	if (cards() > ENOUGH) foldWhere((run, crew) => !focal(crew) && !crew.some((p) => told.has(p)));
	if (cards() > ENOUGH) foldWhere((run, crew) => !focal(crew) || crew.length > ENOUGH);
	return folded;
}
