// SPDX-License-Identifier: Apache-2.0
// The page of one lineage: what is chosen, hidden and folded is in `state`; the parts draw it.
import { nodeLink, ofEdge, ofGroup, ofNode } from "./evidence.js";
import { fillFilters, syncFilters } from "./filters.js";
import { foldedAtFirst } from "./fold.js";
import { contextKinds, Graph } from "./graph.js";
import { actOf } from "./kinds.js";
import { Lineage } from "./lineage.js";
import { Search } from "./search.js";
import { fillActs, fillBlast, fillCoverage, fillFindings, fillGaps, markFinding } from "./sheets.js";
import { clock, el, outside, plural, visible, when } from "./text.js";
import { Time } from "./time.js";
import { Walk } from "./walk.js";

const at = (id) => document.getElementById(id);
const lineage = new Lineage(JSON.parse(at("lineage").textContent));
const state = {
	...foldedAtFirst(lineage), loose: new Set(), hidden: new Set(contextKinds), hiddenGroups: new Set(["belongs"]), hiddenBases: new Set(),
	until: Infinity, told: undefined, chosen: undefined,
};
let theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
let graph, walk, printing;

/* ---- what is chosen ---- */

const fresh = () => graph.refresh();

/** Unfolds and unhides until the node or edge stands on the screen. */
function reveal(id) {
	const edge = lineage.edges.get(id);
	let changed = false;
	for (const node of edge ? [edge.source, edge.target] : [id]) {
		const group = state.groups.get(graph.view.standsIn.get(node));
		if (group) {
			state.loose.add(group.members.has(node) ? node : lineage.runs.get(node));
			changed = true;
		}
		changed = state.folded.delete(lineage.runs.get(node)) || changed;
		changed = state.hidden.delete(lineage.nodes.get(node)?.kind) || changed;
	}
	if (!changed) return;
	syncFilters(at("filters"), state);
	graph.build();
}

function open(id) {
	if (!state.groups.has(id)) {
		if (!lineage.nodes.has(id) && !lineage.edges.has(id)) return;
		reveal(id);
	}
	state.chosen = id;
	fillEvidence();
	graph.resized();
	fresh();
	const element = graph.elementOf(id);
	if (element !== undefined) graph.show([element]);
	if (!lineage.edges.has(id)) walk.at = element;
	bringIn(at("evidence"));
}

/** Where parts stand below each other, or the reader came from a table, what was asked for may be off the screen. */
function bringIn(part) {
	const { top, bottom } = part.getBoundingClientRect();
	if (bottom < 120 || top > innerHeight - 120) part.scrollIntoView({ block: "start" });
}

function fillEvidence() {
	const { chosen } = state, actions = { open, tell, fold, folded: state.folded.has(chosen) };
	const parts = chosen === undefined ? [] : state.groups.has(chosen) ? ofGroup(lineage, graph.view.cards.get(chosen), actions) : lineage.nodes.has(chosen) ? ofNode(lineage, chosen, actions) : ofEdge(lineage, chosen, actions, graph.lines.get(chosen)?.edges);
	const close = chosen !== undefined && el("button", { type: "button", class: "close", "aria-label": "Close", onclick: clear }, "\u00d7");
	at("evidence").replaceChildren(...[close, ...parts].filter(Boolean));
	document.body.classList.toggle("choosing", chosen !== undefined);
	at("evidence").scrollTop = 0;
}

function clear() {
	state.chosen = undefined;
	if (state.told) tell(state.told);
	else fresh();
	fillEvidence();
}

/** Shows what a finding is about, or no longer. */
function tell(finding) {
	state.told = state.told === finding ? undefined : finding;
	state.chosen = undefined;
	for (const id of state.told ? finding.nodes : []) {
		const side = lineage.links.get(id)?.some((e) => finding.edges.includes(e.id) && !["started", "belongs"].includes(actOf(e.kind).group));
		if (side) state.folded.delete(lineage.runs.get(id));
	}
	graph.build();
	fillEvidence();
	markFinding(at("findings"), state.told);
	if (state.told) bringIn(at("graph"));
	if (state.told) graph.show(finding.nodes.map((id) => graph.elementOf(id)).filter((id) => id !== undefined && !graph.cy.getElementById(id).hasClass("dim")));
}

function fold(id) {
	if (state.groups.delete(id)) state.chosen = undefined;
	else if (!lineage.crews.has(id)) return;
	else if (!state.folded.delete(id)) state.folded.add(id);
	graph.build();
	graph.show([id]);
	fillEvidence();
}

function foldAll() {
	const open = state.folded.size > 0 || state.groups.size > 0;
	Object.assign(state, { folded: new Set(open ? [] : lineage.crews.keys()), groups: open ? new Map() : foldedAtFirst(lineage).groups, loose: new Set(), chosen: undefined });
	graph.build();
	graph.fit(false);
	fillEvidence();
	at("fold").textContent = open ? "Fold all" : "Unfold all";
}

