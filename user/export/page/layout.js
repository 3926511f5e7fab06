// SPDX-License-Identifier: Apache-2.0
// Where each card stands. Layers from left to right: what work belongs to, files, credentials, then processes and runs,
// a child right of its parent and who was given something right of the giver, so time goes to the right; destinations
// last. An open run is a box around its processes. Boxes are stacked in order of time and never overlap.
//
// A lineage has this order by nature, so it takes one pass (2,000 cards: a few milliseconds). General layered layouts
// look for one: dagre took 42 s for 2,000 cards and gave up on boxes among 1,000.

export const SIZE = { Credential: [194, 48], File: [180, 44], Destination: [184, 44], Process: [170, 46], Run: [180, 48], default: [166, 44] };
const GAP = 58; /* between layers */
const ROW = 58;
const PAD = 12;
const HEAD = 30; /* a box's title */
const CONTEXT = ["Container", "Workflow", "Host", "User"];
const TITLES = { context: "Belongs to", File: "Stored in", Credential: "Credential", work: "Runs and processes, in time", Destination: "Destination" };

export const sizeOf = (kind) => SIZE[kind] ?? SIZE.default;
const early = (a, b) => (a.begin ?? 0) - (b.begin ?? 0) || (a.id < b.id ? -1 : 1);

/** {at: id -> {x, y}, boxes: id -> {x, y, w, h}, titles: [{x, text}], top} for the cards that `shown` lets pass. */
export function place(cards, lines, shown) {
	const work = [];
	const others = { context: [], File: [], Credential: [], Destination: [] };
	for (const card of cards.values()) {
		if (!shown(card)) continue;
		if (card.kind === "Process" || card.kind === "Run") work.push(card);
		else (others[CONTEXT.includes(card.kind) ? "context" : card.kind] ?? others.context).push(card);
	}
	const here = new Set(work.map((card) => card.id));
	const kin = lines.filter((l) => (l.kind === "SPAWNED" || l.kind === "RECEIVED" || l.kind === "DELEGATED_TO") && here.has(l.from) && here.has(l.to));
	const layer = layers(work.filter((card) => !card.box), kin);
	const plan = columns(layer, others);
	const result = { at: new Map(), boxes: new Map(), titles: plan.titles };
	stack(work, kin, layer, plan, result);
	for (const name of ["Credential", "File", "Destination", "context"]) settle(others[name], plan.x[name], lines, result);
	result.top = Math.min(0, ...[...result.at.values()].map((p) => p.y - 24)) - 34;
	return result;
}

/** id -> layer: one more than the last of those that it came from. A circle (a folded run that was entered again) is cut. */
function layers(cards, kin) {
	const before = new Map(cards.map((card) => [card.id, []]));
	for (const l of kin) before.get(l.to)?.push(l.from);
	const layer = new Map();
	for (const { id } of cards) {
		const path = [id];
		const busy = new Set(path);
		while (path.length) {
			const last = path[path.length - 1];
			const next = before.get(last).find((b) => !layer.has(b) && !busy.has(b) && before.has(b));
			if (next !== undefined) {
				path.push(next);
				busy.add(next);
				continue;
			}
			layer.set(last, 1 + Math.max(-1, ...before.get(last).map((b) => layer.get(b) ?? -1)));
			busy.delete(path.pop());
		}
	}
	return layer;
}

/** The middle of each layer. */
function columns(layer, others) {
	const x = {};
	const titles = [];
	let right = 0;
	const put = (name, width, title) => {
		x[name] = right + width / 2;
		if (title) titles.push({ x: right, text: title });
		right += width + GAP;
	};
	for (const name of ["context", "File", "Credential"]) if (others[name].length) put(name, sizeOf(name)[0], TITLES[name]);
	const depth = Math.max(-1, ...layer.values());
	for (let i = 0; i <= depth; i++) put(i, SIZE.Run[0], i ? undefined : TITLES.work);
	if (others.Destination.length) put("Destination", SIZE.Destination[0], TITLES.Destination);
	return { x, titles, depth };
}

