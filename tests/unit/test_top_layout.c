/* SPDX-License-Identifier: Apache-2.0 */
/* `top` as text: what stands where for which size of screen, what keys change, and that nothing of a watched process
 * reaches the terminal but printable characters in the columns that are its own. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "top/keys.h"
#include "top/layout.h"

#define NOW "2026-11-26T12:00:00.000000Z"
#define AGO_5S "2026-11-26T11:59:55.000000Z"
#define AGO_3M "2026-11-26T11:57:00.000000Z"
#define AGO_9D "2026-11-17T12:00:00.000000Z"

static const char base[] =
	"{\"host\":{\"id\":\"h\",\"name\":\"box\"},\"generated\":\"" NOW "\",\"store\":{\"credentials_pending\":0},"
	"\"monitor\":{\"running\":true,\"started\":\"2026-11-26T09:46:00.000000Z\"},"
	"\"coverage\":{\"known\":true,\"complete\":true,\"tiers\":[{\"tier\":\"fentry\",\"acts\":[\"exec\",\"fork\"]}],"
	"\"lost\":[]},"
	"\"events\":[{\"kind\":\"exec\",\"per_second\":12.4,\"sent\":1200,\"repeated\":7,\"lost\":0},"
	"{\"kind\":\"read\",\"per_second\":0.5,\"sent\":60,\"repeated\":40,\"lost\":3}],"
	"\"findings\":["
	"{\"id\":\"fnd-1\",\"detector\":\"cross-workflow-reuse\",\"severity\":\"High\",\"credential\":\"cred:aaaa1111ffff\","
	"\"workflows\":[\"deploy\",\"triage\"],\"first\":\"" AGO_3M "\",\"last\":\"" AGO_5S "\",\"count\":2},"
	"{\"id\":\"fnd-2\",\"detector\":\"credential-sweep\",\"severity\":\"Critical\",\"credential\":\"cred:bbbb2222ffff\","
	"\"workflows\":[\"agent:x\"],\"first\":\"" AGO_9D "\",\"last\":\"" AGO_3M "\",\"count\":1}],"
	"\"credentials\":["
	"{\"id\":\"cred:aaaa1111ffff\",\"fingerprint\":\"cred:aaaa1111ffff\",\"provider\":\"GitHub\",\"format\":\"x\","
	"\"class\":\"static\",\"workflows\":2,\"runs\":12,\"destinations\":1,\"findings\":1,\"severity\":\"High\","
	"\"first\":\"" AGO_9D "\",\"last\":\"" AGO_5S "\"},"
	"{\"id\":\"cred:bbbb2222ffff\",\"fingerprint\":\"cred:bbbb2222ffff\",\"provider\":\"AWS\",\"format\":\"y\","
	"\"class\":\"static\",\"workflows\":1,\"runs\":1,\"destinations\":0,\"findings\":1,\"severity\":\"Critical\","
	"\"first\":\"" AGO_3M "\",\"last\":\"" AGO_3M "\"}],"
	"\"runs\":["
	"{\"id\":\"run:h:t1\",\"run_id\":\"t1\",\"workflow\":\"triage\",\"kind\":\"declared\",\"state\":\"active\","
	"\"holds\":[{\"provider\":\"GitHub\",\"count\":2},{\"provider\":\"AWS\",\"count\":1}],\"credentials\":3,"
	"\"severity\":\"High\",\"begin\":\"" AGO_3M "\",\"last\":\"" AGO_5S "\"},"
	"{\"id\":\"run:h:d1\",\"run_id\":\"d1\",\"workflow\":\"deploy\",\"kind\":\"declared\",\"state\":\"ended\","
	"\"holds\":[],\"credentials\":0,\"severity\":\"\",\"begin\":\"" AGO_9D "\",\"last\":\"" AGO_9D "\"}]}";

struct desk {
	cJSON *snapshot;
	struct cl_top_view view;
	struct cl_frame *f;
	int rows, cols;
	struct cl_top_answer answer;
};

static int begin(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	d->snapshot = cJSON_Parse(base);
	assert_non_null(d->snapshot);
	cl_top_view_begin(&d->view);
	d->rows = 24;
	d->cols = 80;
	*state = d;
	return 0;
}

static int end(void **state)
{
	struct desk *d = *state;

	cJSON_Delete(d->snapshot);
	cl_top_view_end(&d->view);
	cl_frame_free(&d->f);
	free(d);
	return 0;
}

static void draw_as(struct desk *d, bool ascii)
{
	cl_frame_free(&d->f);
	assert_int_equal(cl_frame_new(&d->f, d->rows, d->cols, ascii), 0);
	assert_int_equal(cl_top_draw(d->snapshot, &d->view, d->f), 0);
}

static void draw(struct desk *d)
{
	draw_as(d, true);
}

static void line_is(struct desk *d, int row, const char *expected)
{
	_cleanup_text_ struct cl_text line = {0};

	assert_int_equal(cl_frame_line(d->f, row, &line), 0);
	assert_string_equal(cl_text_str(&line), expected);
}

static int row_of(struct desk *d, const char *words)
{
	for (int row = 0; row < d->rows; row++) {
		_cleanup_text_ struct cl_text line = {0};

		assert_int_equal(cl_frame_line(d->f, row, &line), 0);
		if (strstr(cl_text_str(&line), words))
			return row;
	}
	return -1;
}

static void press(struct desk *d, uint32_t key)
{
	assert_int_equal(cl_top_key(&d->view, key, d->snapshot, d->rows, d->cols, &d->answer), 0);
	draw(d);
}

static void type(struct desk *d, const char *text)
{
	for (; *text; text++)
		press(d, (unsigned char)*text);
}

/* ---- what stands where ---- */

