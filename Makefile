# credlineage. Output goes to build/ only. `make help` lists the targets.
#   V=1 shows commands; SAN=address,undefined builds with sanitizers into build/san; WERROR=1 stops at warnings;
#   CROSS=arm64 builds for that processor into build/arm64, with tests/vm/fetch-sysroot.sh's libraries;
#   VMLINUX_H=FILE compiles the probes against a full generated kernel header instead of bpf/kernel.h.

V ?= 0
ifeq ($(V),1)
Q :=
msg = @:
else
Q := @
msg = @printf '  %-8s %s\n' $(1) $(2)
MAKEFLAGS += --no-print-directory
endif

ARCH := $(or $(CROSS),$(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/'))
OUT := build$(addprefix /,$(CROSS))
BUILD := $(OUT)$(if $(SAN),/san)
SYSROOT := $(if $(CROSS),$(CURDIR)/build/sysroot-$(CROSS))
CC := $(if $(CROSS),aarch64-linux-gnu-gcc --sysroot=$(SYSROOT),gcc)
CLANG := clang
PREFIX ?= /usr
JOBS ?= $(shell nproc)
VERSION := 0.1.0
REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

WARN := -Wall -Wextra -Wformat=2 -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wcast-qual -Wimplicit-fallthrough -Wnull-dereference -Wduplicated-cond -Wlogical-op $(if $(WERROR),-Werror)
# Debug information and probes name their sources from here, so that two work trees build the same bytes.
RELATIVE := -ffile-prefix-map=$(CURDIR)=.
HARDEN := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero -fPIE \
	$(if $(filter x86,$(ARCH)),-fcf-protection=full)
CFLAGS := -std=gnu17 -O2 -g $(WARN) $(HARDEN) $(RELATIVE) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=3) $(EXTRA_CFLAGS)
CPPFLAGS := -Iuser -Iinclude -isystem $(OUT)/gen -DCL_VERSION='"$(VERSION)"'
LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(if $(SAN),-fsanitize=$(SAN))
CURSES := -l:libncursesw.a -l:libtinfo.a
LDLIBS := -l:libbpf.a -lelf -lz -lcjson -lhs -lssl -lcrypto -lsqlite3 -lseccomp -lcap-ng $(CURSES) -lpthread
BPF_CFLAGS := -g -O2 $(RELATIVE) -Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations -target bpf -mcpu=v3 \
	-D__TARGET_ARCH_$(ARCH) -fno-stack-protector -Iinclude -Ibpf -idirafter $(SYSROOT)/usr/include/$(shell $(CC) -dumpmachine) \
	$(if $(VMLINUX_H),-DCL_VMLINUX_H='"$(VMLINUX_H)"')

SOURCES := $(sort $(wildcard user/*/*.c))
# What builds and tests without libbpf and root.
CORE := $(filter-out user/capture/% user/monitor/% user/command/%,$(SOURCES))
OUTER := $(filter user/capture/% user/monitor/% user/command/%,$(SOURCES)) user/main.c
OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(OUT)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TRIGGERS := $(patsubst tests/trigger/%.c,$(OUT)/trigger/%,$(wildcard tests/trigger/*.c))
EVASION := $(patsubst tests/evasion/%.c,$(OUT)/evasion/%,$(wildcard tests/evasion/*.c))
LEAK := $(OUT)/leak/values $(OUT)/leak/search
BENCH := build/bench/workload build/bench/storm build/bench/scan build/bench/correlate build/bench/lineage build/bench/load_empty build/bench/empty.bpf.o
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all build run demo check test unit units test-command shellcheck test-san test-root test-receivers soak test-benign test-incidents test-page test-leak vm-programs test-vm verifier-update bench bench-scan bench-vm bench-vm-check bench-vm-update fuzz tidy format format-check install uninstall package deb test-deb clean help deps deps-build
.DELETE_ON_ERROR:
.SECONDARY:

all: build

build: $(BUILD)/credlineage ## build the program (build/credlineage)

deps-build:
	@scripts/install-deps.sh build
deps:
	@scripts/install-deps.sh check

run: deps-build ## install what is missing, build, watch this host (root)
	@$(MAKE) -j$(shell nproc) build
	@exec scripts/run.sh

demo: build $(TRIGGERS) ## two workflows, one token made at run time: finding and lineage in under a minute (root)
	@tests/demo.sh

check: deps ## everything that CI runs: build, every test, every checker (root; LONG=1: each in full size)
	@scripts/check.sh

test: unit test-command ## unit tests and tests that need no root

test-san: ## unit tests under address and undefined-behaviour sanitizers
	@$(MAKE) SAN=address,undefined WERROR=1 units
	@$(MAKE) SAN=address,undefined unit

units: $(UNIT)
unit: $(UNIT)
	@JOBS=$(JOBS) scripts/run-tests.sh $(UNIT)

test-command: build $(OUT)/trigger/make_token ## command lines, as a user types them
	@JOBS=$(JOBS) scripts/run-tests.sh $(sort $(wildcard tests/command/test_*.sh))

shellcheck:
	@git ls-files '*.sh' .ci/run | xargs -P $(JOBS) -n 12 shellcheck -x

# Those of tests/live that load no probes, but send to receivers, wait more than they work.
RECEIVING = $(shell grep -lE 'lib/(http|receiver)\.sh' tests/live/test_*.sh | xargs grep -L 'lib/live\.sh')
test-root: build $(TRIGGERS) $(EVASION) $(OUT)/vm/dump_events ## live probes (root; LONG=1: in full size)
	@JOBS=1 scripts/run-tests.sh $(sort $(filter-out %/test_soak.sh $(RECEIVING),$(wildcard tests/live/test_*.sh)))
test-receivers: build $(BUILD)/tests/test_output $(BUILD)/tests/test_output_http ## outputs, to real receivers (root)
	@JOBS=3 scripts/run-tests.sh $(RECEIVING)

soak: build $(OUT)/trigger/make_token ## a mixed load, and a monitor that does not grow (root; DURATION=300 seconds, LONG=1: 2 hours; with SAN=address,undefined, too)
	@TEST_TIMEOUT=$(if $(LONG),8000,$$(($(or $(DURATION),300) * 2 + 200))) DURATION=$(or $(DURATION),300) SAN=$(SAN) scripts/run-tests.sh tests/live/test_soak.sh

test-benign: build $(OUT)/trigger/make_token ## ordinary work, for real, and a monitor that has nothing to say (root; SHORT=1: some, LONG=1: the slow ones, too)
	@TEST_TIMEOUT=1500 scripts/run-tests.sh tests/benign/run.sh

test-incidents: build $(TRIGGERS) ## public incidents on loopback: the expected findings each, none at honest work (root)
	@TEST_TIMEOUT=600 scripts/run-tests.sh tests/incidents/run.sh

test-page: build $(BUILD)/tests/test_pipeline $(BUILD)/tests/test_export build/bench/lineage build/page-test/node_modules/.package-lock.json ## the page of a lineage in a real Chromium
	@TEST_TIMEOUT=1500 scripts/run-tests.sh tests/page/test_page.mjs

test-leak: build $(LEAK) ## a value of every format in every source, and no byte of one anywhere else (root)
	@TEST_TIMEOUT=900 scripts/run-tests.sh tests/leak/test_leak.py

vm-programs: build $(TRIGGERS) $(EVASION) $(OUT)/vm/dump_events $(OUT)/vm/load_programs
test-vm: vm-programs ## Debian kernels in QEMU (KERNELS="5.10 6.1 6.12 7 arm64-6.12")
	@tests/vm/test-vm.sh $(KERNELS)

VERIFIED := $(or $(KERNELS),5.10 6.1 6.12 7 arm64-6.1 arm64-6.12)
verifier-update: vm-programs ## enter how many steps each program takes each kernel's verifier (tests/vm/verifier.tsv)
	@VM_TESTS=05-load tests/vm/test-vm.sh $(VERIFIED) >build/logs/verifier-update.log 2>&1 || true
	@python3 tests/vm/verifier.py --update $(VERIFIED)
	@git diff --stat -- tests/vm/verifier.tsv

bench: build $(TRIGGERS) $(BENCH) ## one table of ratios, measured side by side (root; ROWS="B1 B3", PAIRS=10; EDGES=10000000 of B12's store)
	@scripts/install-deps.sh bench
	@python3 tests/bench/bench.py $(ROWS)

bench-scan: build build/bench/scan ## the scanner: recall of every format, hits in this machine's own files, speed (SAMPLES=20)
	@python3 tests/bench/scan.py

bench-vm: vm-programs $(BENCH) ## the cost of an act in instructions, exactly, by every tier
	@tests/bench/icount.sh full
bench-vm-check: vm-programs $(BENCH) ## the same of the best tier, held against tests/bench/icount.tsv
	@tests/bench/icount.sh check
bench-vm-update: vm-programs $(BENCH)
	@tests/bench/icount.sh update

fuzz: $(FUZZERS) ## each fuzz target for SECONDS_EACH seconds (5; LONG=1: 10)
	@scripts/fuzz.sh $(FUZZERS)

tidy: $(OUT)/gen/credlineage.skel.h ## clang-tidy and cppcheck
	@scripts/tidy.sh

format: ## reformat in place
	@clang-format -i $(shell git ls-files '*.c' '*.h')
format-check: ## fail when clang-format would change something
	@clang-format --dry-run --Werror $(shell git ls-files '*.c' '*.h')

# What is installed beside the program: manual pages, completions, the bill of materials.
PACKAGE := build/package/man/credlineage.8 build/package/completions/credlineage build/package/credlineage.spdx.json
package: $(PACKAGE)
build/package/man/credlineage.8: scripts/package/man.py scripts/package/helptext.py scripts/package/config.json build/credlineage
	$(call msg,MAN,$(@D))
	$(Q)rm -rf $(@D) && python3 $< build/credlineage scripts/package/config.json $(VERSION) $(@D)
build/package/completions/credlineage: scripts/package/completions.py scripts/package/helptext.py build/credlineage
	$(call msg,COMPLETE,$(@D))
	$(Q)python3 $< build/credlineage $(@D)
build/package/credlineage.spdx.json: scripts/package/sbom.py user/export/page/package-lock.json build/credlineage
	@mkdir -p $(@D)
	$(call msg,SPDX,$@)
	$(Q)python3 $< build/credlineage $(VERSION) $@ $(LDLIBS)
install: build package ## install under $(DESTDIR)$(PREFIX): program, manual pages, completions, unit, configuration
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/package/install.sh install
uninstall: package ## remove what install brought; a changed configuration and the state stay
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/package/install.sh uninstall
deb: build/page/node_modules/.package-lock.json ## a Debian package in build/deb, the same bytes for the same commit
	@scripts/install-deps.sh package
	@scripts/package/make-deb.sh $(VERSION)
test-deb: package ## the package: lintian, built twice the same, installed, upgraded, purged in a clean Debian, its image (root; SHORT=1: packed once of what is compiled, no image)
	@SHORT=$(SHORT) TEST_TIMEOUT=1200 scripts/run-tests.sh tests/package/test_manifest.sh tests/package/test_deb.sh $(if $(SHORT),,tests/package/test_container.sh)

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

# ---- program ----
$(BUILD)/credlineage $(OUT)/vm/dump_events: private LDFLAGS += -Wl,--wrap=bpf_btf_get_next_id # user/capture/modules.c
$(BUILD)/credlineage: $(call OBJ,$(OUTER)) $(if $(CROSS),,$(BUILD)/obj/user/patterns.o) $(BUILD)/libcore.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libcore.a: $(call OBJ,$(CORE))
	$(call msg,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(call OBJ,$(filter user/capture/%,$(SOURCES))): $(OUT)/gen/credlineage.skel.h
$(BUILD)/obj/user/command/version.o: CPPFLAGS += -DCL_REVISION='"$(REVISION)"'
# The built-in patterns in the pattern engine's form. A cross build has no engine to run: its program makes them at start.
build/gen/precompile: scripts/precompile.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
build/gen/patterns: build/gen/precompile
	$(call msg,GEN,$@)
	$(Q)build/gen/precompile $@
$(BUILD)/obj/user/patterns.o: build/gen/patterns
$(BUILD)/obj/user/patterns.o: CPPFLAGS += -DCL_BUILT_PATTERNS='"build/gen/patterns"'
# Files that are compiled in by .incbin: gcc's dependency output does not know them.
$(BUILD)/obj/user/catalogue/data.o build/fuzz/obj/user/catalogue/data.o: $(wildcard user/catalogue/data/*)
$(BUILD)/obj/user/detect/frameworks.o: $(wildcard user/detect/*.json)
$(BUILD)/obj/user/export/schema.o: $(wildcard user/export/*.json)
# The page of `lineage --format html`: its modules and npm's, as the lock file has them, in one file.
$(BUILD)/obj/user/export/html.o build/fuzz/obj/user/export/html.o: build/gen/page.html
build/gen/page.html: $(wildcard user/export/page/*) build/page/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(call msg,PAGE,$@)
	$(Q)node user/export/page/build.mjs build/page/node_modules $@
build/page/node_modules/.package-lock.json: user/export/page/package-lock.json
	$(call msg,NPM,$(<D))
	$(Q)scripts/npm-ci.sh $(<D) build/page
build/page-test/node_modules/.package-lock.json: tests/page/package-lock.json
	$(call msg,NPM,$(<D))
	$(Q)scripts/npm-ci.sh $(<D) build/page-test

# ---- probes ----
$(OUT)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h include/credlineage/*.h)
	@mkdir -p $(@D)
	$(call msg,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
$(OUT)/bpf/credlineage.o: $(BPF_OBJECTS)
	$(call msg,BPFLINK,$@)
	$(Q)bpftool gen object $@ $^
$(OUT)/gen/credlineage.skel.h: $(OUT)/bpf/credlineage.o
	@mkdir -p $(@D)
	$(call msg,SKEL,$@)
	$(Q)(echo '#include "credlineage/probe.h"' && bpftool gen skeleton $< name cl_bpf) > $@

# ---- tests ----
$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libcore.a $(wildcard tests/lib/*.h)
	@mkdir -p $(@D)
	$(call msg,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests/lib $(filter-out -Wmissing-prototypes,$(CFLAGS)) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libcore.a -lcmocka $(LDLIBS)
$(OUT)/trigger/%: tests/trigger/%.c $(wildcard tests/trigger/*.h) tests/lib/make_token.h include/credlineage/event.h
	@mkdir -p $(@D)
	$(call msg,TRIGGER,$<)
	$(Q)$(CC) -std=gnu17 -O1 -g -Wall -Wextra -Iinclude -static -pthread -o $@ $<
$(OUT)/evasion/%: tests/evasion/%.c $(wildcard tests/trigger/*.h tests/evasion/*.h) include/credlineage/event.h
	@mkdir -p $(@D)
	$(call msg,EVASION,$<)
	$(Q)$(CC) -std=gnu17 -O1 -g -Wall -Wextra -Iinclude -static -pthread -o $@ $<
$(OUT)/vm/dump_events: tests/vm/dump_events.c $(call OBJ,$(filter user/base/% user/event/% user/capture/%,$(SOURCES)))
	@mkdir -p $(@D)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
build/bench/workload build/bench/storm: build/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O2 -Wall -Wextra -static -o $@ $<
build/bench/scan build/bench/correlate build/bench/lineage build/bench/reports: build/bench/%: tests/bench/%.c build/libcore.a $(wildcard tests/lib/*.h)
	@mkdir -p $(@D)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) -Itests/lib $(filter-out -Wmissing-prototypes,$(CFLAGS)) $(LDFLAGS) -o $@ $< build/libcore.a $(LDLIBS)
build/bench/load_empty: tests/bench/load_empty.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O2 -Wall -Wextra -o $@ $< -l:libbpf.a -lelf -lz
build/bench/empty.bpf.o: tests/bench/empty.bpf.c
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -Wextra,$(BPF_CFLAGS)) -c -o $@ $<
$(OUT)/leak/%: tests/leak/%.c $(BUILD)/libcore.a $(wildcard tests/lib/*.h)
	@mkdir -p $(@D)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) -Itests/lib $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libcore.a $(LDLIBS)
$(OUT)/vm/load_programs: tests/vm/load_programs.c $(call OBJ,user/capture/plan.c) | $(OUT)/bpf/credlineage.o
	@mkdir -p $(@D)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
FUZZ_FLAGS := -std=gnu17 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call msg,FUZZCC,$<)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<
build/fuzz/libcore.a: $(patsubst %.c,build/fuzz/obj/%.o,$(CORE))
	$(Q)rm -f $@ && ar rcs $@ $^
build/fuzz/%: tests/fuzz/%.c build/fuzz/libcore.a
	@mkdir -p $(@D)
	$(call msg,FUZZ,$<)
	$(Q)$(CLANG) $(CPPFLAGS) -Itests/lib $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< build/fuzz/libcore.a -lcjson -lhs -lssl -lcrypto -lsqlite3 -lseccomp -lcap-ng -lz -lpthread

-include $(shell find $(BUILD)/obj $(BUILD)/tests build/fuzz/obj -name '*.d' 2>/dev/null)