/** Rows within a box: a first child stands on its parent's row, so a chain is a line. */
function rows(crew, kin) {
	const inside = new Set(crew.map((card) => card.id));
	const children = new Map(crew.map((card) => [card.id, []]));
	const isChild = new Set();
	for (const l of kin)
		if (l.kind === "SPAWNED" && inside.has(l.from) && inside.has(l.to) && !isChild.has(l.to)) {
			children.get(l.from).push(l.to);
			isChild.add(l.to);
		}
	const order = new Map(crew.sort(early).map((card, i) => [card.id, i]));
	const row = new Map();
	let next = 0;
	const walk = (root) => {
		const open = [[root, next++]];
		while (open.length) {
			const [id, at] = open.pop();
			const mine = at ?? next++;
			row.set(id, mine);
			const kids = children.get(id).filter((kid) => !row.has(kid)).sort((a, b) => order.get(a) - order.get(b));
			kids.reverse().forEach((kid, i) => open.push([kid, i === kids.length - 1 ? mine : undefined]));
		}
	};
	for (const card of crew) if (!isChild.has(card.id)) walk(card.id);
	for (const card of crew) if (!row.has(card.id)) walk(card.id);
	return { row, n: next };
}

/** Boxes and single cards from top to bottom in order of time, each as high up as its layers are free. */
function stack(work, kin, layer, plan, result) {
	const crews = new Map(work.filter((card) => card.box).map((card) => [card.id, { id: card.id, begin: card.begin, crew: [] }]));
	const pieces = [...crews.values()];
	for (const card of work) {
		if (card.box) continue;
		const home = crews.get(card.run);
		if (home) home.crew.push(card);
		else pieces.push({ id: card.id, begin: card.begin, crew: [card], single: true });
	}
	const bottom = new Array(plan.depth + 1).fill(0);
	for (const piece of pieces.filter((p) => p.crew.length).sort(early)) {
		const { row, n } = piece.single ? { row: new Map([[piece.id, 0]]), n: 1 } : rows(piece.crew, kin);
		const at = piece.crew.map((card) => layer.get(card.id));
		const left = Math.min(...at), right = Math.max(...at);
		const top = Math.max(...bottom.slice(left, right + 1));
		const head = piece.single ? 0 : HEAD + PAD;
		for (const card of piece.crew) result.at.set(card.id, { x: plan.x[layer.get(card.id)], y: top + head + row.get(card.id) * ROW + ROW / 2 });
		const height = head + n * ROW + (piece.single ? 0 : PAD);
		if (!piece.single) {
			const x0 = plan.x[left] - SIZE.Run[0] / 2 - PAD, x1 = plan.x[right] + SIZE.Run[0] / 2 + PAD;
			result.boxes.set(piece.id, { x: (x0 + x1) / 2, y: top + height / 2, w: x1 - x0, h: height });
		}
		bottom.fill(top + height + (piece.single ? 4 : 18), left, right + 1);
	}
}

/** A layer of cards: each as near as it can be to the middle of what it hangs on. */
function settle(cards, x, lines, result) {
	const wanted = new Map(cards.map((card) => [card.id, []]));
	for (const l of lines) {
		const from = result.at.get(l.from) ?? result.boxes.get(l.from), to = result.at.get(l.to) ?? result.boxes.get(l.to);
		if (to) wanted.get(l.from)?.push(to.y);
		if (from) wanted.get(l.to)?.push(from.y);
	}
	const mean = (list) => (list.length ? list.reduce((a, b) => a + b, 0) / list.length : 0);
	const spots = cards.map((card) => ({ card, y: mean(wanted.get(card.id)) })).sort((a, b) => a.y - b.y || early(a.card, b.card));
	/* Groups that push each other stay around the middle of what their members want. */
	const groups = [];
	for (const spot of spots) {
		let group = { spots: [spot], y: spot.y };
		while (groups.length && group.y - half(group) < groups.at(-1).y + half(groups.at(-1))) group = merged(groups.pop(), group);
		groups.push(group);
	}
	for (const group of groups)
		group.spots.forEach(({ card }, i) => result.at.set(card.id, { x, y: group.y - half(group) + ROW * (i + 0.5) }));
}

const half = (group) => (group.spots.length * ROW) / 2;
const merged = (a, b) => ({ spots: [...a.spots, ...b.spots], y: (a.y * a.spots.length + b.y * b.spots.length) / (a.spots.length + b.spots.length) });
