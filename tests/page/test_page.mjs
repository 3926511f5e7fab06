#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The page of `credlineage lineage --format html` in a real Chromium, as a responder uses it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, close, cpu, exported, opened, replayed, run, shown, status, work } from "./rig.mjs";

const story = replayed("build/tests/test_pipeline", "story");
const CRED = "cred:41414141414141414141414141414141";
const whole = exported(story, "--credential", CRED);
const { json } = whole;
const byId = new Map(json.nodes.map((n) => [n.id, n]));
const acts = json.edges.filter((e) => !["PART_OF", "RAN_IN", "RAN_AS"].includes(e.kind)).sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.id < b.id ? -1 : 1));
const quiet = (wrong, tab) => tab.evaluate(() => window.violations).then((violations) => assert.deepEqual([...wrong, ...violations], []));
const said = (tab) => tab.textContent("#said");
const toggle = (tab, key) => tab.click(`.toggle[data-key="${key}"]`);

const { tab, wrong } = await opened(whole.page);

await check("it says what it is of", async () => {
	assert.equal(await tab.title(), `credential ${CRED} on testhost`);
	assert.match(await tab.innerText("h1"), /Example example_token cred:4141/);
	assert.match(await tab.innerText(".over"), /a credential on testhost/);
	for (const kind of ["Run", "Process", "Credential", "Destination"])
		assert.match(await tab.innerText("#facts"), new RegExp(`${kind === "Process" ? "Processes" : kind + "s"}\\s+${json.nodes.filter((n) => n.kind === kind).length}\\b`));
});

await check("every node and link of the lineage is in it", async () => {
	const sum = async (name) => (await tab.locator(`.filter[aria-label="${name}"] .n`).allInnerTexts()).reduce((a, b) => a + Number(b), 0);
	assert.equal(await sum("Kind"), json.nodes.length);
	assert.equal(await sum("Link"), json.edges.length);
	assert.equal(await sum("Basis"), json.edges.length);
});

await check("what is missing stands at the top, in words", async () => {
	assert.ok(!json.complete && json.gaps.length === 2);
	const text = await tab.innerText("#gaps");
	assert.match(text, /not complete/);
	assert.match(text, /the monitor did not see everything/);
	assert.match(text, /5 events lost of exec/);
	const box = await tab.locator("#gaps").boundingBox();
	assert.ok(box.y < 200, `at ${box.y}`);
	assert.match(await tab.innerText("#coverage"), /exec\s+tracepoint/);
});

await check("no card lies on another, time goes to the right", async () => {
	const boxes = await tab.evaluate(() => document.getElementById("graph")._cyreg.cy.nodes(".card").map((n) => ({ id: n.id(), ...n.position(), w: n.data("w"), h: n.data("h") })));
	for (const a of boxes)
		for (const b of boxes) if (a.id < b.id) assert.ok(Math.abs(a.x - b.x) >= (a.w + b.w) / 2 || Math.abs(a.y - b.y) >= (a.h + b.h) / 2, `${a.id} lies on ${b.id}`);
	const x = new Map(boxes.map((b) => [b.id, b.x]));
	for (const e of json.edges.filter((edge) => edge.kind === "SPAWNED")) if (x.has(e.source) && x.has(e.target)) assert.ok(x.get(e.source) < x.get(e.target), e.id);
	const column = (kind) => boxes.filter((b) => byId.get(b.id).kind === kind).map((b) => b.x);
	assert.ok(Math.max(...column("File")) < Math.min(...column("Credential")));
	assert.ok(Math.max(...column("Process")) < Math.min(...column("Destination")));
});

