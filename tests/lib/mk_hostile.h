/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as an attacker gives them to files, programs, arguments and workflows: whatever ends a string, a tag, a comment
 * or a line in one of the formats that a lineage is written in, and what a terminal or a reader's eye falls for.
 */
#pragma once

static const char *const mk_hostile[] = {
	"plain",
	"a\"];x[label=\"<script>alert(1)</script>\\\n\r\t\xe2\x80\xae"
	"end\xff",
	"end",
	"--><img src=x onerror=alert(1)>",
	"]]>&lt;b&gt;&amp;&#0;",
	"%%{init: {\"securityLevel\":\"loose\"}}%%",
	"style x:y#q; classDef a:b#c;",
	"`**bold** _it_ [a](javascript:alert(1))`",
	"1. list #quot; #35; fa:fa-key",
	"\\N\\G\\l\\\\",
	"trailing\\",
	"back\\\"slash",
	"}; digraph { a -> b }; |x| \"|n1",
	"--- ==> ~~~ -.-> :::x @{ shape: rect }",
	"\x01\x02\x1b[31m\x7f",
	"bad\xc3(utf\xf0\x9f",
	"\xf0\x9f\x94\x91 \xc3\xa9\xcc\x81 \xd7\x90\xe2\x80\x8f",
	"\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf",
	"../../etc/passwd?a=b&c=d#e%00%2f",
	"{{7*7}} ${HOME} $(id) '--",
	"{\"id\":\"x\"},\n{\"graph\":1}",
	"CaSe",
	"case",
};
#define MK_HOSTILE (sizeof(mk_hostile) / sizeof(mk_hostile[0]))
