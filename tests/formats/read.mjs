// SPDX-License-Identifier: Apache-2.0
// Readers from npm, for tests/command/test_formats.sh.
//   node read.mjs ecs FILE      holds each document against ECS as Elastic publishes it; exits 1 when something is wrong
//   node read.mjs parse FILE    what nsyslog-parser finds in each CEF or LEEF record, one JSON object a line
import { readFileSync } from 'node:fs';
import ecs from '@elastic/ecs/build/commonjs/index.js';
import parse from 'nsyslog-parser';

const [mode, file] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);

const types = {
	keyword: (v) => typeof v === 'string',
	wildcard: (v) => typeof v === 'string',
	match_only_text: (v) => typeof v === 'string',
	constant_keyword: (v) => typeof v === 'string',
	long: Number.isInteger,
	float: (v) => typeof v === 'number',
	ip: (v) => /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*)$/i.test(v),
	date: (v) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(v) && !Number.isNaN(Date.parse(v)),
};

function* leaves(object, path) {
	for (const [key, value] of Object.entries(object)) {
		const here = path ? `${path}.${key}` : key;
		if (here === 'credlineage') continue; // our own name, which ECS never takes
		if (value && typeof value === 'object' && !Array.isArray(value)) yield* leaves(value, here);
		else yield [here, value];
	}
}

function* wrongWith(document) {
	for (const [path, value] of leaves(document, '')) {
		const field = ecs.EcsFlat[path];
		if (!field) {
			yield `${path} is no field of ECS ${ecs.EcsVersion}`;
			continue;
		}
		if (field.normalize.includes('array') !== Array.isArray(value)) yield `${path}: one or several?`;
		const allowed = (field.allowed_values ?? []).map((a) => a.name).concat(field.expected_values ?? []);
		for (const one of [value].flat()) {
			if (!types[field.type]) yield `${path}: type ${field.type} is not known here`;
			else if (!types[field.type](one)) yield `${path}: ${JSON.stringify(one)} is no ${field.type}`;
			if (allowed.length && !allowed.includes(one)) yield `${path}: "${one}" is not allowed`;
		}
	}
	for (const path of ['@timestamp', 'ecs.version', 'event.kind', 'event.category', 'event.type', 'message'])
		if (path.split('.').reduce((o, k) => o?.[k], document) === undefined) yield `${path} is missing`;
	if (document.ecs?.version !== ecs.EcsVersion) yield `ecs.version is not ${ecs.EcsVersion}`;
	const expected = ecs.EcsFlat['event.category'].allowed_values
		.filter((a) => document.event.category.includes(a.name))
		.flatMap((a) => a.expected_event_types);
	for (const type of document.event.type)
		if (!expected.includes(type)) yield `event.type "${type}" is not expected of these categories`;
}

if (mode === 'parse') {
	for (const line of lines) {
		const { type, cef, leef, fields } = parse(`<83>1 2026-01-02T03:04:05.678Z host credlineage 1 x - ${line}`);
		console.log(JSON.stringify({ type, header: cef ?? leef, fields }));
	}
} else {
	let wrong = 0;
	lines.forEach((line, i) => {
		for (const problem of wrongWith(JSON.parse(line))) {
			console.log(`${file}:${i + 1}: ${problem}`);
			wrong++;
		}
	});
	console.log(`${lines.length} documents, ${wrong} problems`);
	process.exitCode = wrong || !lines.length ? 1 : 0;
}
