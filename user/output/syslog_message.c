/* SPDX-License-Identifier: Apache-2.0 */
#include "output/syslog_message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

#define BOM "\xef\xbb\xbf"
#define HOST_MAX 255
#define MSGID_MAX 32
#define SIZE_LEAST 1024
#define SIZE_MOST 65000 /* UDP's limit is 65,507 less IPv6's header */

unsigned int cl_syslog_severity(const cJSON *finding)
{
	static const char *const names[] = {"Critical", "High", "Medium", "Low"};
	const char *s = cl_json_get_str(finding, "severity");
	unsigned int i = 0;

	while (i < 4 && strcmp(names[i], s))
		i++;
	return 2 + i;
}

const char *cl_syslog_what(const cJSON *record)
{
	return cl_format_is_act(record) ? "act" : cl_json_get_str(record, "detector");
}

/* A header field: printable ASCII without blanks, never empty. */
static int put_field(struct cl_text *out, const char *s, size_t max)
{
	int r = *s ? 0 : cl_text_puts(out, "-");

	for (size_t i = 0; i < max && s[i] && !r; i++)
		r = cl_text_append(out, s[i] > 0x20 && s[i] < 0x7f ? &s[i] : "_", 1);
	return r ? r : cl_text_puts(out, " ");
}

/* Control characters are made visible first: relays rewrite them each in its own way. */
static int put_param(struct cl_text *out, const char *name, const char *value)
{
	_cleanup_text_ struct cl_text clean = {0};
	int r = cl_text_printf(out, " %s=\"", name);

	r = r ? r : cl_text_escape(&clean, value, strnlen(value, 256));
	for (const char *s = cl_text_str(&clean); *s && !r; s++) {
		if (*s == '"' || *s == '\\' || *s == ']')
			r = cl_text_append(out, "\\", 1);
		r = r ? r : cl_text_append(out, s, 1);
	}
	return r ? r : cl_text_append(out, "\"", 1);
}

static int put_data(struct cl_text *out, const cJSON *finding)
{
	static const char *const members[][2] = {
		{"id", "id"},
		{"detector", "detector"},
		{"severity", "severity"},
		{"activity", "activity"},
		{"credential", "credential.fingerprint"},
	};
	int r = cl_text_puts(out, "[credlineage@32473");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !r; i++)
		if (*cl_json_get_str(finding, members[i][1]))
			r = put_param(out, members[i][0], cl_json_get_str(finding, members[i][1]));
	if (!r && cl_json_at(finding, "count"))
		r = cl_text_printf(out, " count=\"%.0f\"", cl_json_get_num(finding, "count"));
	return r ? r : cl_text_puts(out, "] " BOM);
}

int cl_syslog_message(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, size_t max,
		      struct cl_text *out)
{
	_cleanup_text_ struct cl_text head = {0}, body = {0};
	int r = cl_text_printf(&head, "<%u>1 ", CL_SYSLOG_FACILITY * 8 + cl_syslog_severity(finding));

	r = r ? r : put_field(&head, cl_json_get_str(finding, "last"), 32);
	r = r ? r : put_field(&head, cl_json_get_str(finding, "host.name"), HOST_MAX);
	r = r ? r : cl_text_printf(&head, "credlineage %d ", (int)getpid());
	r = r ? r : put_field(&head, cl_syslog_what(finding), MSGID_MAX);
	r = r ? r : put_data(&head, finding);
	if (!r && head.len >= max)
		r = -EMSGSIZE;
	r = r ? r : cl_render_within(format, finding, logged_ns, max - head.len, &body);
	r = r ? r : cl_text_append(out, cl_text_str(&head), head.len);
	return r ? r : cl_text_append(out, cl_text_str(&body), body.len);
}

int cl_syslog_max_size(const struct cl_output_spec *spec, size_t *max, struct cl_error *err)
{
	uint64_t size = *max;
	int r = cl_spec_number(spec, "max-size", SIZE_LEAST, SIZE_MOST, &size, err);

	if (!r)
		*max = size;
	return r;
}

int cl_syslog_refuse(struct cl_parcel *parcel, int r, size_t max, struct cl_error *err)
{
	if (r == -ENOMEM)
		return cl_fail(err, -EAGAIN, "out of memory");
	parcel->result = r == -EMSGSIZE
				 ? cl_fail(&parcel->why, r,
					   "does not fit into a syslog message of %zu octets; max-size= allows "
					   "for more",
					   max)
				 : cl_fail(&parcel->why, r, "cannot make a syslog message of it: %s", strerror(-r));
	return 0;
}