static void the_usual_screen(void **state)
{
	struct desk *d = *state;

	draw(d);
	line_is(d, 0, " credlineage top  box  watching for 2h 14m                            12:00:00Z");
	line_is(d, 1, " coverage complete: 2 acts by fentry");
	line_is(d, 2, " loss     none");
	line_is(d, 3, " events/s 13: exec 12 read 0.5");
}

static void the_tables(void **state)
{
	struct desk *d = *state;

	draw(d);
	line_is(d, 4, "-- FINDINGS 2: 1 Critical, 1 High ----------------------------------------------");
	line_is(d, 5, "  SEVERITY FINDING                  CREDENTIAL    WORKFLOWS          COUNT *LAST");
	line_is(d, 6, "> High     cross-workflow-reuse     cred:aaaa1111 deploy, triage         2    5s");
	line_is(d, 7, "  Critical credential-sweep         cred:bbbb2222 agent:x                1    3m");
	line_is(d, 8, "");
	line_is(d, 13, "-- CREDENTIALS 2 ---------------------------------------------------------------");
	line_is(d, 14, "  SEVERITY CREDENTIAL    PROVIDER          CLASS    *WORKFLOWS  RUNS DESTS  LAST");
	line_is(d, 15, "  High     cred:aaaa1111 GitHub            static            2    12     1    5s");
	line_is(d, 16, "  Critical cred:bbbb2222 AWS               static            1     1     0    3m");
	line_is(d, 18, "-- RUNS 2 ----------------------------------------------------------------------");
	line_is(d, 19, "  SEVERITY WORKFLOW             KIND     *STATE     HOLDS            CREDS  LAST");
	line_is(d, 20, "  High     triage               declared  active    GitHub 2, AWS        3    5s");
	line_is(d, 21, "  -        deploy               declared  ended     -                    0    9d");
	line_is(d, 23, " q quit  ? help  Enter lineage  Tab panel  / filter  s sort  r reverse  z zoom");
}

static void a_wide_screen_says_more(void **state)
{
	struct desk *d = *state;

	d->cols = 150;
	d->rows = 40;
	draw(d);
	assert_true(row_of(d, "  SEVERITY FINDING ") == 5);
	assert_true(row_of(d, "PROVIDER     WORKFLOWS") == 5);
	assert_true(row_of(d, "FORMAT ") > 0);
	assert_true(row_of(d, "RUN   ") > 0);
	assert_true(row_of(d, "fnd-2 ") == 7);
	for (int row = 0; row < d->rows; row++) /* the last column is used, none beyond it */
		assert_true(d->f->cells[row * d->cols + d->cols - 1].ch != 0);
}

