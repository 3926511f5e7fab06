// SPDX-License-Identifier: Apache-2.0
// Search over everything that is known of a node: its name, id and attributes. Enter goes from hit to hit.
import { visible } from "./text.js";

export class Search {
	/** `open(id)` shows a hit, `mark(ids)` those of the search as it is. */
	constructor(lineage, input, hits, { open, mark }) {
		Object.assign(this, { lineage, input, hits, open, mark, found: [], at: -1 });
		input.addEventListener("input", () => this.look());
		input.addEventListener("keydown", (event) => {
			if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
			else if (event.key === "Escape" && input.value) (input.value = ""), this.look();
			else return;
			event.preventDefault();
		});
	}

	/** Made at the first search: most readers don't. What is hidden in a name can be searched for as it is shown. */
	get texts() {
		const text = (n) => [n.label, n.id, ...Object.values(n.attrs)].map(String).join("\n");
		return (this.made ??= [...this.lineage.nodes.values()].map((n) => [n.id, `${text(n)}\n${visible(n.label)}`.toLowerCase()]));
	}

	look() {
		const wanted = this.input.value.trim().toLowerCase();
		this.found = wanted ? this.texts.filter(([, text]) => text.includes(wanted)).map(([id]) => id) : [];
		this.at = -1;
		this.hits.textContent = wanted ? (this.found.length ? `${this.found.length} found` : "none") : "";
		this.mark(this.found);
	}

	next(by) {
		if (!this.found.length) return;
		this.at = (Math.max(this.at, by < 0 ? 0 : -1) + by + this.found.length) % this.found.length;
		this.hits.textContent = `${this.at + 1} of ${this.found.length}`;
		this.open(this.found[this.at]);
	}
}
