// SPDX-License-Identifier: Apache-2.0
// The picture: cards and lines as Cytoscape has them. It is built anew when a run is folded or a kind appears; what time,
// basis, search or a finding change is a class on what is there, so nothing moves under the reader's eyes.
import cytoscape from "cytoscape";

import { elementsOf } from "./elements.js";
import { project } from "./fold.js";
import { actOf, KINDS } from "./kinds.js";
import { place } from "./layout.js";
import { groundOf, sheet } from "./looks.js";
import { clock, plural, shortened } from "./text.js";

const MARGIN = 26;
const SMALLEST = 0.45, READABLE = 0.8; /* zooms that text can still be read at, with effort and with ease */

/** Of nodes, without what hangs around them: a fraction of what Cytoscape's own takes. */
function boundsOf(nodes) {
	const box = { x1: Infinity, y1: Infinity, x2: -Infinity, y2: -Infinity };
	nodes.forEach((node) => {
		if (!node.isNode()) return;
		const { x, y } = node.position(), w = (node.data("w") ?? 180) / 2, h = (node.data("h") ?? 20) / 2;
		box.x1 = Math.min(box.x1, x - (node.hasClass("heading") ? 0 : w));
		box.x2 = Math.max(box.x2, x + w);
		box.y1 = Math.min(box.y1, y - h);
		box.y2 = Math.max(box.y2, y + h);
	});
	return { ...box, w: box.x2 - box.x1, h: box.y2 - box.y1 };
}

export class Graph {
	/** `state`: folded, loose, hidden (kinds), hiddenGroups, hiddenBases: sets; groups: map; until: ms; told: a finding; chosen: an id. */
	constructor(lineage, state, container, theme) {
		Object.assign(this, { lineage, state, container });
		this.alarms = new Set(lineage.findings.flatMap((f) => [f.credential, ...f.nodes.filter((id) => lineage.nodes.get(id)?.kind === "Process")]));
		cytoscape.warnings(false);
		this.cy = cytoscape({
			container, style: sheet(theme), minZoom: 0.02, maxZoom: 3, boxSelectionEnabled: false, autounselectify: true,
			hideEdgesOnViewport: lineage.edges.size > 1500, textureOnViewport: lineage.nodes.size > 600, pixelRatio: "auto", layout: { name: "preset" },
		});
		this.cy.on("dragpan scrollzoom pinchzoom", () => (this.fitted = undefined));
		new ResizeObserver(() => this.resized()).observe(container);
		this.build();
	}

	shown = (card) => !this.state.hidden.has(card.kind) || this.lineage.focus.has(card.id);

	build() {
		const { cy } = this;
		this.view = project(this.lineage, this.state);
		this.plan = place(this.view.cards, this.view.lines, this.shown);
		this.lines = new Map(this.view.lines.map((line) => [line.id, line]));
		this.lineOf = new Map(this.view.lines.flatMap((line) => line.edges.map((edge) => [edge, line.id])));
		cy.batch(() => {
			cy.elements().remove();
			cy.add(elementsOf(this.view, this.plan, this.shown, this.lineage.focus, this.alarms));
		});
		this.refresh();
	}

	/** Classes after the state: what is gone, what is told by a finding, what is near to what is chosen. */
	refresh() {
		const { cy, state } = this;
		const told = state.told && this.#told(state.told), { lines, cards } = this.#on();
		const chosen = state.chosen && cy.getElementById(this.elementOf(state.chosen) ?? "");
		cy.batch(() => {
			cy.elements().removeClass("gone dim told near chosen");
			cy.edges().forEach((edge) => void (lines.has(edge.id()) || edge.addClass("gone")));
			cy.nodes().forEach((node) => void (node.hasClass("heading") && !node.data("box") || cards.has(node.data("box") ?? node.id()) || node.addClass("gone")));
			if (told) {
				cy.elements(".card, .box, edge").forEach((e) => void e.toggleClass("dim", !told.has(e.id())));
				cy.edges().forEach((edge) => void (told.get(edge.id()) && edge.addClass("told").data({ step: `${told.get(edge.id())}`, stepWords: `${told.get(edge.id())}  ${edge.data("words")}` })));
			}
			if (chosen?.nonempty()) {
				chosen.addClass("chosen").removeClass("dim");
				if (chosen.isNode()) chosen.connectedEdges().filter((edge) => !["started", "belongs"].includes(edge.data("group"))).addClass("near").removeClass("dim");
				else chosen.connectedNodes().removeClass("dim");
			}
		});
	}

