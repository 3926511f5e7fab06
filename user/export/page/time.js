// SPDX-License-Identifier: Apache-2.0
// The time slider. Acts come in bursts with days between, so a step is an act and not a second: from the first act to
// the last, in order, with the time of each told; findings are marked where they were made.
import { actOf } from "./kinds.js";
import { clock, el, shortened } from "./text.js";

const BEAT = 700; /* ms between two acts when played */

export class Time {
	/** `change(until, act)`: acts after `until` are in the future; act: the one just reached, undefined at the end. */
	constructor(lineage, parts, change) {
		Object.assign(this, { lineage, parts, change });
		const { slider, play } = parts;
		slider.max = String(lineage.acts.length);
		slider.value = slider.max;
		slider.disabled = play.disabled = !lineage.acts.length;
		slider.addEventListener("input", () => (this.stop(), this.#moved()));
		play.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
		this.#mark();
		this.#say();
	}

	get at() {
		return Number(this.parts.slider.value);
	}

	/** Step n shows the first n acts; step 0 what was there before them. */
	#moved() {
		const { acts } = this.lineage;
		const until = this.at >= acts.length ? Infinity : this.at ? acts[this.at - 1].begin : acts[0].begin - 0.001;
		this.#say();
		this.change(until, this.at >= acts.length ? undefined : acts[this.at - 1]);
	}

	#say() {
		const { acts } = this.lineage;
		const act = acts[this.at - 1];
		const whole = this.at >= acts.length;
		const text = !acts.length ? "No act with a time" : whole ? `All ${acts.length} acts, ${clock(acts[0].first)} to ${clock(acts.at(-1).first)}` : !act ? "Before the first act"
			: `${clock(act.first)}  ${this.at} of ${acts.length}: ${shortened(this.lineage.label(act.source), 40)} ${actOf(act.kind).verb} ${shortened(this.lineage.label(act.target), 60)}`;
		this.parts.now.textContent = text;
		this.parts.slider.setAttribute("aria-valuetext", text);
	}

	#mark() {
		const { acts, findings } = this.lineage;
		for (const f of findings) {
			if (f.begin === undefined || !acts.length) continue;
			const step = acts.filter((act) => act.begin <= f.begin).length;
			const mark = el("i", { class: `severity ${String(f.severity).toLowerCase()}` });
			mark.style.left = `${(100 * step) / acts.length}%`;
			this.parts.marks.append(mark);
		}
	}

	set(step) {
		this.parts.slider.value = String(step);
		this.#moved();
	}

	play() {
		if (this.at >= this.lineage.acts.length) this.set(0);
		this.parts.play.textContent = "\u23f8";
		this.parts.play.setAttribute("aria-label", "Stop");
		this.timer = setInterval(() => {
			this.set(this.at + 1);
			if (this.at >= this.lineage.acts.length) this.stop();
		}, BEAT);
	}

	stop() {
		clearInterval(this.timer);
		this.timer = undefined;
		this.parts.play.textContent = "\u25b6";
		this.parts.play.setAttribute("aria-label", "Play the acts one after another");
	}
}
