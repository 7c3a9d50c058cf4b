# make                    build build/release/varve, varve-extract and the plugins
# make run DIR=FOLDER     set up, build, index FOLDER (default: demo/) and stay, watching [KB=...]
# make check              set up, build, all tests; run it before every commit
# make check-full         the same under ASan and UBSan, with the long fault and crash runs
# make lint               banned calls, format, folder rules, clang-tidy, gcc -fanalyzer
# make bench-extract     how well and how fast documents are extracted [EVAL=DIR] [CORPUS=DIR]
# make train-model WORK=DIR  train the built-in embedding model again (tools/train-model/README.md)
# make bench-chunk       how well, how stably and how fast documents are cut [EVAL=DIR]
# make bench-search      how much CPU searches take, at a million passages [CORPUS=DIR] [PEERS=DIR]
# make bench-quality     how well searches find, by set [EVAL=DIR]
# make bench-store       what a commit costs, and bytes on disk for each of text [CORPUS=DIR]
# make format | fuzz | bench [EVAL=DIR] | docs | install [PREFIX=/usr/local] | clean
# make MODE=debug|asan|release   CC=clang   V=1 shows commands
MODE   ?= release
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
B := build/$(MODE)

# What each program is made of. One folder, one job: docs/architecture.md.
CORE    := base ingest model chunkers embed index watch feed serve
WORKER  := base ingest model chunkers
CORE_SRC    := $(wildcard $(addsuffix /*.c,$(CORE)))
EXTRACT_SRC := $(filter-out extractors/main.c extractors/small/%,$(wildcard extractors/*.c extractors/*/*.c))
CLI_SRC     := $(filter-out cli/main.c,$(wildcard cli/*.c))
PLUGINS     := $(patsubst plugins/%.c,%,$(wildcard plugins/*.c))
TESTS       := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS     := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
# A plugin is plugins/NAME.c, with what it needs of plugins/*/*.c, and libraries of its own.
LIBS_embed-onnx := -ldl
LIBS_embed-http := $(shell pkg-config --libs libcurl 2>/dev/null)
LIBS_rerank-http := $(LIBS_embed-http)
FUZZ_SECONDS ?= 60
PROGRAMS    := $(B)/varve $(B)/varve-extract $(B)/varve-extract-small $(addprefix $(B)/,$(PLUGINS))
MODELS      := $(patsubst models/%,$(B)/%,$(wildcard models/*.semb))
SRC := $(CORE_SRC) $(wildcard extractors/*.c extractors/*/*.c cli/*.c plugins/*.c plugins/*/*.c tests/*/*.c bench/*.c tools/*/*.c)
HDR := $(wildcard */*.h extractors/*/*.h plugins/*/*.h tests/*/*.h tools/*/*.h)

# Of a worker that needs no large library (extractors/small/).
SMALL_LIBS := -lcmark-gfm-extensions -lcmark-gfm $(shell pkg-config --libs libmagic zlib libdeflate icu-uc \
              uchardet jansson nettle libseccomp 2>/dev/null) -lm
CORE_PC    := sqlite3 libzstd jansson nettle inih icu-uc icu-i18n
EXTRACT_PC := poppler-glib cairo libarchive libmagic zlib libdeflate icu-uc icu-i18n uchardet \
              libzstd gmime-3.0 jansson nettle libseccomp
EXTRACT_LIBS := -lcmark-gfm-extensions -lcmark-gfm
PC := $(sort $(CORE_PC) $(EXTRACT_PC))
# Foreign headers as system headers, so that our warnings are about our code.
PC_CFLAGS   := $(shell pkg-config --cflags $(PC) 2>/dev/null | sed 's/-I/-isystem /g')
CORE_LIBS   := $(shell pkg-config --libs $(CORE_PC) 2>/dev/null) -lstemmer -lm -lpthread
EXTRACT_LIBS += $(shell pkg-config --libs $(EXTRACT_PC) 2>/dev/null) -lm
# A search is a short process, of which each shared library is 0.1 ms: those that come as archives as
# well are linked in, and linked again when they change. Not ICU: its data alone are 30 MB.
VARVE_ARCHIVES := $(filter /%,$(foreach l,sqlite3 zstd inih stemmer,$(shell $(CC) -print-file-name=lib$(l).a)))
VARVE_LIBS := $(filter-out $(patsubst lib%.a,-l%,$(notdir $(VARVE_ARCHIVES))),$(CORE_LIBS))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
        -Wpointer-arith -Wwrite-strings -Wcast-qual -Wvla -Wundef -Wformat=2
HARD := -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
MODE_release := -O2 -g $(HARD)
MODE_debug   := -O0 -g
MODE_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
MODE_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
                -fno-omit-frame-pointer
CFLAGS ?= $(MODE_$(MODE))
ifdef CI
WARN += -Werror
endif
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(WARN) $(PC_CFLAGS) $(CFLAGS) -MMD -MP
obj = $(patsubst %.c,$(B)/%.o,$(1))
Q  := $(if $(V),,@)

.PHONY: all setup run check check-full lint format fuzz bench docs install clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += -r

all: $(PROGRAMS) $(MODELS)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC   $<')
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@
# The folders too: a file that was taken away must leave its archive.
$(B)/libcore.a: $(call obj,$(CORE_SRC)) $(CORE)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
$(B)/libextract.a: $(call obj,$(EXTRACT_SRC)) extractors $(wildcard extractors/*/)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
$(B)/varve: $(call obj,cli/main.c $(CLI_SRC)) $(B)/libcore.a $(VARVE_ARCHIVES)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(VARVE_LIBS) -o $@
# This one binary links poppler, which is under the GPL: see LICENSE.
$(B)/varve-extract: $(call obj,extractors/main.c) $(B)/libextract.a $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(EXTRACT_LIBS) -o $@
$(B)/varve-extract-small: $(call obj,$(wildcard extractors/small/*.c)) $(B)/libextract.a $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(SMALL_LIBS) -o $@
$(addprefix $(B)/,$(PLUGINS)): $(B)/%: $(B)/plugins/%.o $(B)/libplugins.a $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS_$*) $(CORE_LIBS) -o $@
$(B)/libplugins.a: $(call obj,$(wildcard plugins/*/*.c)) $(wildcard plugins/*/)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)
$(MODELS): $(B)/%: models/%
	@mkdir -p $(@D)
	$(Q)ln -sfr $< $@
$(B)/tests/test_%: $(B)/tests/unit/test_%.o $(B)/libextract.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(EXTRACT_LIBS) $(CORE_LIBS) -lcmocka -o $@

$(B)/bench/%: $(B)/bench/%.o $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CORE_LIBS) -o $@

$(B)/bench-%: $(B)/bench/%.o $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CORE_LIBS) -lcmocka -o $@

# Private: what the object needs has the flags of all, and $(B)/flags is one of it.
$(B)/tests/fuzz/%.o: private WARN += -Wno-missing-prototypes
# A fuzz target is an ordinary test as well: over the golden documents, changed in fixed ways.
FUZZ_MAIN := $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer,$(B)/tests/fuzz/standalone.o)
$(B)/tests/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/standalone.o $(B)/libextract.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< $(FUZZ_MAIN) $(B)/libextract.a $(B)/libcore.a $(EXTRACT_LIBS) \
	    $(CORE_LIBS) -o $@

$(B)/tests/fault-shim.so: tests/fault/shim.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared $< -o $@

$(B)/tests/fault-%: $(B)/tests/fault/%.o $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CORE_LIBS) -o $@

# Rebuild everything when the flags change, and only then.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@
FORCE:

# Says which Debian packages are missing, and installs them.
setup:
	$(Q)tools/setup.sh
run: setup
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)$(B)/varve run $(if $(KB),--kb '$(KB)') '$(patsubst ~/%,$(HOME)/%,$(or $(DIR),demo))'
check: setup
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) check-built
.PHONY: check-built
check-built: $(PROGRAMS) $(MODELS) $(B)/train-model $(TESTS) $(FUZZERS) $(B)/tests/fault-shim.so \
             $(B)/tests/fault-migrate
	$(Q)tests/run.sh $(B)
check-full: setup
	$(Q)$(MAKE) --no-print-directory MODE=asan -j$$(nproc) check-built
	$(Q)$(MAKE) --no-print-directory FULL=1 check

# Needs clang and its runtime (packages clang, libclang-rt-14-dev).
fuzz: setup
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=clang -j$$(nproc) fuzz-built
.PHONY: fuzz-built
fuzz-built: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do mkdir -p build/corpus/$$(basename $$f); \
	    $$f -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
	    build/corpus/$$(basename $$f) $$(ls -d tests/golden/*/) || exit 1; done
# EVAL=DIR names a folder of documents with ground truth; each bench says what it needs of it.
bench: all $(B)/bench-store $(B)/bench-search-speed $(B)/bench-scan-recall
	$(Q)for b in bench/*.sh; do echo "== $$b"; EVAL='$(EVAL)' $$b $(B) || exit 1; done
	$(Q)[ -z '$(EVAL)' ] || for b in bench/*.py; do echo "== $$b"; \
	    EVAL='$(EVAL)' VARVE_BUILD=$(B) python3 $$b || exit 1; done
.PHONY: bench-search
bench-search: all $(B)/bench-search-speed $(B)/bench-scan-recall
	$(Q)CORPUS='$(CORPUS)' PEERS='$(PEERS)' bench/search-speed.sh $(B)
.PHONY: bench-quality
bench-quality: all
	$(Q)EVAL='$(EVAL)' bench/search-quality.sh $(B)
.PHONY: bench-store
bench-store: all $(B)/bench-store
	$(Q)CORPUS='$(CORPUS)' bench/store.sh $(B)
# CORPUS=DIR names other documents for the speed.
.PHONY: bench-extract
bench-extract: all
	$(Q)EVAL='$(EVAL)' bench/extract-quality.sh $(B)
	$(Q)EVAL='$(EVAL)' CORPUS='$(CORPUS)' bench/extract-speed.sh $(B)
# Fetches Debian packages into WORK, and takes about an hour.
.PHONY: train-model
train-model: all $(B)/train-model
	$(Q)tools/train-model/make.sh $(B) '$(or $(WORK),$(error WORK=DIR is missing))'
$(B)/train-model: $(call obj,tools/train-model/train.c) $(B)/libcore.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CORE_LIBS) -o $@
.PHONY: bench-chunk
bench-chunk: all $(B)/bench/chunk-speed
	$(Q)$(B)/bench/chunk-speed
	$(Q)EVAL='$(EVAL)' VARVE_BUILD=$(B) python3 bench/chunk-quality.py
	$(Q)EVAL='$(EVAL)' VARVE_BUILD=$(B) python3 bench/chunk-quality.py --vectors
	$(Q)EVAL='$(EVAL)' VARVE_BUILD=$(B) python3 bench/chunk-stability.py
docs:
	$(Q)mkdir -p build/docs
	$(Q)for m in man/*.[15]; do man --warnings -l $$m >build/docs/$$(basename $$m).txt || exit 1; done
	@echo 'build/docs holds the manual pages as text; the rest is Markdown in docs/'

BANNED := strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|atoi|gets|mktemp
# What gcc 12 takes wrong: what is stored at a computed place (the end of a list) for leaked, a pointer
# that another function set for NULL, "= { 0 }" for nothing, vectors for numbers. clang-tidy looks for these.
GCC_TAKES_WRONG := -Wno-analyzer-malloc-leak -Wno-analyzer-null-dereference \
                   -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-shift-count-overflow
lint: setup
	$(Q)! grep -nE '\b($(BANNED))\(' $(SRC) $(HDR)
	$(Q)clang-format --dry-run --Werror $(SRC) $(HDR)
	$(Q)tests/check-deps.sh
	$(Q)clang-tidy --quiet $(filter-out tests/% bench/%,$(SRC)) -- -std=c17 -D_GNU_SOURCE -I. $(PC_CFLAGS)
	$(Q)for f in $(filter-out tests/% bench/%,$(SRC)); do \
	    $(CC) $(ALL_CFLAGS) -MF /dev/null -O1 -fanalyzer $(GCC_TAKES_WRONG) -Werror -c $$f -o /dev/null \
	        || exit 1; done
format:
	$(Q)clang-format -i $(SRC) $(HDR)
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/varve $(DESTDIR)$(PREFIX)/share/varve
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install $(B)/varve $(DESTDIR)$(PREFIX)/bin
	install $(B)/varve-extract $(B)/varve-extract-small $(addprefix $(B)/,$(PLUGINS)) $(DESTDIR)$(PREFIX)/libexec/varve
	install -m 644 $(wildcard models/*.semb) $(DESTDIR)$(PREFIX)/share/varve
	install -m 644 $(wildcard man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(wildcard man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
clean:
	rm -rf build
-include $(patsubst %.c,$(B)/%.d,$(SRC))
