/* SPDX-License-Identifier: Apache-2.0 */
#include "output/resolve.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/wait.h"

struct cl_lookup {
	char *host, *port;
	struct addrinfo hints, *list;
	int result;	  /* getaddrinfo's */
	int done;	  /* eventfd: readable when list and result stand */
	atomic_int users; /* who asked and the thread; the last one frees */
};

void cl_lookup_drop(struct cl_lookup **pending)
{
	struct cl_lookup *l = TAKE_PTR(*pending);

	if (!l || atomic_fetch_sub(&l->users, 1) > 1)
		return;
	if (l->list)
		freeaddrinfo(l->list);
	cl_closep(&l->done);
	free(l->host);
	free(l->port);
	free(l);
}

static void *look_up(void *arg)
{
	struct cl_lookup *l = arg;

	l->result = getaddrinfo(l->host, l->port, &l->hints, &l->list);
	eventfd_write(l->done, 1);
	cl_lookup_drop(&l);
	return NULL;
}

/* Signals are for the threads that wait for them. */
static int start_thread(struct cl_lookup *l)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store(&l->users, 2);
	r = -pthread_create(&thread, NULL, look_up, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		atomic_store(&l->users, 1);
	else
		pthread_detach(thread);
	return r;
}

static int start(struct cl_lookup **out, const char *host, const char *port, const struct addrinfo *hints)
{
	_cleanup_(cl_lookup_drop) struct cl_lookup *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	atomic_store(&l->users, 1);
	l->hints = *hints;
	l->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->host = strdup(host);
	l->port = strdup(port);
	if (l->done < 0 || !l->host || !l->port)
		return l->done < 0 ? -errno : -ENOMEM;
	r = start_thread(l);
	if (!r)
		*out = TAKE_PTR(l);
	return r;
}

int cl_resolve(struct cl_lookup **pending, const char *host, const char *port, int socktype, const atomic_bool *stop,
	       struct addrinfo **out, struct cl_error *err)
{
	struct addrinfo hints = {.ai_socktype = socktype, .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};
	int r;

	if (!getaddrinfo(host, port, &hints, out)) /* an address: nobody has to be asked */
		return 0;
	hints.ai_flags = AI_NUMERICSERV;
	r = *pending ? 0 : start(pending, host, port, &hints);
	if (!r && *pending)
		r = cl_wait_ready((*pending)->done, POLLIN, cl_boot_ns() + CL_WAIT_NS, stop);
	if (r || !*pending)
		return cl_fail(err, r, "cannot find \"%s\": %s", host,
			       r == -ETIMEDOUT ? "no name server answers" : strerror(-r));
	r = (*pending)->result;
	*out = TAKE_PTR((*pending)->list);
	cl_lookup_drop(pending);
	if (r)
		return cl_fail(err, -EHOSTUNREACH, "cannot find \"%s\": %s", host, gai_strerror(r));
	return 0;
}
