// SPDX-License-Identifier: Apache-2.0
// How the graph is drawn in each theme: Cytoscape's style sheet, and the icons as pictures that the page makes itself.
import { KINDS } from "./kinds.js";

const HUES = {
	light: {
		amber: ["#fff4d6", "#9a6700"], teal: ["#dff5f0", "#0f6b5c"], slate: ["#ffffff", "#44546a"], indigo: ["#e9e9ff", "#4b45b8"],
		blue: ["#deeeff", "#0b5cad"], cyan: ["#dcf4fa", "#0b6a85"], violet: ["#f3e6ff", "#7b3fb3"], grey: ["#eceff3", "#566270"], rose: ["#ffe8ef", "#a33a63"],
	},
	dark: {
		amber: ["#3a2e10", "#f0c044"], teal: ["#10332e", "#58d0b8"], slate: ["#1d2733", "#b4c2d3"], indigo: ["#23224a", "#a9a5ff"],
		blue: ["#0f2b48", "#74b8ff"], cyan: ["#0d313c", "#5fcbe6"], violet: ["#301d44", "#cf9dff"], grey: ["#262d36", "#9fabb8"], rose: ["#3d1c29", "#ff9cbc"],
	},
};

const PAPER = {
	light: { ground: "#fbfcfd", ink: "#17212d", soft: "#5d6977", box: "#f1f3f7", rim: "#c3cbd5", red: "#c4212f", accent: "#0a5fd0", line: "#8793a1", took: "#b35900", sent: "#0b5cad", stored: "#0f6b5c", started: "#6d7a89", delegated: "#7b3fb3", belongs: "#b6bfca" },
	dark: { ground: "#10161e", ink: "#e8edf3", soft: "#95a2b1", box: "#151d27", rim: "#35414f", red: "#ff6b72", accent: "#5aa9ff", line: "#708091", took: "#ffab4d", sent: "#74b8ff", stored: "#58d0b8", started: "#8494a6", delegated: "#cf9dff", belongs: "#3d4957" },
};

export const FONT = "system-ui, Noto Sans, DejaVu Sans, sans-serif";

const SVG = "http://www.w3.org/2000/svg";

/** The icon of a kind, as an element for the page. */
export function iconOf(kind) {
	const svg = document.createElementNS(SVG, "svg");
	const path = document.createElementNS(SVG, "path");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("class", `icon hue-${(KINDS[kind] ?? KINDS.Process).hue}`);
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", (KINDS[kind] ?? KINDS.Process).icon);
	svg.append(path);
	return svg;
}

const picture = (path, colour) =>
	"data:image/svg+xml," +
	encodeURIComponent(`<svg xmlns="${SVG}" width="32" height="32" viewBox="0 0 16 16"><path d="${path}" fill="none" stroke="${colour}" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`);

function cardStyles(theme) {
	return Object.entries(KINDS).map(([kind, { shape, points, icon, hue }]) => {
		const [fill, stroke] = HUES[theme][hue];
		return {
			selector: `node.card[kind = "${kind}"]`,
			style: { shape, ...(points && { "shape-polygon-points": points }), "background-color": fill, "border-color": stroke, "background-image": picture(icon, stroke) },
		};
	});
}

function lineStyles(paper) {
	const of = (group, style) => ({ selector: `edge[group = "${group}"]`, style: { "line-color": paper[group], "target-arrow-color": paper[group], ...style } });
	return [
		of("took", { width: 2 }), of("sent", { width: 2 }), of("stored", { width: 1.5 }), of("started", { width: 1.3 }), of("delegated", { width: 2 }),
		of("belongs", { width: 1, "arrow-scale": 0.6 }),
		{ selector: 'edge[basis = "inferred"]', style: { "line-style": "dashed", "line-dash-pattern": [6, 4] } },
		{ selector: 'edge[basis = "declared"]', style: { "line-style": "dashed", "line-dash-pattern": [2, 3] } },
	];
}