await check("a finding lights its acts up, numbered in the order in which they happened", async () => {
	const finding = json.findings.find((f) => f.detector === "cross-workflow-reuse" && f.credential === CRED);
	await tab.click(`.finding[data-id="${finding.id}"]`);
	assert.equal(await tab.getAttribute(`.finding[data-id="${finding.id}"]`, "aria-pressed"), "true");
	const told = (await shown(tab)).lines.filter((l) => l.classes.includes("told")).sort((a, b) => a.step - b.step);
	assert.ok(told.length >= 3, `${told.length} acts`);
	const firsts = told.map((l) => json.edges.find((e) => e.id === l.id).first);
	assert.deepEqual(firsts, [...firsts].sort());
	for (const line of told) assert.ok(finding.edges.includes(line.id));
	const bright = (await shown(tab)).cards.filter((c) => c.classes.includes("card") && !c.classes.includes("dim"));
	assert.ok(bright.some((c) => c.id === CRED) && bright.every((c) => finding.nodes.includes(c.id)), JSON.stringify(bright));
	await tab.click(`.finding[data-id="${finding.id}"]`);
	assert.ok(!(await shown(tab)).lines.some((l) => l.classes.includes("told")));
});

await check("search finds by name, path and id", async () => {
	await tab.fill("#search", "/SRV/A");
	const wanted = json.nodes.filter((n) => JSON.stringify(n).includes("/srv/A"));
	assert.equal(await tab.innerText("#hits"), `${wanted.length} found`);
	await tab.press("#search", "Enter");
	assert.match(await tab.innerText("#evidence"), /\/srv\/A/);
	await tab.fill("#search", "no such thing");
	assert.equal(await tab.innerText("#hits"), "none");
	await tab.fill("#search", "");
});

await check("evidence has every attribute and link of a node", async () => {
	await tab.fill("#search", "p21 [21]");
	await tab.press("#search", "Enter");
	const node = json.nodes.find((n) => n.attrs.pid === 21);
	const text = await tab.innerText("#evidence");
	for (const [key, value] of Object.entries(node.attrs)) assert.ok(value === "" || text.includes(String(value)), `${key}: ${value}`);
	assert.ok(text.includes(node.id));
	const links = json.edges.filter((e) => e.source === node.id || e.target === node.id);
	assert.equal(await tab.locator("#evidence .links > li").count(), links.length);
	for (const e of links) if (e.evidence) assert.ok(text.includes(e.evidence), e.evidence);
	await tab.locator("#evidence .verb", { hasText: "read" }).first().click();
	assert.match(await tab.innerText("#evidence"), /a kernel event shows it/);
	await tab.click("#evidence .close");
	assert.ok(!(await tab.locator("#evidence").isVisible()));
});

await check("the planted path is walked with the keyboard alone", async () => {
	await tab.fill("#search", "/srv/A");
	await tab.press("#search", "Escape");
	for (let i = 0; i < 60 && !(await tab.evaluate(() => document.activeElement.id === "graph")); i++) await tab.keyboard.press("Tab");
	await tab.keyboard.press("Home");
	assert.match(await said(tab), /^Credential Example example_token cred:4141/);
	await tab.keyboard.press("ArrowLeft");
	assert.match(await said(tab), /^File \/srv\/A/);
	await tab.keyboard.press("ArrowRight");
	assert.match(await said(tab), /^Credential .*4141/);
	const seen = [];
	for (let i = 0; i < 6 && !/^Destination/.test(seen.at(-1) ?? ""); i++) {
		await tab.keyboard.press("ArrowRight");
		seen.push(await said(tab));
	}
	assert.match(seen.at(-1), /^Destination/, seen.join("; "));
	await tab.keyboard.press("Enter");
	assert.match(await tab.innerText("#evidence"), /Destination/);
	await tab.keyboard.press("Escape");
	assert.ok(!(await tab.locator("#evidence").isVisible()));
});

