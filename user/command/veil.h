/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams that people read. Messages quote what was typed, what a configuration says, what a file is called, and many of
 * them are not even ours (the command-line parser's, libbpf's): so they are redacted where they all pass, at the stream.
 *
 * The patterns are compiled (some 0.4 s) only once something is written that could be a credential at all. They are the
 * built-in ones: messages come before a catalogue is read, and about one that can't be read.
 */
#pragma once

#include <stdio.h>

/* Puts a veil on stdout or stderr. Once for each; without memory the stream stays as it is. */
void cl_veil(FILE **stream);
