/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/letters.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

static int take_text(const cJSON *request, const char *key, char out[CL_LETTERS_NAME], struct cl_error *err)
{
	const char *text = cl_json_get_str(request, key);

	if (strlen(text) >= CL_LETTERS_NAME)
		return cl_fail(err, -EINVAL, "\"%s\" is longer than %d bytes", key, CL_LETTERS_NAME - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int take_request(struct cl_letters *l, const struct cl_peer *peer, const cJSON *request, struct cl_error *err)
{
	const char *verb = cl_json_get_str(request, "verb");
	int r = take_text(request, "output", l->output, err);

	r = r ? r : take_text(request, "finding", l->finding, err);
	if (r)
		return r;
	l->retry = !strcmp(verb, "retry");
	if (!l->retry && strcmp(verb, "discard"))
		return cl_fail(err, -EINVAL, "\"verb\" must be retry or discard");
	l->pid = peer->pid;
	l->uid = peer->uid;
	return 0;
}

/* On the writer's thread. Said in the log, too: what is thrown away never reaches its receiver. */
static void run(void *ctx, struct cl_store_db *db)
{
	struct cl_letters *l = ctx;

	(void)db;
	l->err = (struct cl_error){0};
	l->result = cl_delivery_dead(cl_writer_delivery(l->writer), *l->output ? l->output : NULL,
				     *l->finding ? l->finding : NULL, l->retry, &l->n, &l->err);
	if (!l->result && l->n)
		cl_info("outputs: %llu dead letters %s, as pid %d of uid %u asked", (unsigned long long)l->n,
			l->retry ? "are sent once more" : "are thrown away", (int)l->pid, l->uid);
	cl_errand_done(&l->errand);
}

static int begin(struct cl_letters *l, const struct cl_peer *peer, const cJSON *request, struct cl_error *err)
{
	int r = take_request(l, peer, request, err);

	if (r) {
		cl_errand_end(&l->errand);
		return r;
	}
	r = cl_errand_begin(&l->errand, l->writer, run, l);
	return r ? cl_fail(err, r, "the store is too busy for its dead letters: try again") : 0;
}

static int finish(struct cl_letters *l, cJSON *reply, struct cl_error *err)
{
	int r = l->result;

	if (r)
		cl_fail(err, r, "%s", *l->err.text ? l->err.text : strerror(-r));
	else
		cl_json_num(reply, "letters", (double)l->n);
	cl_errand_end(&l->errand);
	return r == -EAGAIN ? -EIO : r; /* it is not asked again */
}

int cl_letters_handle(struct cl_letters *l, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		      struct cl_error *err)
{
	int turn, r;

	if (cl_desk_is_elsewhere(l->desk, request)) {
		cl_json_str(reply, "elsewhere", cl_desk_state(l->desk));
		return 0;
	}
	if (peer->uid && peer->uid != geteuid())
		return cl_fail(err, -EPERM,
			       "only root may have dead letters sent or thrown away (sudo credlineage ...)");
	turn = cl_errand_turn(&l->errand, peer, request);
	if (turn == CL_ERRAND_DONE)
		return finish(l, reply, err);
	r = turn == CL_ERRAND_BEGIN ? begin(l, peer, request, err) : turn < 0 ? turn : 0;
	if (r)
		return r;
	return cl_fail(err, -EAGAIN, "%s",
		       turn == CL_ERRAND_ANOTHER
			       ? "dead letters of another request are on their way, nothing was changed: try again"
			       : "the store is slow: it will be done (credlineage outputs status tells)");
}