static void the_least_screen_has_one_panel(void **state)
{
	struct desk *d = *state;

	d->cols = CL_TOP_LEAST_COLS;
	d->rows = CL_TOP_LEAST_ROWS;
	draw(d);
	line_is(d, 5, "  SEVERITY FINDING              CREDENTIAL    WORKFLOW *LAST");
	line_is(d, 6, "> High     cross-workflow-reuse cred:aaaa1111 deploy,~    5s");
	assert_int_equal(row_of(d, "CREDENTIALS"), -1);
	press(d, CL_KEY_TAB);
	assert_int_equal(row_of(d, "-- CREDENTIALS 2"), 4);
	press(d, CL_KEY_TAB);
	line_is(d, 5, "  SEVERITY WORKFLOW      *STATE     HOLDS        CREDS  LAST");
}

static void a_smaller_one_says_so(void **state)
{
	struct desk *d = *state;

	d->cols = 50;
	d->rows = 10;
	draw(d);
	line_is(d, 0, "terminal too small");
	line_is(d, 1, "50x10, needs 60x15");
	for (d->rows = 1; d->rows < 40; d->rows++)
		for (d->cols = 1; d->cols < 200; d->cols += 7)
			draw(d);
}

static void what_is_wrong_is_said(void **state)
{
	struct desk *d = *state;
	cJSON *wrong = cJSON_Parse(
		"{\"generated\":\"" NOW "\",\"monitor\":{\"running\":false,\"gone\":true,\"alive\":\"" AGO_3M
		"\",\"why\":\"no such socket\"},\"coverage\":{\"known\":true,\"complete\":false,\"tiers\":["
		"{\"tier\":\"fentry\",\"acts\":[\"exec\"]},{\"tier\":\"none\",\"acts\":[\"send\",\"accept\"]}],\"lost\":["
		"{\"act\":\"exec\",\"stage\":\"lost\",\"count\":20553},{\"act\":\"ring\",\"stage\":\"malformed\",\"count\":1},"
		"{\"act\":\"read\",\"stage\":\"lost\",\"count\":3}]},\"store\":{},\"findings\":[],\"credentials\":[],"
		"\"runs\":[]}");

	assert_non_null(wrong);
	cJSON_Delete(d->snapshot);
	d->snapshot = wrong;
	d->cols = 110;
	draw(d);
	assert_int_equal(row_of(d, " MONITOR NOT RUNNING "), 0);
	line_is(d, 1,
		" coverage NOTHING IS WATCHED; before: INCOMPLETE, events were lost: 1 act by fentry, 2 acts by none "
		"(send acc~");
	line_is(d, 2, " loss     lost: exec 20.6k, read 3; malformed: ring 1");
	line_is(d, 3, " monitor  last seen 3m 0s ago; no such socket");
	line_is(d, 6, "  none so far");
	assert_int_equal(d->f->cells[2 * d->cols + 10].style, CL_STYLE_ALERT);
	cJSON_ReplaceItemInObject(cJSON_GetObjectItem(wrong, "monitor"), "gone", cJSON_CreateFalse());
	cl_json_str(cJSON_GetObjectItem(wrong, "store"), "error", "the store is damaged");
	draw(d);
	assert_int_equal(row_of(d, " MONITOR DOES NOT ANSWER "), 0);
	line_is(d, 3, " store    the store is damaged");
}

static void before_the_first_look_there_is_a_screen(void **state)
{
	struct desk *d = *state;

	cl_json_freep(&d->snapshot);
	draw(d);
	line_is(d, 1, " store    reading ...");
	press(d, CL_KEY_ENTER);
	press(d, CL_KEY_DOWN);
	assert_int_equal(d->answer.deed, CL_TOP_NOTHING);
}

static void events_by_kind_and_stage(void **state)
{
	struct desk *d = *state;

	press(d, '4');
	line_is(d, 5, "  KIND         *PER SECOND       TOLD   REPEATED     LOST  FAILED SKIPPED CAPPED");
	line_is(d, 6, "> exec                  12       1200          7        0       0       0      0");
	line_is(d, 7, "  read                 0.5         60         40        3       0       0      0");
	assert_int_equal(d->f->cells[7 * d->cols + 56].style, CL_STYLE_ALERT);
}

