/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page that shows a lineage and needs nothing else: no network, no other file. The page itself (user/export/page,
 * made at build time) is constant, and its content security policy lets nothing run but the script and style whose
 * digests it names. It ends within a script element of type application/json: the lineage goes there.
 *
 * The lineage is written in ASCII, and what could end the element or begin a comment or an entity (< > &) only as
 * \uNNNN, so no name from outside is ever markup, whatever the parser.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "export/formats.h"

#define FILE_NAME "build/gen/page.html"

__asm__(".section .rodata\n"
	".global cl_lineage_page\n"
	".type cl_lineage_page, @object\n"
	"cl_lineage_page:\n"
	".incbin \"" FILE_NAME "\"\n"
	".byte 0\n"
	".size cl_lineage_page, . - cl_lineage_page\n"
	".previous\n");
extern const char cl_lineage_page[];

static const char page_end[] = "</script>\n</body>\n</html>\n";

/* The character at s, of which `len` bytes are there; *size: how many it takes. A byte that is none is U+FFFD. */
static uint32_t character(const char *s, size_t len, size_t *size)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char first = (unsigned char)*s;
	size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
	uint32_t c = first & lead[n];

	*size = 1;
	if (n > len || cl_utf8_span(s, n) != n)
		return 0xfffd;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	*size = n;
	return c;
}

static void put_escaped(uint32_t c, FILE *out)
{
	if (c > 0xffff) {
		fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
		return;
	}
	fprintf(out, "\\u%04x", c);
}

/* JSON as cJSON prints it; outside of its strings there is nothing to escape. */
static void put_json(const char *json, FILE *out)
{
	size_t len = strlen(json), plain = 0, size;

	for (size_t i = 0; i < len; i += size) {
		uint32_t c = character(json + i, len - i, &size);

		if (c < 0x7f && !strchr("<>&", (int)c))
			continue;
		fwrite(json + plain, 1, i - plain, out);
		put_escaped(c, out);
		plain = i + size;
	}
	fwrite(json + plain, 1, len - plain, out);
}

static int write_html(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	char *json = cJSON_PrintUnformatted(lineage);

	if (!json)
		return cl_fail(err, -ENOMEM, "cannot write the html export: out of memory");
	errno = 0;
	fputs(cl_lineage_page, out);
	put_json(json, out);
	fputs(page_end, out);
	cJSON_free(json);
	return cl_export_check(out, "html", err);
}

const struct cl_export_format cl_export_html = {.name = "html", .write = write_html};