export function sheet(theme) {
	const paper = PAPER[theme];
	return [
		{
			selector: "node",
			style: { "font-family": FONT, "font-size": 13, color: paper.ink, "z-index-compare": "manual", "overlay-opacity": 0, "min-zoomed-font-size": 4 },
		},
		{
			selector: "node.card",
			style: {
				shape: "round-rectangle", width: "data(w)", height: "data(h)", "border-width": 1.3, "z-index": 10, label: "data(text)", "text-wrap": "wrap", "text-max-width": 400,
				"text-halign": "right", "text-valign": "center", "text-justification": "left", "text-margin-x": "data(indent)", "line-height": 1.22,
				"background-image-opacity": 1, "background-fit": "none", "background-width": 16, "background-height": 16, "background-clip": "node",
				"background-image-smoothing": "yes", "background-position-x": "data(iconX)", "background-position-y": "50%", "corner-radius": 7,
			},
		},
		...cardStyles(theme),
		{ selector: "node.folded", style: { "border-style": "double", "border-width": 4 } },
		{ selector: "node.unknown", style: { "border-style": "dashed" } },
		{
			selector: "node.box",
			style: {
				shape: "round-rectangle", "corner-radius": 12, width: "data(w)", height: "data(h)", "background-color": paper.box, "border-width": 1, "border-color": paper.rim,
				"z-index": 0,
			},
		},
		{
			selector: "node.heading",
			style: {
				width: 1, height: 1, "background-opacity": 0, "border-width": 0, label: "data(text)", "text-halign": "right", "text-valign": "center", color: paper.soft,
				"font-size": 12, "font-weight": 600, events: "no", "z-index": 1,
			},
		},
		{
			selector: "node.heading.name",
			style: {
				color: HUES[theme].indigo[1], "font-size": 13, "z-index": 11, "text-background-color": paper.box, "text-background-opacity": 0.9, "text-background-padding": 2,
				"text-background-shape": "round-rectangle",
			},
		},
		{
			selector: "edge.bent",
			style: {
				"curve-style": "unbundled-bezier", "edge-distances": "endpoints", "source-endpoint": "data(out)", "target-endpoint": "data(in)",
				"control-point-weights": "data(weights)", "control-point-distances": "data(distances)", "target-arrow-shape": "triangle",
			},
		},
		{ selector: "edge.plain", style: { "curve-style": "haystack", "haystack-radius": 0 } },
		{
			selector: "edge",
			style: {
				"line-color": paper.line, width: 1.5, opacity: 0.8, "target-arrow-color": paper.line, "arrow-scale": 0.85, "z-index-compare": "manual", "z-index": 5, "overlay-opacity": 0,
				"font-family": FONT, "font-size": 10, color: paper.ink, "min-zoomed-font-size": 6,
			},
		},
		...lineStyles(paper),
		{ selector: "edge.implied", style: { width: 1, opacity: 0.3, "arrow-scale": 0.6 } },
		{ selector: ".dim", style: { opacity: 0.13 } },
		{ selector: "node.alarm", style: { "border-color": paper.red, "border-width": 2.6 } },
		{ selector: "node.focus", style: { "outline-color": paper.accent, "outline-width": 2, "outline-offset": 3, "outline-opacity": 0.45 } },
		{ selector: "node.hit", style: { "underlay-color": paper.took, "underlay-opacity": 0.4, "underlay-padding": 6, "underlay-shape": "round-rectangle" } },
		{
			selector: "edge.told",
			style: {
				width: 3.2, opacity: 1, "z-index": 8, label: "data(step)", "font-size": 11, "font-weight": 700, color: paper.ground, "text-background-color": paper.red,
				"text-background-opacity": 1, "text-background-shape": "round-rectangle", "text-background-padding": 3, "line-color": paper.red, "target-arrow-color": paper.red,
			},
		},
		{ selector: "node.chosen, node.cursor", style: { "outline-color": paper.accent, "outline-width": 3, "outline-offset": 3, "outline-opacity": 1, "z-index": 12 } },
		{ selector: "node.cursor", style: { "outline-style": "solid" } },
		{ selector: "node.box.chosen, node.box.cursor", style: { "z-index": 0, "outline-offset": 0 } },
		{
			selector: "edge.chosen, edge.near",
			style: {
				width: 3, opacity: 1, "z-index": 9, label: "data(words)", "text-background-color": paper.ground, "text-background-opacity": 0.92,
				"text-background-shape": "round-rectangle", "text-background-padding": 3, "text-wrap": "wrap",
			},
		},
		{ selector: "edge.told.near, edge.told.chosen", style: { color: paper.ink, label: "data(stepWords)" } },
		{ selector: ".gone", style: { display: "none" } },
	];
}

export const groundOf = (theme) => PAPER[theme].ground;