/* ---- hostile names ---- */

static void rename_run(struct desk *d, const char *name)
{
	cJSON *run = cJSON_GetArrayItem(cJSON_GetObjectItem(d->snapshot, "runs"), 0);

	cJSON_ReplaceItemInObject(run, "workflow", cJSON_CreateString(name));
	cl_frame_free(&d->f);
}

static void hostile_names_stay_text_in_their_column(void **state)
{
	struct desk *d = *state;

	d->view.focus = CL_PANEL_RUNS;
	rename_run(d, "a\x1b[31m\nb\xe2\x80\xae");
	draw_as(d, false);
	line_is(d, 16, "> High     a\\x1b[31m\\x0ab\\u{20… declared  active    GitHub 2, AWS        3    5s");
	for (int i = 0; i < d->rows * d->cols; i++)
		assert_true(!d->f->cells[i].ch || (d->f->cells[i].ch >= ' ' && d->f->cells[i].ch != 127));
}

static void characters_take_the_columns_that_they_have(void **state)
{
	struct desk *d = *state;

	d->view.focus = CL_PANEL_RUNS;
	rename_run(d, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
		      "e\xcc\x81\xc3\xa9"); /* three wide ones, e and an accent, é */
	draw_as(d, false);
	line_is(d, 16, "> High     日本語e\\u{301}é      declared  active    GitHub 2, AWS        3    5s");
	assert_int_equal(d->f->cells[16 * d->cols + 12].ch, 0);
	draw_as(d, true);
	line_is(d, 16, "> High     \\u{65e5}\\u{672c}\\u{~ declared  active    GitHub 2, AWS        3    5s");
}

static void a_wide_character_is_not_cut_in_half(void **state)
{
	struct desk *d = *state;
	char name[61] = "";

	for (int i = 0; i < 20; i++)
		memcpy(name + (size_t)3 * (size_t)i, "\xe6\x97\xa5", 4);
	d->view.focus = CL_PANEL_RUNS;
	rename_run(d, name);
	draw_as(d, false);
	line_is(d, 16, "> High     日日日日日日日日日…  declared  active    GitHub 2, AWS        3    5s");
}

/* ---- keys ---- */

static void enter_opens_what_is_selected(void **state)
{
	struct desk *d = *state;

	press(d, CL_KEY_ENTER);
	assert_int_equal(d->answer.deed, CL_TOP_OPEN);
	assert_int_equal(d->answer.panel, CL_PANEL_FINDINGS);
	assert_string_equal(d->answer.id, "fnd-1");
	press(d, CL_KEY_DOWN);
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "fnd-2");
	press(d, CL_KEY_TAB);
	press(d, CL_KEY_ENTER);
	assert_int_equal(d->answer.panel, CL_PANEL_CREDENTIALS);
	assert_string_equal(d->answer.id, "cred:aaaa1111ffff");
	press(d, CL_KEY_BACK_TAB);
	press(d, CL_KEY_BACK_TAB);
	press(d, CL_KEY_ENTER); /* events have no lineage */
	assert_int_equal(d->answer.deed, CL_TOP_NOTHING);
	press(d, '3');
	press(d, 'G');
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "run:h:d1");
	press(d, 'q');
	assert_int_equal(d->answer.deed, CL_TOP_QUIT);
}

/* What is selected is a finding, not a place; only the top stays the top. */
static void the_selection_follows_its_row(void **state)
{
	struct desk *d = *state;
	cJSON *list = cJSON_GetObjectItem(d->snapshot, "findings"), *third;

	press(d, CL_KEY_DOWN);
	third = cJSON_Duplicate(cJSON_GetArrayItem(list, 0), true);
	cJSON_ReplaceItemInObject(third, "id", cJSON_CreateString("fnd-3"));
	cJSON_ReplaceItemInObject(third, "last", cJSON_CreateString(NOW));
	assert_true(cJSON_InsertItemInArray(list, 0, third));
	draw(d);
	line_is(d, 8, "> Critical credential-sweep         cred:bbbb2222 agent:x                1    3m");
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "fnd-2");
	press(d, 'g');
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "fnd-3");
	press(d, 'G');
	cJSON_DeleteItemFromArray(list, 2);
	press(d, CL_KEY_ENTER); /* it is gone: the last one there is */
	assert_string_equal(d->answer.id, "fnd-1");
}