await check("every control can be reached by Tab, has a name, and shows that it is reached", async () => {
	const nameless = await tab.evaluate(() => [...document.querySelectorAll("button, input, [tabindex]")].filter((e) => e.checkVisibility() && !(e.innerText || e.ariaLabel || e.labels?.length || e.getAttribute("aria-label"))).map((e) => e.outerHTML));
	assert.deepEqual(nameless, []);
	await tab.focus("#print");
	await tab.keyboard.press("Tab");
	assert.equal(await tab.evaluate(() => document.activeElement.id), "theme");
	assert.notEqual(await tab.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
});

await check("runs fold and unfold", async () => {
	const processes = async () => (await shown(tab)).cards.filter((c) => c.kind === "Process").length;
	const folded = (await shown(tab)).cards.filter((c) => c.classes.includes("folded"));
	assert.equal(folded.length, 1); /* the host's own run: its process touched nothing */
	await tab.click("#fold");
	assert.equal(await processes(), json.nodes.filter((n) => n.kind === "Process").length);
	await tab.click("#fold");
	assert.equal(await processes(), 0);
	await tab.click("#fold");
	await tab.focus("#graph");
	await tab.keyboard.press("Home");
	const all = await processes();
	for (let i = 0; i < 6 && !/^(Process|Run)/.test(await said(tab)); i++) await tab.keyboard.press("ArrowRight");
	await tab.keyboard.press("Space");
	assert.equal(await processes(), all);
});

await check("kinds, links and bases are filtered", async () => {
	const before = await shown(tab);
	for (const [key, gone] of [["File", (s) => s.cards.filter((c) => c.kind === "File")], ["inferred", (s) => s.lines.filter((l) => l.basis === "inferred")], ["took", (s) => s.lines.filter((l) => ["READ", "HELD_IN_ENVIRONMENT"].includes(l.kind))]]) {
		assert.ok(gone(before).length, key);
		await toggle(tab, key);
		assert.equal(await tab.getAttribute(`.toggle[data-key="${key}"]`, "aria-pressed"), "false");
		assert.equal(gone(await shown(tab)).length, 0, key);
		await toggle(tab, key);
		assert.deepEqual((await shown(tab)).lines.map((l) => l.id).sort(), before.lines.map((l) => l.id).sort());
	}
	await toggle(tab, "User");
	await toggle(tab, "belongs");
	assert.equal((await shown(tab)).lines.filter((l) => l.kind === "RAN_AS").length, json.edges.filter((e) => e.kind === "RAN_AS").length);
	await toggle(tab, "User");
	await toggle(tab, "belongs");
});

await check("the time slider shows what had happened until then", async () => {
	const at = async (step) => {
		await tab.evaluate((n) => {
			const slider = document.getElementById("time");
			slider.value = String(n);
			slider.dispatchEvent(new Event("input"));
		}, step);
		return shown(tab);
	};
	assert.equal(await tab.getAttribute("#time", "max"), String(acts.length));
	assert.deepEqual((await at(0)).lines, []);
	for (const step of [1, Math.floor(acts.length / 2), acts.length - 1]) {
		const until = acts[step - 1].first;
		const ids = new Set((await at(step)).lines.map((l) => l.id));
		for (const e of acts) assert.equal(ids.has(e.id), e.first <= until, `${e.kind} of ${e.first} at ${until}`);
		assert.match(await tab.innerText("#now"), new RegExp(`${step} of ${acts.length}`));
	}
	await tab.focus("#time");
	await tab.keyboard.press("ArrowRight");
	assert.match(await tab.innerText("#now"), new RegExp(`^All ${acts.length} acts`));
	await at(acts.length - 2);
	await tab.click("#play");
	await tab.waitForFunction((n) => document.getElementById("time").value === String(n), acts.length);
});

await check("blast radius is told in full", async () => {
	const blast = json.blast_radius;
	assert.ok(blast.runs.length && blast.destinations.length && blast.files.length);
	const rows = ["runs", "hosts", "files", "destinations", "also_held"].reduce((n, key) => n + blast[key].length, 0);
	assert.equal(await tab.locator("#blast tbody tr").count(), rows);
	const text = await tab.innerText("#blast");
	for (const item of [...blast.runs, ...blast.destinations, ...blast.files]) assert.ok(text.includes(item.label), item.label);
});

await check("every act is in the table, in order", async () => {
	const times = await tab.locator("#acts tbody time").evaluateAll((all) => all.map((t) => t.getAttribute("datetime")));
	assert.deepEqual(times, acts.map((e) => e.first));
});

await check("dark and light", async () => {
	const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const light = await ground();
	await tab.click("#theme");
	assert.equal(await tab.getAttribute("html", "data-theme"), "dark");
	assert.notEqual(await ground(), light);
	await tab.click("#theme");
	assert.equal(await ground(), light);
	const dark = await opened(whole.page, { colorScheme: "dark" });
	assert.equal(await dark.tab.getAttribute("html", "data-theme"), "dark");
	await dark.context.close();
});

await check("all of that fetched nothing, said nothing and broke no rule of its policy", () => quiet(wrong, tab));

await check("the policy holds: no request, no script, no markup from text", async () => {
	const { tab: other, context } = await opened(whole.page);
	const outcome = await other.evaluate(async () => {
		const tried = {};
		const fails = async (name, act) => (tried[name] = await act().then(() => "went through", () => "refused"));
		await fails("fetch", () => fetch("https://127.0.0.1:9/"));
		await fails("markup", async () => (document.body.innerHTML += "<b id=injected>x</b>"));
		await fails("script", async () => {
			const script = document.createElement("script");
			script.text = "window.injected = 1";
			document.head.append(script);
		});
		const image = new Image();
		await fails("image", () => new Promise((done, no) => Object.assign(image, { onload: done, onerror: no, src: "https://127.0.0.1:9/x.png" })));
		return { tried, injected: window.injected ?? document.getElementById("injected") };
	});
	assert.deepEqual(outcome, { tried: { fetch: "refused", markup: "refused", script: "refused", image: "refused" }, injected: null });
	await context.close();
});

await check("it prints: light, whole, without controls", async () => {
	const { tab: paper, context } = await opened(whole.page, { colorScheme: "dark" });
	const pdf = join(work, "page.pdf");
	await paper.pdf({ path: pdf, format: "A4" });
	const text = run("pdftotext", "-layout", pdf, "-");
	assert.match(text, /Example example_token cred:4141/);
	assert.match(text, /not complete/);
	for (const f of json.findings) assert.ok(text.replace(/\s+/g, "").includes(f.id.replace(/\s/g, "")), f.id);
	assert.equal((text.match(/2023-11-14 2\d:1\d:\d\d\.\d{3}/g) ?? []).length >= acts.length, true);
	assert.doesNotMatch(text, /Unfold all|Search names/);
	assert.match(run("pdfimages", "-list", pdf), /image/);
	await context.close();
});

await check("a phone gets all of it, and nothing sticks out", async () => {
	const { tab: phone, wrong: odd, context } = await opened(whole.page, { viewport: { width: 390, height: 844 }, hasTouch: true });
	assert.ok((await phone.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
	await phone.tap(".finding >> nth=0");
	await phone.tap("#acts tbody .ref >> nth=0");
	assert.ok(await phone.locator("#evidence").isVisible());
	assert.ok((await phone.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
	await quiet(odd, phone);
	await context.close();
});

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;

await check("names of an attacker stay text", async () => {
	const hostile = exported(replayed("build/tests/test_export", "hostile"), "--credential", "41", "--depth", "6");
	assert.ok(hostile.json.nodes.some((n) => n.label.includes("<script>alert(1)</script>")) && hostile.json.nodes.some((n) => n.label.includes("<img src=x onerror=")));
	const { tab: page, wrong: odd, context } = await opened(hostile.page);
	await page.click("#fold");
	for (const button of await page.locator(".more").all()) await button.click();
	assert.equal(await page.locator("script").count(), 2);
	assert.equal(await page.locator("img").count(), 1); /* the printer's */
	for (const word of ["<script>alert(1)", "onerror=alert(1)", "javascript:alert(1)", "%%{init"]) {
		await page.fill("#search", word);
		assert.match(await page.innerText("#hits"), /found/, word);
		await page.press("#search", "Enter");
		assert.ok((await page.innerText("#evidence")).includes(word), word);
	}
	assert.equal(await page.locator("#evidence a, #evidence img, #evidence script, #evidence iframe").count(), 0);
	assert.doesNotMatch(await page.evaluate(() => document.body.innerText), HIDDEN);
	for (const card of (await shown(page)).cards) assert.doesNotMatch(card.text, HIDDEN);
	await quiet(odd, page);
	await context.close();
});

await check("what is hidden in a name is spelled out, wherever it stands", async () => {
	/* The program's own records spell it already; a page must not depend on that. */
	const odd = join(work, "odd.html"), label = "/srv/\u202egpj.exe\u200b\u0007</script><b>";
	const data = JSON.stringify(json).replaceAll("/srv/A", label.replace("\u0007", "\\u0007").replaceAll("<", "\\u003c")).replaceAll("/srv/B", "/\u202eB");
	const [head] = readFileSync(whole.page, "utf8").split(/(?<=id="lineage">)/);
	writeFileSync(odd, `${head}${data}</script></body></html>`);
	const { tab: page, wrong: bad, context } = await opened(odd);
	const text = await page.evaluate(() => document.body.innerText);
	assert.ok(text.includes("/srv/\\u{202e}gpj.exe\\u{200b}\\u{0007}</script><b>"), text);
	assert.doesNotMatch(text, HIDDEN);
	assert.ok((await shown(page)).cards.some((c) => c.text.startsWith("/\\u{202e}B")));
	for (const card of (await shown(page)).cards) assert.doesNotMatch(card.text, HIDDEN);
	await page.fill("#search", "\\u{202e}gpj");
	assert.match(await page.innerText("#hits"), /found/);
	await quiet(bad, page);
	await context.close();
});

await check("2,000 nodes stay smooth", async () => {
	const store = join(work, "big");
	run("mkdir", store);
	const made = JSON.parse(run("build/bench/lineage", "100000", store, "7"));
	const big = exported(store, "--credential", made.credential, "--depth", "3");
	assert.ok(big.json.nodes.length >= 2000, `${big.json.nodes.length} nodes`);
	const { tab: page, wrong: odd, context } = await opened(big.page);
	const ready = Number(await page.getAttribute("html", "data-ready")), loaded = await cpu(page);
	const cards = (await shown(page)).cards.length;
	assert.ok(cards <= 160, `${cards} cards at once`);
	/* Dragged with the mouse: nine in ten frames meanwhile take less than this. */
	const pan = async () => {
		const box = await page.locator("#graph").boundingBox();
		await page.evaluate(() => {
			window.frames_ = [];
			const tick = (now) => (window.frames_.push(now), window.frames_.length < 500 && requestAnimationFrame(tick));
			requestAnimationFrame(tick);
		});
		await page.mouse.move(box.x + 20, box.y + 20);
		await page.mouse.down();
		for (let i = 0; i < 40; i++) await page.mouse.move(box.x + 20 + 5 * i, box.y + 20 + 3 * i);
		await page.mouse.up();
		return page.evaluate(() => {
			const times = window.frames_.slice(1).map((now, i) => now - window.frames_[i]).sort((a, b) => a - b);
			window.frames_.length = 500;
			return times[Math.floor(times.length * 0.9)];
		});
	};
	const folded = await pan();
	const before = await cpu(page);
	await page.click("#fold");
	await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	const unfold = (await cpu(page)) - before;
	assert.equal((await shown(page)).cards.filter((c) => c.kind === "Process").length, big.json.nodes.filter((n) => n.kind === "Process").length);
	const open = await pan();
	console.log(`# ${big.json.nodes.length} nodes, ${big.json.edges.length} links, ${(big.size / 1e6).toFixed(1)} MB: ready in ${ready} ms (${loaded.toFixed(0)} ms of CPU), ${cards} cards, pan ${folded.toFixed(0)} ms a frame; all unfolded in ${unfold.toFixed(0)} ms of CPU, pan ${open.toFixed(0)} ms a frame`);
	assert.ok(loaded < 6000 && folded < 150 && unfold < 12000 && open < 300);
	await quiet(odd, page);
	await context.close();
});

await close();
process.exitCode = status();
