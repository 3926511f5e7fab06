/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/precompile.c made of the built-in catalogue; found by credential/compiled.c. */
__asm__(".section .rodata\n"
	".balign 16\n"
	".global cl_built_patterns\n"
	"cl_built_patterns:\n"
	".incbin \"" CL_BUILT_PATTERNS "\"\n"
	".global cl_built_patterns_end\n"
	"cl_built_patterns_end:\n"
	".previous\n");
