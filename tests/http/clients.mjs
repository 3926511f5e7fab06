// The receivers' own clients, who prove what the stubs take:
//   clients.mjs splunk URL TOKEN        splunk-logging sends three events, and is refused with a wrong token
//   clients.mjs elastic URL API_KEY     @elastic/elasticsearch creates three documents, two of them again, and one that has
//                                       no @timestamp; helpers.bulk, too
//   clients.mjs verify FILE KEY...      standardwebhooks judges each delivery of FILE (lines of the stub's "stored")
import fs from "node:fs";

const [what, ...rest] = process.argv.slice(2);
let failed = 0;

function check(name, holds, detail = "") {
	failed |= !holds;
	console.log(`${holds ? "ok" : "not ok"} ${name}${holds ? "" : `: ${JSON.stringify(detail).slice(0, 600)}`}`);
}

async function splunk(url, token) {
	const { default: logging } = await import("splunk-logging");
	const send = (secret, message, batch = 1) => new Promise((resolve) => {
		const logger = new logging.Logger({ url, token: secret, maxBatchCount: batch });
		logger.error = (error) => resolve({ error: String(error) });
		for (let i = 0; i < batch; i++)
			logger.send({ message, metadata: { time: 1700000000 + i, source: "proof", sourcetype: "_json", host: "h" } },
				(error, response, body) => resolve({ error, body }));
	});
	const one = await send(token, { text: "one" });
	check("splunk-logging's event is taken", one.body?.code === 0 && !one.error, one);
	const two = await send(token, { text: "two|=\\\"]^\n\t\u202e" }, 2);
	check("a batch of splunk-logging's is taken", two.body?.code === 0, two);
	const bad = await send("00000000-0000-0000-0000-000000000000", { text: "no" });
	check("a wrong token is code 4", bad.body?.code === 4 || /Invalid token/.test(bad.error ?? ""), bad);
}

async function elastic(url, apiKey) {
	const { Client } = await import("@elastic/elasticsearch");
	const client = new Client({ node: url, auth: { apiKey } });
	const doc = (n) => ({ "@timestamp": "2026-01-02T03:04:05.000Z", n });
	const operations = [1, 2, 3].flatMap((n) => [{ create: { _id: `proof-${n}` } }, doc(n)]);
	const first = await client.bulk({ index: "logs-proof-default", operations });
	check("@elastic/elasticsearch's documents are created", !first.errors && first.items.length === 3, first);
	const again = await client.bulk({ index: "logs-proof-default", operations: operations.slice(0, 4) });
	check("the same again is 409", again.errors && again.items.every((i) => i.create.status === 409), again);
	const bad = await client.bulk({ index: "logs-proof-default", operations: [{ create: { _id: "proof-4" } }, { n: 4 }] });
	check("a data stream without @timestamp is 400", bad.items[0].create.status === 400 && bad.items[0].create.error.type, bad);
	const helped = await client.helpers.bulk({ datasource: [doc(5), doc(6)],
		onDocument: () => ({ create: { _index: "logs-proof-default" } }) });
	check("its bulk helper is content", helped.successful === 2 && helped.failed === 0, helped);
	const stranger = new Client({ node: url, auth: { apiKey: "bm8=" }, maxRetries: 0 });
	const refused = await stranger.bulk({ index: "x", operations }).catch((e) => e.statusCode);
	check("a wrong key is 401", refused === 401, refused);
}

// The stub keeps the body as text; the library wants the clock to be near the timestamp, which it is in a test.
async function verify(file, key, format, expected) {
	const { Webhook } = await import("standardwebhooks");
	const hook = new Webhook(key, format === "raw" ? { format: "raw" } : undefined);
	const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((l) => JSON.parse(l));
	const judged = lines.map(({ body, headers }) => {
		try {
			hook.verify(body, headers);
			return true;
		} catch (e) {
			return String(e);
		}
	});
	check(`standardwebhooks verifies ${expected} deliveries`, judged.length === +expected && judged.every((j) => j === true),
		judged.filter((j) => j !== true));
	const { body, headers } = lines[0];
	const refuses = (b, h) => { try { hook.verify(b, h); return false; } catch { return true; } };
	check("it refuses a changed body", refuses(`${body} `, headers));
	check("it refuses another time", refuses(body, { ...headers, "webhook-timestamp": String(+headers["webhook-timestamp"] - 1) }));
}

await { splunk, elastic, verify }[what](...rest);
process.exit(failed);
