/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include "top/terminal.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#define ESCAPE_MS 50 /* a lone Escape, not the begin of a key: slow lines need no more */

static const struct {
	attr_t attributes;
	short colour; /* of the text; -1: as it is */
} looks[CL_STYLES] = {
	[CL_STYLE_PLAIN] = {A_NORMAL, -1},
	[CL_STYLE_TITLE] = {A_BOLD | A_REVERSE, -1},
	[CL_STYLE_RULE] = {A_NORMAL, -1},
	[CL_STYLE_COLUMNS] = {A_BOLD, -1},
	[CL_STYLE_SORTED] = {A_BOLD | A_UNDERLINE, -1},
	[CL_STYLE_ALERT] = {A_BOLD | A_REVERSE, COLOR_RED},
	[CL_STYLE_CRITICAL] = {A_BOLD | A_REVERSE, COLOR_RED},
	[CL_STYLE_HIGH] = {A_BOLD, COLOR_RED},
	[CL_STYLE_MEDIUM] = {A_BOLD, COLOR_YELLOW},
	[CL_STYLE_LOW] = {A_NORMAL, COLOR_CYAN},
	[CL_STYLE_FAINT] = {A_NORMAL, -1},
	[CL_STYLE_KEYS] = {A_REVERSE, -1},
};

static struct {
	SCREEN *screen;
	bool colours;
} terminal;

static bool can_place_text(void)
{
	const char *place = tigetstr("cup"); /* "cup": to a row and a column */

	return place && (intptr_t)place != -1;
}

int cl_terminal_open(struct cl_error *err)
{
	const char *name = getenv("TERM");
	int known = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return cl_fail(err, -ENOTTY, "top needs a terminal; for one picture as text: credlineage top --once");
	if (setupterm(NULL, STDOUT_FILENO, &known) != OK || !can_place_text())
		return cl_fail(err, -ENOTSUP,
			       "cannot draw on terminal \"%s\" (TERM): it is not known here or can't place text; "
			       "for one picture as text: credlineage top --once",
			       name ? name : "");
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return cl_fail(err, -ENOTSUP, "cannot draw on terminal \"%s\" (TERM)", name ? name : "");
	set_term(terminal.screen);
	set_escdelay(ESCAPE_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	terminal.colours = has_colors() && start_color() == OK && use_default_colors() == OK;
	for (short i = 0; terminal.colours && i < CL_STYLES; i++)
		init_pair((short)(i + 1), looks[i].colour, -1);
	return 0;
}

void cl_terminal_close(void)
{
	if (!terminal.screen)
		return;
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
}

bool cl_terminal_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

void cl_terminal_size(int *rows, int *cols)
{
	getmaxyx(stdscr, *rows, *cols);
}

static void put_cell(int row, int col, const struct cl_cell *cell)
{
	const wchar_t text[2] = {(wchar_t)cell->ch, 0};
	attr_t attributes = looks[cell->style].attributes;
	cchar_t c;

	if (cell->selected)
		attributes |= A_REVERSE;
	if (setcchar(&c, text, attributes, (short)(terminal.colours ? cell->style + 1 : 0), NULL) == OK)
		mvadd_wch(row, col, &c);
}

/* ncurses finds out itself what changed, and writes only that. */
void cl_terminal_show(const struct cl_frame *f)
{
	erase();
	for (int row = 0; row < f->rows; row++)
		for (int col = 0; col < f->cols; col++)
			if (f->cells[row * f->cols + col].ch)
				put_cell(row, col, &f->cells[row * f->cols + col]);
	refresh();
}

uint32_t cl_terminal_key(void)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} keys[] = {
		{KEY_UP, CL_KEY_UP},	       {KEY_DOWN, CL_KEY_DOWN},		  {KEY_PPAGE, CL_KEY_PAGE_UP},
		{KEY_NPAGE, CL_KEY_PAGE_DOWN}, {KEY_HOME, CL_KEY_HOME},		  {KEY_END, CL_KEY_END},
		{KEY_BTAB, CL_KEY_BACK_TAB},   {KEY_BACKSPACE, CL_KEY_BACKSPACE}, {KEY_ENTER, CL_KEY_ENTER},
	};
	wint_t got = 0;
	int what;

	while ((what = get_wch(&got)) == KEY_CODE_YES) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (keys[i].curses == got)
				return keys[i].key;
	}
	if (what == ERR)
		return 0;
	if (got == '\r')
		return CL_KEY_ENTER;
	return got == 127 || got == '\b' ? CL_KEY_BACKSPACE : (uint32_t)got;
}
