// SPDX-License-Identifier: Apache-2.0
// The words of a lineage and how each looks: a kind is told by its shape and its icon, by colour only besides.

/** In the order of the legend. `context` is what work belongs to: it explains, so it is shown when asked for. */
export const KINDS = {
	Credential: { shape: "polygon", points: "-0.9 -1 0.9 -1 1 0 0.9 1 -0.9 1 -1 0", icon: "M10.5 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM8 8.5L2.5 14M5 11.5l2 2", hue: "amber" },
	File: { shape: "cut-rectangle", icon: "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3", hue: "teal" },
	Process: { shape: "round-rectangle", icon: "M1.5 2.5h13v11h-13zM4 6l2.5 2L4 10M8.5 10.5h3.5", hue: "slate" },
	Run: { shape: "bottom-round-rectangle", icon: "M2.5 8a5.5 5.5 0 1 0 1.6-3.9M2.5 2v3h3M8 5v3.3l2.2 1.4", hue: "indigo" },
	Destination: { shape: "polygon", points: "-1 -1 0.86 -1 1 0 0.86 1 -1 1", icon: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM1.5 8h13M8 1.5c-4.5 4-4.5 9 0 13M8 1.5c4.5 4 4.5 9 0 13", hue: "blue" },
	Container: { shape: "octagon", icon: "M8 1.5l6 3.2v6.6l-6 3.2-6-3.2V4.7zM2 4.7l6 3.2 6-3.2M8 7.9v6.6", hue: "cyan", context: true },
	Workflow: { shape: "rhomboid", icon: "M2 2.5h4v4H2zM10 9.5h4v4h-4zM4 6.5v5h6", hue: "violet", context: true },
	Host: { shape: "barrel", icon: "M2 2.5h12v4.500H2zM2 9h12v4.500H2zM4.500 4.750h1M4.500 11.250h1", hue: "grey", context: true },
	User: { shape: "ellipse", icon: "M8 1.800a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM2.500 14c.8-5 10.200-5 11 0", hue: "rose", context: true },
};

/**
 * What an edge says, in groups that can be hidden. `back`: the value went from target to source, and so does the arrow.
 * `verb` reads from source to target, `passive` from target to source.
 */
export const ACTS = {
	READ: { group: "took", verb: "read", passive: "read by", back: true },
	HELD_IN_ENVIRONMENT: { group: "took", verb: "held in its environment", passive: "in the environment of", back: true },
	PASSED_IN_ARGUMENTS: { group: "took", verb: "had in its arguments", passive: "in the arguments of", back: true },
	RECEIVED: { group: "took", verb: "received", passive: "received by", back: true },
	STORED_IN: { group: "stored", verb: "is stored in", passive: "holds", back: true },
	CONNECTED_TO: { group: "sent", verb: "connected to", passive: "connected to by" },
	USED_TOWARD: { group: "sent", verb: "was used toward", passive: "had used toward it" },
	DELEGATED_TO: { group: "delegated", verb: "delegated to", passive: "delegated by" },
	SPAWNED: { group: "started", verb: "started", passive: "started by" },
	PART_OF: { group: "belongs", verb: "is part of", passive: "consists of", back: true },
	RAN_IN: { group: "belongs", verb: "ran in", passive: "ran", back: true },
	RAN_AS: { group: "belongs", verb: "ran as", passive: "ran" },
};

export const GROUPS = {
	took: "took it",
	sent: "used it toward",
	stored: "stored in",
	started: "started",
	delegated: "delegated",
	belongs: "belongs to",
};

export const BASES = {
	observed: "a kernel event shows it",
	inferred: "follows from other events",
	declared: "somebody registered it",
};

export const SEVERITIES = ["Critical", "High", "Medium", "Low", "Informational"];

export const kindOf = (name) => KINDS[name] ?? KINDS.Process;
export const actOf = (name) => ACTS[name] ?? { group: "took", verb: name, passive: name };
