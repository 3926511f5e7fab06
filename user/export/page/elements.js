// SPDX-License-Identifier: Apache-2.0
// Cards, boxes, headings and lines as Cytoscape's elements: what is written on a card, where a line leaves and arrives.
import { actOf, GROUPS } from "./kinds.js";
import { sizeOf } from "./layout.js";
import { FONT } from "./looks.js";
import { fitting, plural } from "./text.js";

const ICON = 34; /* room of the icon before the text */
const INSET = { Destination: 2, Credential: 8, Workflow: 18, User: 12 }; /* of the icon, where the shape is pointed */
const AFTER = { Destination: 14, Credential: 12, Workflow: 16, User: 16 };
const CURVES = 2000; /* lines; more are drawn straight and without arrows: the layers say which way they go */

const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();
function widthOf(character) {
	if (!widths.has(character)) {
		ruler.font = `13px ${FONT}`;
		widths.set(character, ruler.measureText(character).width);
	}
	return widths.get(character);
}

/** What people call it, else whose it is, and always the begin of its fingerprint. */
const nameOf = ({ id, label, attrs }) => (id.startsWith("cred:") ? `${attrs.label ?? attrs.provider ?? "credential"} \u00b7 ${id.slice(0, 9)}` : label);

/** Two lines: the name, and what tells it from others of the same name. */
function textOf(card) {
	const { node, kind } = card, a = node.attrs;
	const room = sizeOf(kind)[0] - ICON - (INSET[kind] ?? 4) - (AFTER[kind] ?? 6);
	const more = {
		Process: () => [a.command && a.command !== node.label ? a.command : a.exe, a.uid !== undefined && `uid ${a.uid}`],
		Run: () => [card.members.length > 1 && plural(card.members.length - 1, "process", "processes"), a.state && String(a.state).replaceAll("_", " ")],
		Credential: () => [a.policy, a.class, a.format],
		File: () => [a.store, a.dev && `inode ${a.ino} on ${a.dev}`],
		Destination: () => [a.name, a.transport],
	}[kind]?.() ?? [];
	const second = more.filter(Boolean).map(String)[kind === "Process" ? "shift" : "join"](" · ");
	const name = kind === "Credential" ? nameOf(node) : node.label;
	if (card.common) return `${fitting(name, room, widthOf)}\nSpace unfolds`;
	return fitting(name, room, widthOf) + (second && second !== node.label ? "\n" + fitting(second, room, widthOf) : "");
}

/** An S from the right side of one card to the left side of the next, as Cytoscape wants it: along and across the straight line. */
function curve(a, b) {
	const forward = b.x - b.w / 2 - (a.x + a.w / 2) > 8;
	const out = forward ? "50% 0%" : b.y >= a.y ? "0% 50%" : "0% -50%";
	const into = forward ? "-50% 0%" : b.y >= a.y ? "0% -50%" : "0% 50%";
	const p = forward ? { x: a.x + a.w / 2, y: a.y } : { x: a.x, y: a.y + (b.y >= a.y ? a.h / 2 : -a.h / 2) };
	const q = forward ? { x: b.x - b.w / 2, y: b.y } : { x: b.x, y: b.y + (b.y >= a.y ? -b.h / 2 : b.h / 2) };
	const dx = q.x - p.x, dy = q.y - p.y, length2 = dx * dx + dy * dy || 1, length = Math.sqrt(length2);
	const pull = forward ? Math.max(24, Math.min(90, dx * 0.45)) : 0;
	const bent = forward ? [[pull, 0], [dx - pull, dy]] : [[dx * 0.3 - 26, dy * 0.3], [dx * 0.7 - 26, dy * 0.7]];
	return {
		out, in: into,
		weights: bent.map(([x, y]) => (x * dx + y * dy) / length2),
		distances: bent.map(([x, y]) => (x * dy - y * dx) / length),
	};
}

const nodeAt = (classes, x, y, data) => ({ group: "nodes", classes, position: { x, y }, grabbable: false, data });

function cardElement(card, box, spot, isFocus, isAlarm) {
	const { x, y } = box ?? spot, [w, h] = box ? [box.w, box.h] : sizeOf(card.kind);
	const inset = INSET[card.kind] ?? 4;
	const marks = [box ? "box" : "card", card.members.length > 1 && "folded", card.node.attrs.unknown && "unknown", isFocus && !box && "focus", isAlarm && !box && "alarm"];
	return nodeAt(marks.filter(Boolean).join(" "), x, y, { id: card.id, kind: card.kind, w, h, text: box ? "" : textOf(card), indent: ICON + inset - w - 3, iconX: inset + 9 });
}

const headingElement = (id, x, y, text, box) => ({ ...nodeAt(box ? "heading name" : "heading", x, y, { id, text, box }), selectable: false });

function lineElement(line, from, to, plain) {
	const act = actOf(line.kind);
	const words = line.edges.length > 1 ? `${GROUPS[act.group]} \u00d7${line.edges.length}` : act.back ? act.passive : act.verb;
	return {
		group: "edges", classes: `${plain ? "plain" : "bent"} ${line.implied ? "implied" : ""}`,
		data: { id: line.id, source: line.from, target: line.to, kind: line.kind, group: act.group, basis: line.basis, words, ...curve(from, to) },
	};
}

/** All that stands on the screen: `view` as projected, `plan` as placed, for the cards that `shown` lets pass. */
export function elementsOf(view, plan, shown, focus, alarms) {
	const elements = [], where = new Map();
	for (const card of view.cards.values()) {
		const box = plan.boxes.get(card.id), spot = plan.at.get(card.id);
		if (!shown(card) || (card.box && !box)) continue;
		const element = cardElement(card, box, spot, focus.has(card.id), alarms.has(card.id));
		elements.push(element);
		where.set(card.id, { ...element.position, ...element.data });
	}
	for (const [id, box] of plan.boxes)
		elements.push(headingElement(`name ${id}`, box.x - box.w / 2 + 12, box.y - box.h / 2 + 19, fitting(view.cards.get(id).node.label, box.w - 48, widthOf), id));
	for (const [i, { x, text }] of plan.titles.entries()) elements.push(headingElement(`heading ${i}`, x, plan.top, text));
	for (const line of view.lines)
		if (where.has(line.from) && where.has(line.to)) elements.push(lineElement(line, where.get(line.from), where.get(line.to), view.lines.length > CURVES));
	return elements;
}
