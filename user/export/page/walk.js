// SPDX-License-Identifier: Apache-2.0
// The graph by keyboard: one card is under the cursor, right and left follow the links on and back, up and down go to
// the next card of the same layer. Each step is said aloud.
import { spoken, walkable } from "./graph.js";

const nearest = (from, cards, cost) => {
	let best, least = Infinity;
	for (const card of cards) {
		const c = cost(card.position().x - from.x, card.position().y - from.y);
		if (c < least) [best, least] = [card, c];
	}
	return best;
};

export class Walk {
	/** open(id): Enter; fold(id): Space; clear(): Escape; say(text). */
	constructor(graph, container, actions) {
		Object.assign(this, { graph, container, actions, at: undefined });
		container.addEventListener("keydown", (event) => this.#key(event));
		container.addEventListener("focus", () => container.matches(":focus-visible") && this.#enter());
		container.addEventListener("blur", () => this.#draw(undefined));
	}

	#enter() {
		if (this.at === undefined || !this.#card()) this.at = this.#first();
		this.go(this.at);
	}

	#first() {
		const { graph } = this;
		const focus = [...graph.lineage.focus].map((id) => graph.elementOf(id)).find((id) => id !== undefined && graph.isOn(id));
		return focus ?? walkable(graph)[0]?.id();
	}

	#card() {
		const card = this.graph.cy.getElementById(this.at ?? "");
		return card.nonempty() && this.graph.isOn(this.at) ? card : undefined;
	}

	go(id) {
		this.at = id;
		const card = this.#card();
		this.#draw(card);
		if (!card) return;
		this.graph.show([id]);
		this.actions.say(spoken(this.graph, id));
	}

	#draw(card) {
		this.graph.cy.nodes(".cursor").removeClass("cursor");
		card?.addClass("cursor");
	}

	#step(key) {
		const card = this.#card();
		if (!card) return this.#first();
		const from = card.position();
		if (key === "ArrowUp" || key === "ArrowDown") {
			const sign = key === "ArrowDown" ? 1 : -1;
			return nearest(from, walkable(this.graph), (dx, dy) => (dy * sign > 1 ? dy * sign + Math.abs(dx) * 4 : Infinity))?.id();
		}
		const on = key === "ArrowRight";
		const ends = card.connectedEdges().not(".gone").filter((e) => (on ? e.source() : e.target()).same(card)).map((e) => (on ? e.target() : e.source()));
		const linked = nearest(from, ends, (dx, dy) => Math.abs(dy) + Math.abs(dx) / 10);
		const sign = on ? 1 : -1;
		return (linked ?? nearest(from, walkable(this.graph), (dx, dy) => (dx * sign > 1 ? dx * sign + Math.abs(dy) * 2 : Infinity)))?.id();
	}

	#key(event) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const { graph, actions } = this;
		const keys = {
			Enter: () => this.at !== undefined && actions.open(this.at),
			" ": () => this.at !== undefined && actions.fold(this.at),
			Escape: () => actions.clear(),
			"+": () => graph.zoomBy(1.25), "=": () => graph.zoomBy(1.25), "-": () => graph.zoomBy(0.8), f: () => graph.fit(true),
			Home: () => this.go(this.#first()),
		};
		if (event.key.startsWith("Arrow")) this.go(this.#step(event.key) ?? this.at);
		else if (keys[event.key]) keys[event.key]();
		else return;
		event.preventDefault();
	}
}