/* ---- the top ---- */

function fillTop() {
	const { json } = lineage, { focus = {}, host = {}, window: span = {} } = json;
	const count = (kind) => [...lineage.nodes.values()].filter((n) => n.kind === kind).length;
	const single = lineage.focus.size === 1 && lineage.nodes.has([...lineage.focus][0]) ? [...lineage.focus][0] : undefined;
	document.title = visible(`${focus.kind ?? "lineage"} ${focus.value ?? ""} on ${host.name ?? "unknown host"}`);
	at("over").append(el("span", {}, `Lineage of ${kindName(focus.kind)}`, host.name ? [" on ", outside(host.name)] : "", focus.direction ? `, its ${visible(focus.direction)} only` : "", focus.at ? [", at ", when(focus.at)] : ""));
	at("focus").append(single ? nodeLink(lineage, single, open) : outside(focus.value ?? ""));
	const facts = [
		["Runs", count("Run")], ["Processes", count("Process")], ["Credentials", count("Credential")], ["Destinations", count("Destination")],
		["Window", span.from || span.to ? [clock(span.from) || "begin", " to ", clock(span.to) || "now"].join("") : "all times"], ["Written (UTC)", el("time", { datetime: json.generated, title: json.generated }, clock(json.generated).slice(0, 16))],
	];
	at("facts").append(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
	at("findings-n").textContent = lineage.findings.length;
}

const kindName = (kind) => (/^[aeiou]/.test(kind ?? "") ? `an ${kind}` : `a ${visible(kind ?? "store")}`);

/* ---- theme and paper ---- */

function setTheme(name) {
	theme = name;
	document.documentElement.dataset.theme = name;
	at("theme").setAttribute("aria-pressed", String(name === "dark"));
	at("theme").textContent = name === "dark" ? "Light" : "Dark";
	graph?.theme(name);
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

/** On paper the graph is a picture, in the light theme, whatever the screen shows; every folded part of the page is open. */
function preparePrint() {
	if (printing) return;
	graph.theme("light");
	at("picture").src = graph.picture();
	graph.theme(theme);
	for (const details of document.querySelectorAll("details")) details.open = true;
}

/** By the button there is time for the icons of the light theme to be there. */
async function printPage() {
	graph.theme("light");
	await later(250);
	preparePrint();
	await at("picture").decode().catch(() => {});
	printing = true;
	print();
	printing = false;
}

/* ---- all of it ---- */

function wireGraph() {
	const { cy } = graph;
	cy.on("tap", "node.card, node.box, edge", (event) => open(event.target.id()));
	cy.on("dbltap", "node.card, node.box", (event) => fold(event.target.id()));
	cy.on("tap", (event) => event.target === cy && state.chosen !== undefined && clear());
	cy.on("mouseover", "node.card, node.box, edge", () => (at("graph").style.cursor = "pointer"));
	cy.on("mouseout", () => (at("graph").style.cursor = ""));
	at("fit").addEventListener("click", () => graph.fit(true));
	at("zoom-in").addEventListener("click", () => graph.zoomBy(1.3));
	at("zoom-out").addEventListener("click", () => graph.zoomBy(1 / 1.3));
	at("fold").addEventListener("click", foldAll);
}

function begin() {
	setTheme(theme);
	fillTop();
	fillGaps(at("gaps"), lineage, open);
	fillFindings(at("findings"), lineage, tell);
	graph = new Graph(lineage, state, at("graph"), theme);
	at("graph").setAttribute("aria-label", `Lineage: ${plural(lineage.nodes.size, "node")}, ${plural(lineage.edges.size, "link")}`);
	wireGraph();
	fillFilters(at("filters"), lineage, state, { rebuild: () => graph.build(), refresh: fresh });
	walk = new Walk(graph, at("graph"), { open, fold, clear, say: (text) => (at("said").textContent = text) });
	new Search(lineage, at("search"), at("hits"), {
		open,
		mark: (ids) => {
			graph.cy.nodes(".hit").removeClass("hit");
			for (const id of ids) graph.cy.getElementById(graph.elementOf(id) ?? "").addClass("hit");
		},
	});
	new Time(lineage, { slider: at("time"), play: at("play"), marks: at("marks"), now: at("now") }, (until, act) => {
		state.until = until;
		state.chosen = act?.id;
		fresh();
	});
	fillEvidence();
	fillBlast(at("blast"), lineage, open);
	fillActs(at("acts"), lineage, open);
	fillCoverage(at("coverage"), lineage, open);
	at("theme").addEventListener("click", () => setTheme(theme === "dark" ? "light" : "dark"));
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));
	at("print").addEventListener("click", printPage);
	addEventListener("beforeprint", preparePrint);
	at("fold").disabled = !lineage.crews.size && !state.groups.size;
	at("fold").textContent = state.folded.size || state.groups.size ? "Unfold all" : "Fold all";
	graph.fit(false);
	document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

begin();
