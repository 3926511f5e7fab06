// SPDX-License-Identifier: Apache-2.0
// Text from outside: names, paths and arguments of watched processes. It only ever becomes text nodes, and what would
// be invisible or would reorder the line (controls, bidi, zero width, fillers) is spelled out.

const ODD =
	/[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\p{Cs}]/gu;

const spelled = (c) => `\\u{${c.codePointAt(0).toString(16).padStart(4, "0")}}`;

/** The same text with nothing hidden in it. */
export const visible = (text) => String(text).replace(ODD, spelled);

/** At most `max` characters; of a path the end is kept, which tells more. */
export function shortened(text, max) {
	const shown = [...visible(text)];
	if (shown.length <= max) return shown.join("");
	return isPath(text) ? "\u2026" + shown.slice(1 - max).join("") : shown.slice(0, max - 1).join("") + "\u2026";
}

const isPath = (text) => String(text).startsWith("/");

/** What of it is at most so wide, when a character is as wide as `measure` says. */
export function fitting(text, width, measure) {
	const shown = [...visible(text)];
	if (shown.length <= width && shown.reduce((sum, c) => sum + measure(c), 0) <= width) return shown.join("");
	const order = isPath(text) ? [...shown].reverse() : shown;
	let n = 0, used = measure("\u2026");
	while (n < order.length && used + measure(order[n]) <= width) used += measure(order[n++]);
	return isPath(text) ? "\u2026" + shown.slice(shown.length - n).join("") : shown.slice(0, n).join("") + "\u2026";
}

/** An element. Children are elements or text; a member that begins with "on" is a listener, false and undefined are left out. */
export function el(name, members = {}, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(members)) {
		if (value === undefined || value === false) continue;
		if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
		else e.setAttribute(key, value === true ? "" : value);
	}
	e.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
	return e;
}

/** Text from outside as an element: isolated, so that its direction stays its own, with what was hidden set apart. */
export function outside(text) {
	const e = el("bdi");
	let end = 0;
	text = String(text);
	for (const found of text.matchAll(ODD)) {
		e.append(text.slice(end, found.index), el("span", { class: "odd", title: "a character that is invisible or changes the order" }, spelled(found[0])));
		end = found.index + found[0].length;
	}
	e.append(text.slice(end));
	return e;
}

/** RFC 3339 to milliseconds, microseconds kept; undefined when absent. */
export function instant(text) {
	const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z$/.exec(text ?? "");
	return parts ? Date.parse(parts[1] + "Z") + Number(parts[2] ?? 0) * 1000 : undefined;
}

/** "2026-11-26 04:17:30.125" (UTC) for people; `brief` leaves out the day. */
export function clock(text, brief) {
	if (!text) return "";
	const shown = text.replace("T", " ").replace(/(\.\d{3})\d*Z$/, "$1").replace(/Z$/, "");
	return visible(brief ? shown.slice(11) : shown);
}

/** Fingerprints in a sentence cut to what tells them apart; the whole is in the evidence. */
export const briefly = (text) => String(text).replace(/\bcred:([0-9a-f]{8})[0-9a-f]{24}\b/g, "cred:$1\u2026");

/** A time as an element, the whole of it on hover. */
export const when = (text, brief) => (text ? el("time", { datetime: text, title: text }, clock(text, brief)) : "");

export const plural = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