static void a_long_list_is_paged(void **state)
{
	struct desk *d = *state;
	cJSON *list = cJSON_GetObjectItem(d->snapshot, "findings");

	for (int i = 10; i < 40; i++) {
		cJSON *more = cJSON_Duplicate(cJSON_GetArrayItem(list, 0), true);
		char id[16];

		snprintf(id, sizeof(id), "fnd-%d", i);
		cJSON_ReplaceItemInObject(more, "id", cJSON_CreateString(id));
		cJSON_AddItemToArray(list, more);
	}
	press(d, 'z');
	assert_int_equal(row_of(d, "-- CREDENTIALS"), -1);
	assert_int_equal(cl_top_room(&d->view, CL_PANEL_FINDINGS, 24), 17);
	press(d, CL_KEY_PAGE_DOWN);
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "fnd-26"); /* the 18th: fnd-1, fnd-10, ... */
	line_is(d, 6, "> High     cross-workflow-reuse     cred:aaaa1111 deploy, triage         2    5s");
	press(d, CL_KEY_END);
	press(d, CL_KEY_ENTER);
	assert_string_equal(d->answer.id, "fnd-2");
	press(d, 'z');
	assert_true(row_of(d, "-- CREDENTIALS") > 0);
}

static void sorting(void **state)
{
	struct desk *d = *state;

	press(d, 's'); /* from the last column to the first: severity */
	line_is(d, 5, " *SEVERITY FINDING                  CREDENTIAL    WORKFLOWS          COUNT  LAST");
	line_is(d, 6, "> Critical credential-sweep         cred:bbbb2222 agent:x                1    3m");
	press(d, 'r');
	line_is(d, 5, " ^SEVERITY FINDING                  CREDENTIAL    WORKFLOWS          COUNT  LAST");
	line_is(d, 6, "> High     cross-workflow-reuse     cred:aaaa1111 deploy, triage         2    5s");
	press(d, 's');
	line_is(d, 6, "> Critical credential-sweep         cred:bbbb2222 agent:x                1    3m");
	press(d, 's');
	line_is(d, 6, "> High     cross-workflow-reuse     cred:aaaa1111 deploy, triage         2    5s");
	press(d, 's'); /* a column that is not shown is passed over */
	line_is(d, 5, "  SEVERITY FINDING                  CREDENTIAL   *WORKFLOWS          COUNT  LAST");
	press(d, 'S');
	press(d, 'S');
	line_is(d, 5, "  SEVERITY*FINDING                  CREDENTIAL    WORKFLOWS          COUNT  LAST");
	press(d, '3');
	press(d, 'r');
	line_is(d, 16, "> -        deploy               declared  ended     -                    0    9d");
}

static void filtering(void **state)
{
	struct desk *d = *state;

	press(d, '/');
	type(d, "TRI");
	line_is(d, 23, " filter: TRI_  (Enter keeps it, Esc drops it)");
	line_is(d, 4, "-- FINDINGS 1 of 2: 1 Critical, 1 High -----------------------------------------");
	assert_int_equal(row_of(d, "credential-sweep"), -1);
	assert_int_equal(row_of(d, "nothing matches the filter"), 15); /* no credential says triage */
	press(d, CL_KEY_BACKSPACE);
	press(d, CL_KEY_BACKSPACE);
	type(d, " cross");
	press(d, CL_KEY_ENTER);
	line_is(d, 23, " filter: T cross  Esc clears it   q quit  ? help  Enter lineage  Tab panel");
	line_is(d, 4, "-- FINDINGS 1 of 2: 1 Critical, 1 High -----------------------------------------");
	press(d, '/');
	type(d, "xyz");
	press(d, CL_KEY_ESCAPE); /* what is typed is dropped, what was kept stays */
	assert_string_equal(d->view.filter, "T cross");
	press(d, CL_KEY_ESCAPE);
	assert_string_equal(d->view.filter, "");
	line_is(d, 4, "-- FINDINGS 2: 1 Critical, 1 High ----------------------------------------------");
	press(d, '/');
	for (int i = 0; i < 200; i++)
		press(d, 'q');
	assert_int_equal(strlen(d->view.typed), sizeof(d->view.typed) - 1);
	assert_int_equal(d->answer.deed, CL_TOP_NOTHING);
}

