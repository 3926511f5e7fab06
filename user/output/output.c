/* SPDX-License-Identifier: Apache-2.0 */
#include "output/output.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/transport.h"

static const struct cl_transport *const transports[] = {
	&cl_transport_stdout,	     &cl_transport_file,
	&cl_transport_journald,	     &cl_transport_syslog_udp,
	&cl_transport_syslog_tcp,    &cl_transport_syslog_tls,
	&cl_transport_splunk,	     &cl_transport_splunk_plain,
	&cl_transport_elasticsearch, &cl_transport_elasticsearch_plain,
	&cl_transport_webhook,	     &cl_transport_webhook_plain,
	&cl_transport_alertmanager,  &cl_transport_alertmanager_plain,
};

struct cl_output {
	struct cl_output_spec spec;
	struct cl_output_terms terms;
	const struct cl_output_format *format;
	atomic_bool stop;
	void *state;
	struct turns {
		pthread_mutex_t lock;
		pthread_cond_t next;
		unsigned int taken, called;
	} turns;
};

/* In the order in which they came: who sends much does not keep out who sends little. */
static void take_turn(struct turns *t)
{
	unsigned int mine;

	pthread_mutex_lock(&t->lock);
	for (mine = t->taken++; mine != t->called;)
		pthread_cond_wait(&t->next, &t->lock);
	pthread_mutex_unlock(&t->lock);
}

static void end_turn(struct turns *t)
{
	pthread_mutex_lock(&t->lock);
	t->called++;
	pthread_cond_broadcast(&t->next);
	pthread_mutex_unlock(&t->lock);
}

const struct cl_transport *cl_transport_find(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		if (!strcmp(transports[i]->scheme, scheme))
			return transports[i];
	return NULL;
}

const char *cl_transport_forms(void)
{
	return "stdout:, file:/PATH, journald:, syslog+udp://HOST[:PORT], syslog+tcp://HOST:PORT, syslog+tls://HOST[:PORT] "
	       "and {splunk,elasticsearch,webhook,alertmanager}+{https,http}://HOST[:PORT][/PATH]";
}

static int choose_format(struct cl_output *o, struct cl_error *err)
{
	const char *name = cl_spec_get(&o->spec, "format");

	if (!name)
		name = o->spec.transport->format;
	if (!name)
		name = isatty(STDOUT_FILENO) ? "human" : "ocsf";
	o->format = cl_output_format_find(name);
	if (!o->format)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": format \"%s\" is not known; there are %s",
			       o->spec.text, name, cl_output_format_names());
	return 0;
}

static int check_events(const struct cl_output *o, struct cl_error *err)
{
	if (!o->terms.events)
		return 0;
	if (o->spec.transport->no_events)
		return cl_fail(
			err, -EINVAL,
			"cannot use output \"%s\": events= makes no sense there, it takes alerts only; send events "
			"to another output, as to file:/PATH or syslog+tls://HOST",
			o->spec.text);
	if (!o->format->acts)
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": format %s has no records for events; add format=ocsf (or "
			       "ocsf-1.8.0), or leave events= out",
			       o->spec.text, o->format->name);
	return 0;
}

int cl_output_new(struct cl_output **out, const char *spec, struct cl_error *err)
{
	_cleanup_(cl_output_free) struct cl_output *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return cl_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&o->turns.lock, NULL);
	pthread_cond_init(&o->turns.next, NULL);
	r = cl_output_spec_parse(&o->spec, spec, err);
	r = r ? r : choose_format(o, err);
	r = r ? r : cl_terms_parse(&o->terms, &o->spec, err);
	r = r ? r : check_events(o, err);
	r = r ? r : o->spec.transport->open(&o->spec, &o->stop, &o->state, err);
	if (r)
		return r;
	*out = TAKE_PTR(o);
	return 0;
}

void cl_output_free(struct cl_output **p)
{
	struct cl_output *o = TAKE_PTR(*p);

	if (!o)
		return;
	if (o->state)
		o->spec.transport->close(&o->state);
	cl_output_spec_free(&o->spec);
	pthread_cond_destroy(&o->turns.next);
	pthread_mutex_destroy(&o->turns.lock);
	free(o);
}

const char *cl_output_name(const struct cl_output *o)
{
	return o->spec.name;
}

const char *cl_output_spec_text(const struct cl_output *o)
{
	return o->spec.text;
}

const struct cl_output_terms *cl_output_terms(const struct cl_output *o)
{
	return &o->terms;
}

bool cl_output_is_stdout(const struct cl_output *o)
{
	return o->spec.transport == &cl_transport_stdout;
}

bool cl_output_is_one(const struct cl_output *o)
{
	return o->spec.transport->one_state;
}

size_t cl_output_batch(const struct cl_output *o)
{
	return o->spec.transport->batch ? o->spec.transport->batch : 1;
}

int cl_output_send(struct cl_output *o, struct cl_parcel *parcels, size_t n, uint64_t *retry_ns, struct cl_error *err)
{
	int r;

	for (size_t i = 0; i < n; i++)
		parcels[i].result = -EAGAIN;
	*retry_ns = 0;
	take_turn(&o->turns);
	r = o->spec.transport->send(o->state, o->format, parcels, n, retry_ns, err);
	end_turn(&o->turns);
	return r;
}

void cl_output_stop(struct cl_output *o)
{
	atomic_store(&o->stop, true);
}

void cl_output_reopen(struct cl_output *o)
{
	take_turn(&o->turns);
	if (o->spec.transport->reopen)
		o->spec.transport->reopen(o->state);
	end_turn(&o->turns);
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
