// SPDX-License-Identifier: Apache-2.0
// The legend, which is also the filter: a button for each kind, group of acts and basis that occurs, pressed while shown.
import { actOf, BASES, GROUPS, KINDS } from "./kinds.js";
import { iconOf } from "./looks.js";
import { el } from "./text.js";

function counted(items, of) {
	const counts = new Map();
	for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1);
	return counts;
}

function group(name, entries, hidden, change) {
	if (!entries.length) return "";
	return el("div", { class: "filter", role: "group", "aria-label": name }, el("span", { class: "name" }, name), entries.map(([key, sample, label, n, title]) => {
		const button = el("button", { type: "button", class: "toggle", title, "data-key": key, "aria-pressed": String(!hidden.has(key)), onclick: () => {
			if (!hidden.delete(key)) hidden.add(key);
			button.setAttribute("aria-pressed", String(!hidden.has(key)));
			change(key);
		} }, sample, label, " ", el("span", { class: "n" }, n));
		return button;
	}));
}

/** `rebuild` when other cards are there, `refresh` when what is there is shown or hidden. */
export function fillFilters(to, lineage, state, { rebuild, refresh }) {
	const kinds = counted(lineage.nodes.values(), (n) => n.kind);
	const groups = counted(lineage.edges.values(), (e) => actOf(e.kind).group);
	const bases = counted(lineage.edges.values(), (e) => e.basis);
	const line = (name) => el("span", { class: `sample ${name}`, "aria-hidden": "true" });
	to.replaceChildren(
		group("Kind", Object.keys(KINDS).filter((k) => kinds.has(k)).map((k) => [k, iconOf(k), k, kinds.get(k)]), state.hidden, rebuild),
		group("Link", Object.keys(GROUPS).filter((g) => groups.has(g)).map((g) => [g, line(g), GROUPS[g], groups.get(g)]), state.hiddenGroups, rebuild),
		group("Basis", Object.keys(BASES).filter((b) => bases.has(b)).map((b) => [b, line(b), b, bases.get(b), BASES[b]]), state.hiddenBases, refresh));
}

/** The button of a kind after something else than a press changed it. */
export function syncFilters(to, state) {
	for (const button of to.querySelectorAll(".toggle")) {
		const off = [state.hidden, state.hiddenGroups, state.hiddenBases].some((set) => set.has(button.dataset.key));
		button.setAttribute("aria-pressed", String(!off));
	}
}
