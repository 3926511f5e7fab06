/* SPDX-License-Identifier: Apache-2.0 */
/* What is carried, tag by tag: append-only. */
#include "event/codec.h"

#include "base/cleanup.h"
#include "event/observation.h"

#define F(type_, member)                                                                                               \
	{                                                                                                              \
		offsetof(struct cl_observation, member), type_, #member                                                \
	}
#define U32(m) F(CL_FIELD_U32, m)
#define I32(m) F(CL_FIELD_I32, m)
#define U64(m) F(CL_FIELD_U64, m)
#define I64(m) F(CL_FIELD_I64, m)
#define STR(m) F(CL_FIELD_STRING, m)

static const struct cl_field fields[] = {
	[1] = U32(kind),
	[2] = U32(flags),
	[3] = U64(ts),
	[4] = U64(process.start),
	[5] = U32(process.tgid),
	[6] = U64(parent.start),
	[7] = U32(parent.tgid),
	[8] = U64(child.start),
	[9] = U32(child.tgid),
	[10] = U64(cgroup_id),
	[11] = U32(tid),
	[12] = U32(ns_tgid),
	[13] = U32(uid),
	[14] = U32(euid),
	[15] = U32(gid),
	[16] = U32(loginuid),
	[17] = U32(session),
	[18] = U32(mntns),
	[19] = U32(pidns),
	[20] = STR(comm),
	[21] = STR(exe),
	[22] = STR(filename),
	[23] = STR(command),
	[24] = STR(cgroup),
	[25] = U64(exe_ino),
	[26] = U32(exe_dev),
	[27] = I32(exit_code),
	[28] = STR(path),
	[29] = U64(ino),
	[30] = U64(ctime),
	[31] = U64(size),
	[32] = U64(length),
	[33] = U32(dev),
	[34] = U32(generation),
	[35] = U32(open_flags),
	[36] = U32(how),
	[37] = STR(store),
	[38] = U32(family),
	[39] = U32(sock_type),
	[40] = U32(port),
	[41] = STR(address),
	[42] = STR(workflow),
	[43] = STR(run_id),
	[44] = STR(environment),
	[45] = STR(spiffe_id),
	[46] = STR(outcome),
	[47] = STR(run_kind),
	[48] = STR(parent_run),
	[49] = U64(ttl),
	[50] = STR(host_id),
	[51] = STR(host_name),
	[52] = STR(boot_id),
	[53] = STR(act),
	[54] = STR(tier),
	[55] = STR(detail),
	[56] = STR(finding),
	[57] = I64(wall_offset),
	[58] = U64(count),
	[59] = U64(since),
	[60] = U32(key_id),
	[CL_TAG_SIGHTINGS] = F(CL_FIELD_SIGHTINGS, sightings),
	[CL_TAG_VARS] = F(CL_FIELD_VARS, vars),
	[63] = U32(exempt),
	[64] = U32(userns),
	[65] = U32(ns_uid),
	[66] = U64(opener.start),
	[67] = U32(opener.tgid),
	[68] = U32(opener_uid),
	[69] = U32(repeats),
	[70] = U32(unverified),
	[71] = U64(socket),
	[72] = I32(result),
	[73] = STR(service),
	[74] = STR(asked_address),
	[75] = U32(asked_port),
	[76] = STR(program),
	[77] = STR(policy),
	[78] = U32(whole),
	[79] = STR(owner),
	[80] = STR(allowed_credentials),
	[81] = STR(allowed_destinations),
	[82] = STR(repository),
	[83] = STR(job),
	[84] = STR(attempt),
	[85] = STR(names),
	[86] = U32(registrant),
	[87] = STR(readers),
	[88] = U32(traits),
};

#define S(type_, member)                                                                                               \
	{                                                                                                              \
		offsetof(struct cl_sighting, member), type_, #member                                                   \
	}
static const struct cl_field sighting_fields[] = {
	[1] = S(CL_FIELD_FP, fp),	    [2] = S(CL_FIELD_U32, key_id),	  [3] = S(CL_FIELD_U32, source),
	[4] = S(CL_FIELD_U32, class),	    [5] = S(CL_FIELD_U32, line),	  [6] = S(CL_FIELD_U64, expires),
	[7] = S(CL_FIELD_STRING, provider), [8] = S(CL_FIELD_STRING, format),	  [9] = S(CL_FIELD_STRING, name),
	[10] = S(CL_FIELD_FP, other),	    [11] = S(CL_FIELD_U32, other_key_id), [12] = S(CL_FIELD_U32, local),
	[13] = S(CL_FIELD_STRING, facts),   [14] = S(CL_FIELD_U64, lifetime),	  [15] = S(CL_FIELD_STRING, kind),
};

static const struct cl_field var_fields[] = {
	[1] = {offsetof(struct cl_var, name), CL_FIELD_STRING, "name"},
	[2] = {offsetof(struct cl_var, value), CL_FIELD_STRING, "value"},
};

const struct cl_message cl_message_observation = {fields, ARRAY_SIZE(fields), sizeof(struct cl_observation)};
const struct cl_message cl_message_sighting = {sighting_fields, ARRAY_SIZE(sighting_fields),
					       sizeof(struct cl_sighting)};
const struct cl_message cl_message_var = {var_fields, ARRAY_SIZE(var_fields), sizeof(struct cl_var)};

const struct cl_field *cl_obs_fields(size_t *n)
{
	*n = ARRAY_SIZE(fields);
	return fields;
}