	/** Elements of a finding: its cards with 0, its acts numbered in the order in which they happened. */
	#told(finding) {
		const told = new Map();
		for (const id of [finding.credential, ...finding.nodes]) {
			const card = this.view.standsIn.get(id);
			if (card !== undefined) told.set(card, 0);
			const run = this.lineage.runs.get(id);
			if (run !== undefined) told.set(run, 0);
		}
		const edges = finding.edges.map((id) => this.lineage.edges.get(id)).filter(Boolean).sort((a, b) => (a.begin ?? 0) - (b.begin ?? 0));
		let step = 0;
		for (const edge of edges) {
			const line = this.lineOf.get(edge.id);
			if (line === undefined || told.has(line)) continue;
			const aside = this.lines.get(line).implied || ["started", "belongs"].includes(actOf(edge.kind).group);
			told.set(line, aside ? 0 : ++step);
		}
		return told;
	}

	/**
	 * Ids of the lines and cards that time and basis let be seen. A card is there from its first time on; one that hangs
	 * on nothing but lines of a hidden basis is no part of what is asked for.
	 */
	#on() {
		const { until, hiddenBases } = this.state;
		const lines = new Set(), linked = new Set(), hanging = new Set();
		for (const line of this.view.lines) {
			const hidden = hiddenBases.has(line.basis), on = !hidden && !(line.begin > until);
			if (on) lines.add(line.id);
			for (const id of [line.from, line.to]) {
				if (on) linked.add(id);
				if (!hidden) hanging.add(id);
				else if (!hanging.has(id)) hanging.add(`hidden ${id}`);
			}
		}
		const cards = new Set();
		for (const card of this.view.cards.values()) {
			const only = hanging.has(`hidden ${card.id}`) && !hanging.has(card.id);
			if (this.lineage.focus.has(card.id) || linked.has(card.id) || (!(this.#begin(card) > until) && (card.box || !only))) cards.add(card.id);
		}
		return { lines, cards };
	}

	#begin(card) {
		if (card.members.length === 1) return card.begin;
		return card.members.reduce((least, id) => Math.min(least, this.lineage.nodes.get(id).begin ?? -Infinity), Infinity);
	}

	/** The element that stands for a node or an edge of the lineage; undefined when its kind is hidden. */
	elementOf(id) {
		const element = this.lineage.edges.has(id) ? this.lineOf.get(id) : this.view.standsIn.get(id);
		return element !== undefined && this.cy.getElementById(element).nonempty() ? element : undefined;
	}

	isOn = (id) => !this.cy.getElementById(id).hasClass("gone");

	theme(name) {
		this.cy.style(sheet(name));
	}

	/** All of it, but never so small that nothing can be read: then its beginning, around the focus. */
	fit(all) {
		const { cy } = this;
		cy.resize();
		const eles = cy.nodes().not(".gone");
		if (eles.empty() || cy.width() <= 2 * MARGIN || cy.height() <= 2 * MARGIN) return; /* on paper it is not there */
		this.fitted = all ? "all" : "well";
		const box = boundsOf(eles), room = { w: cy.width() - 2 * MARGIN, h: cy.height() - 2 * MARGIN };
		const whole = Math.min(room.w / box.w, room.h / box.h, 1.15);
		const zoom = all ? whole : Math.max(whole, Math.min(READABLE, Math.max(SMALLEST, room.w / box.w)));
		const focus = [...this.lineage.focus].map((id) => cy.getElementById(this.elementOf(id) ?? "")).find((e) => e.nonempty());
		const middle = focus && !all ? focus.position() : { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
		const along = (from, size, center, space) => (size * zoom <= space + 1 ? MARGIN + (space - size * zoom) / 2 - from * zoom : Math.min(MARGIN - from * zoom, Math.max(MARGIN + space - (from + size) * zoom, MARGIN + space / 2 - center * zoom)));
		cy.viewport({ zoom, pan: { x: along(box.x1, box.w, middle.x, room.w), y: along(box.y1, box.h, middle.y, room.h) } });
	}

	/** After its room has changed: still fitting when it was, else where it was. */
	resized() {
		if (this.fitted) this.fit(this.fitted === "all");
		else this.cy.resize();
	}

	/** Brings elements into view when they are not. */
	show(ids) {
		const { cy } = this;
		const eles = cy.collection(ids.map((id) => cy.getElementById(id)).filter((e) => e.nonempty()));
		if (eles.empty()) return;
		const box = boundsOf(eles.union(eles.connectedNodes())), seen = cy.extent();
		if (box.x1 >= seen.x1 && box.x2 <= seen.x2 && box.y1 >= seen.y1 && box.y2 <= seen.y2) return;
		this.fitted = undefined;
		const zoom = Math.min(cy.zoom(), (cy.width() - 80) / box.w, (cy.height() - 80) / box.h);
		cy.viewport({ zoom, pan: { x: cy.width() / 2 - ((box.x1 + box.x2) / 2) * zoom, y: cy.height() / 2 - ((box.y1 + box.y2) / 2) * zoom } });
	}

	zoomBy(factor) {
		const { cy } = this;
		this.fitted = undefined;
		cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
	}

	/** A picture of all that is shown, for the printer. */
	picture() {
		return this.cy.png({ full: true, maxWidth: 2600, maxHeight: 3000, bg: groundOf("light"), output: "base64uri" });
	}
}

/** One sentence on a card, for those who don't see it. */
export function spoken(graph, id) {
	const card = graph.view.cards.get(id);
	const lines = graph.cy.getElementById(id).connectedEdges().filter((edge) => !edge.hasClass("gone")).length;
	const inside = card.common ? ", folded" : card.members.length > 1 ? `, folded, with ${plural(card.members.length - 1, "process", "processes")}` : card.box ? ", open" : "";
	return `${card.kind} ${shortened(card.node.label, 120)}${inside}, ${plural(lines, "link")}, first ${clock(card.node.first)}`;
}
export const walkable = (graph) => graph.cy.nodes(".card, .box").not(".gone");
export const contextKinds = Object.keys(KINDS).filter((kind) => KINDS[kind].context);
