/* SPDX-License-Identifier: Apache-2.0 */
#include "output/output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/transport.h"

static const struct cl_output_format *const formats[] = {&cl_format_ocsf, &cl_format_human};
static const struct cl_transport *const transports[] = {&cl_transport_stdout, &cl_transport_file,
							&cl_transport_syslog_tcp};

struct cl_output {
	struct cl_output_spec spec;
	const struct cl_transport *transport;
	const struct cl_output_format *format;
	void *state;
};

const struct cl_output_format *cl_output_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

static int choose(struct cl_output *o, const char *spec, struct cl_error *err)
{
	const char *format = o->spec.format;

	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		if (!strcmp(transports[i]->scheme, o->spec.scheme))
			o->transport = transports[i];
	if (!o->transport)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": no such transport", spec);
	if (!format)
		format = o->transport->format;
	if (!format)
		format = isatty(STDOUT_FILENO) ? "human" : "ocsf";
	o->format = cl_output_format_find(format);
	if (!o->format)
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": format \"%s\" is not known; there are ocsf and human", spec,
			       format);
	return 0;
}

int cl_output_new(struct cl_output **out, const char *spec, struct cl_error *err)
{
	struct cl_output *o = calloc(1, sizeof(*o));
	int r = o ? cl_output_spec_parse(&o->spec, spec, err) : -ENOMEM;

	r = r ? r : choose(o, spec, err);
	r = r ? r : o->transport->open(&o->spec, &o->state, err);
	if (r) {
		cl_output_free(&o);
		return r;
	}
	*out = o;
	return 0;
}

void cl_output_free(struct cl_output **p)
{
	struct cl_output *o = TAKE_PTR(*p);

	if (!o)
		return;
	if (o->state)
		o->transport->close(&o->state);
	cl_output_spec_free(&o->spec);
	free(o);
}

const char *cl_output_name(const struct cl_output *o)
{
	return o->spec.name;
}

int cl_output_send(struct cl_output *o, const cJSON *finding, uint64_t *retry_ns, struct cl_error *err)
{
	return o->transport->send(o->state, o->format, finding, retry_ns, err);
}

int cl_write_whole(int fd, const char *bytes, size_t len, size_t *written)
{
	size_t at = 0;
	int r = 0;

	while (at < len && !r) {
		ssize_t n = write(fd, bytes + at, len - at);

		if (n >= 0)
			at += (size_t)n;
		else if (errno == EAGAIN) /* the reader made it non-blocking: wait as a blocking write would */
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (errno != EINTR)
			r = -errno;
	}
	*written = at;
	return r;
}
