/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of somebody unknown. */
#include <stdlib.h>
#include <string.h>

#include "metrics/http.h"
#include "metrics/http_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cl_http_request request = {0};
	int status = cl_http_request_parse(&request, (const char *)data, size, CL_HTTP_REQUEST);

	if (status == 200 && (*request.path != '/' || strlen(request.path) >= CL_HTTP_PATH))
		abort();
	return 0;
}
