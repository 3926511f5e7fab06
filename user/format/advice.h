/* SPDX-License-Identifier: Apache-2.0 */
/* What findings mean to people, and what to do about them: words by detector and by provider, as tables. */
#pragma once

#include <stdbool.h>

enum cl_sharing { /* what an allowance would be about */
		  CL_SHARING_NONE,
		  CL_SHARING_WORKFLOWS,
		  CL_SHARING_ENVIRONMENTS,
		  CL_SHARING_DESTINATIONS,
};

struct cl_advice {
	const char *detector;
	/* "GitHub credential cred:... <lead>."; NULL: the finding's own sentence says what no table can */
	const char *lead;
	const char *cause;  /* why this matters */
	const char *ask;    /* what to find out first */
	const char *narrow; /* what keeps it from happening again */
	bool replace;	    /* it may be in the wrong hands: rotate, revoke */
	enum cl_sharing sharing;
};

/* Never NULL: a detector of a later version has general words. */
const struct cl_advice *cl_advice_of(const char *detector);
bool cl_advice_known(const char *detector);

struct cl_provider {
	const char *name; /* as the catalogue has it */
	const char *how;  /* where a credential of it is taken back */
	const char *url;  /* NULL: none */
};
const struct cl_provider *cl_provider_of(const char *name); /* NULL: none */
extern const struct cl_provider cl_providers[];		    /* ends with name NULL */
