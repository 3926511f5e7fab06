// SPDX-License-Identifier: Apache-2.0
// What the tests of the page need: stores made by the program from recordings, its exports, and one Chromium.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), "../.."));
const { chromium } = createRequire(resolve("build/page-test") + "/")("playwright-core");

export const work = mkdtempSync(join(tmpdir(), "credlineage-page-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

export const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });

/** A store in `name`, replayed from what a test program records. */
export function replayed(recorder, name) {
	run(recorder, "record", join(work, `${name}.rec`));
	run("build/credlineage", "replay", "--state", join(work, name), join(work, `${name}.rec`));
	return join(work, name);
}

/** The same lineage as JSON (parsed) and as a page (its file). */
export function exported(state, ...focus) {
	const page = join(state, `${focus.join("").replace(/[^a-z0-9]/gi, "")}.html`);
	const lineage = ["build/credlineage", "lineage", "--state", state, ...focus];
	run(...lineage, "--format", "html", "-o", page);
	return { page, size: readFileSync(page).length, json: JSON.parse(run(...lineage, "--blast-radius")) };
}

let browser;
export async function close() {
	await browser?.close();
}

/** A tab with the page in it once it is ready. `wrong` gathers what must never be: requests, console lines, errors, violations. */
export async function opened(file, options = {}) {
	/* Chromium's own sandbox can't be had as root. */
	browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: process.getuid() ? [] : ["--no-sandbox"] });
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
	context.setDefaultTimeout(120000); /* a busy machine is no failure */
	const tab = await context.newPage();
	const wrong = [];
	tab.on("request", (request) => request.url().startsWith("data:") || request.url() === `file://${file}` || wrong.push(`request ${request.url()}`));
	tab.on("console", (message) => wrong.push(`console ${message.text()}`));
	tab.on("pageerror", (error) => wrong.push(`error ${error.stack}`));
	tab.on("dialog", (dialog) => (wrong.push(`dialog ${dialog.message()}`), dialog.dismiss()));
	await tab.addInitScript(() => {
		window.violations = [];
		document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
	});
	await tab.goto(`file://${file}`);
	await tab.waitForSelector("html[data-ready]", { timeout: 120000 });
	return { tab, wrong, context };
}

/** Milliseconds of CPU that the page's process has had: what a busy machine does not change. */
export async function cpu(tab) {
	const session = await tab.context().newCDPSession(tab);
	await session.send("Performance.enable");
	const { metrics } = await session.send("Performance.getMetrics");
	await session.detach();
	return 1000 * metrics.find((m) => m.name === "ProcessTime").value;
}

/** What the graph shows: cards and lines that are not hidden, as plain data. */
export const shown = (tab) =>
	tab.evaluate(() => {
		const { cy } = document.getElementById("graph")._cyreg;
		const on = (e) => !e.hasClass("gone");
		return {
			cards: cy.nodes(".card, .box").filter(on).map((n) => ({ id: n.id(), kind: n.data("kind"), text: n.data("text"), classes: n.classes() })),
			lines: cy.edges().filter(on).map((e) => ({ id: e.id(), kind: e.data("kind"), basis: e.data("basis"), step: e.data("step"), classes: e.classes() })),
		};
	});

let failed = 0;
/** One case: "ok NAME" or "not ok NAME" with what was wrong. */
export async function check(name, test) {
	try {
		await test();
		console.log(`ok ${name}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${name}\n    ${String(error.stack ?? error).replaceAll("\n", "\n    ")}`);
	}
}
export const status = () => (failed ? 1 : 0);