static void help_and_pause(void **state)
{
	struct desk *d = *state;

	press(d, '?');
	assert_int_equal(row_of(d, "-- KEYS ----"), 4);
	assert_true(row_of(d, "CAPPED is more than is told") > 0);
	press(d, CL_KEY_DOWN);
	assert_int_equal(row_of(d, "-- KEYS ----"), -1);
	press(d, 'p');
	line_is(d, 0, " credlineage top  box  watching for 2h 14m                  PAUSED at 12:00:00Z");
	press(d, ' ');
	assert_false(d->view.paused);
}

static void a_tree_is_scrolled_and_left(void **state)
{
	struct desk *d = *state;

	d->view.tree =
		cJSON_Parse("[{\"depth\":0,\"text\":\"top\"},{\"depth\":1,\"text\":\"origins\",\"heading\":true},"
			    "{\"depth\":2,\"text\":\"a\"},{\"depth\":2,\"text\":\"b\"},{\"depth\":1,\"text\":\"c\"},"
			    "{\"depth\":2,\"text\":\"d\\u001b[2J\",\"severity\":\"High\"}]");
	draw(d);
	line_is(d, 5, " top");
	line_is(d, 6, " |- origins");
	line_is(d, 7, " |  |- a");
	line_is(d, 8, " |  `- b");
	line_is(d, 9, " `- c");
	line_is(d, 10, "    `- d\\x1b[2J");
	assert_int_equal(d->f->cells[10 * d->cols + 7].style, CL_STYLE_HIGH);
	d->rows = 15;
	for (int i = 0; i < 6; i++)
		cJSON_AddItemToArray(d->view.tree, cJSON_Parse("{\"depth\":1,\"text\":\"more\"}"));
	press(d, CL_KEY_PAGE_DOWN);
	line_is(d, 4, "-- LINEAGE ---------------------------------------------- lines 4 to 12 of 12 --");
	line_is(d, 5, " |  `- b");
	press(d, CL_KEY_UP);
	line_is(d, 5, " |  |- a");
	press(d, CL_KEY_ESCAPE);
	assert_null(d->view.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_usual_screen, begin, end),
		cmocka_unit_test_setup_teardown(the_tables, begin, end),
		cmocka_unit_test_setup_teardown(a_wide_screen_says_more, begin, end),
		cmocka_unit_test_setup_teardown(the_least_screen_has_one_panel, begin, end),
		cmocka_unit_test_setup_teardown(a_smaller_one_says_so, begin, end),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_said, begin, end),
		cmocka_unit_test_setup_teardown(before_the_first_look_there_is_a_screen, begin, end),
		cmocka_unit_test_setup_teardown(events_by_kind_and_stage, begin, end),
		cmocka_unit_test_setup_teardown(hostile_names_stay_text_in_their_column, begin, end),
		cmocka_unit_test_setup_teardown(characters_take_the_columns_that_they_have, begin, end),
		cmocka_unit_test_setup_teardown(a_wide_character_is_not_cut_in_half, begin, end),
		cmocka_unit_test_setup_teardown(enter_opens_what_is_selected, begin, end),
		cmocka_unit_test_setup_teardown(the_selection_follows_its_row, begin, end),
		cmocka_unit_test_setup_teardown(a_long_list_is_paged, begin, end),
		cmocka_unit_test_setup_teardown(sorting, begin, end),
		cmocka_unit_test_setup_teardown(filtering, begin, end),
		cmocka_unit_test_setup_teardown(help_and_pause, begin, end),
		cmocka_unit_test_setup_teardown(a_tree_is_scrolled_and_left, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
