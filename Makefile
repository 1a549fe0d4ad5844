# trivet: classic Unix mail daemons. `make help` lists the targets.
#
# Variables, on the command line:
#   CC, CFLAGS, LDFLAGS   yours; the project's own flags are kept apart
#   SANITIZE=1            AddressSanitizer and UBSan (run the daemons with -o sandbox=off)
#   STATIC=1              static programs; also with CC=musl-gcc
#   PLATFORM=posix        without seccomp and Landlock (default: linux on Linux)
#   CRYPT=none            without crypt(3) (default: libcrypt where it links)
#   OUT=dir               build there instead of in the source tree
#   PREFIX, DESTDIR       where `make install` puts things (/usr/local)

VERSION = 0.1

CC ?= cc
PREFIX ?= /usr/local
OUT ?= .
SANITIZE ?= 0
STATIC ?= 0
# A static program is to be small, but for what runs over every octet.
ifeq ($(origin CFLAGS),undefined)
CFLAGS = $(if $(filter-out 0,$(STATIC)),-Oz $(whole),-O2) -g
whole = $(if $(findstring clang,$(CC)),,-flto=auto -flto-partition=one -fno-asynchronous-unwind-tables)
fast = -O2
endif
PLATFORM ?= $(if $(filter Linux,$(shell uname -s)),linux,posix)

OBJ = $(OUT)/obj
DAEMONS = pop3d smtpd tftpd
PROGRAMS = $(foreach p,$(DAEMONS) mailuser,$(OUT)/$p/$p)
PAGES = $(wildcard man/*.[1-8])

own_cflags = -std=c11 -D_GNU_SOURCE -DTRIVET_VERSION='"$(VERSION)"' -Ilib \
	-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wformat=2 -fno-common -fstack-protector-strong -fdata-sections -MMD -MP
# What is small lies together: see lib/memory.h.
own_ldflags = -fdata-sections -Wl,--sort-section=alignment

ifneq ($(SANITIZE),0)
own_cflags += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
own_ldflags += -fsanitize=address,undefined
else
own_cflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ifneq ($(STATIC),0)
own_cflags += -fno-pie -ffunction-sections -fno-asynchronous-unwind-tables
own_ldflags += -static -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,-z,common-page-size=64
else
own_cflags += -fPIE
own_ldflags += -pie -Wl,-z,relro,-z,now
endif
# musl's wrapper hides the kernel's headers.
ifneq ($(findstring musl,$(CC)),)
own_cflags += -idirafter /usr/include -idirafter /usr/include/$(shell uname -m)-linux-gnu
endif

# crypt(3) is a library of its own, which musl may lack, and which static programs need as an archive.
ifndef CRYPT
crypt_program = \043include <crypt.h>\nint main(int c, char **v) { struct crypt_data d; return c && crypt_r(*v, *v, &d); }\n
CRYPT := $(shell printf '$(crypt_program)' | $(CC) $(own_cflags:-M%=) $(own_ldflags) $(LDFLAGS) \
	-x c -o /dev/null - -lcrypt 2>/dev/null && echo libcrypt || echo none)
endif
ifneq ($(CRYPT),none)
own_libs = -Wl,$(crypt_need) -lcrypt
# The sanitizers put a crypt_r() of their own before the library's, which then looks unneeded.
crypt_need = $(if $(filter 0,$(SANITIZE)),--as-needed,--no-as-needed)
endif

# The system's users: a static program has only the files.
USERS = $(if $(filter 0,$(STATIC)),switch,files)

# Of the files that exist once for each system, this system's.
platform_other = $(filter-out %_$(PLATFORM).c,$(wildcard lib/*_linux.c lib/*_posix.c)) \
	$(filter-out %_$(CRYPT).c,$(wildcard lib/crypt_hash_*.c)) $(filter-out %_$(USERS).c,$(wildcard lib/users_*.c))
lib_src = $(filter-out $(platform_other),$(wildcard lib/*.c))
lib_obj = $(lib_src:%.c=$(OBJ)/%.o)
LIB = $(OBJ)/lib.a

all: $(PROGRAMS)

$(OBJ)/%.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS) $(optimise) -c -o $@ $<
$(OBJ)/lib/sha256.o $(OBJ)/lib/text.o: optimise = $(fast)

$(LIB): $(lib_obj)
	@rm -f $@
	ar rcs $@ $^

# Everything is built anew when the compiler or the flags change.
flags_now = $(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS) $(own_ldflags) $(LDFLAGS) $(own_libs) $(PLATFORM) $(CRYPT) $(USERS)
$(OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(flags_now))' | cmp -s - $@ || echo '$(subst ','\'',$(flags_now))' >$@

define program
$(OUT)/$1/$1: $$(patsubst %.c,$(OBJ)/%.o,$$(wildcard $1/*.c)) $(LIB)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(own_ldflags) $$(LDFLAGS) -o $$@ $$^ $$(own_libs)
endef
$(foreach p,$(DAEMONS) mailuser,$(eval $(call program,$p)))

# Programs of the tests: one for each file; a unit test includes the source it tests, or calls lib/.
TESTS_C = $(wildcard tests/*.c tests/unit/*.c)
TEST_PROGRAMS = $(TESTS_C:%.c=$(OUT)/%)
$(TEST_PROGRAMS): $(OUT)/%: $(OBJ)/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(own_ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(own_libs)
# Those of the benches; the load generators share one file, the limits another.
BENCH_SHARED = load/load limit/limit
BENCH_C = $(filter-out $(BENCH_SHARED:%=tests/bench/%.c),$(wildcard tests/bench/*.c tests/bench/*/*.c))
BENCH_PROGRAMS = $(BENCH_C:%.c=$(OUT)/%)
$(BENCH_PROGRAMS): $(OUT)/%: $(OBJ)/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(own_ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(own_libs)
$(filter $(OUT)/tests/bench/load/%,$(BENCH_PROGRAMS)): $(OBJ)/tests/bench/load/load.o
$(filter $(OUT)/tests/bench/limit/%,$(BENCH_PROGRAMS)): $(OBJ)/tests/bench/limit/limit.o
# One is a front, and wants the keeper with all that this calls.
$(OUT)/tests/unit/smtpd_keeper: $(filter-out %/main.o,$(patsubst %.c,$(OBJ)/%.o,$(wildcard smtpd/*.c)))
test-programs: $(PROGRAMS) $(TEST_PROGRAMS) $(BENCH_PROGRAMS)

# What any octets are thrown at, by clang's libFuzzer: each includes what it tries.
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
$(FUZZERS:%=$(OUT)/tests/fuzz/%): $(OUT)/tests/fuzz/%: $(OBJ)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(own_ldflags) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(own_libs)
fuzzers: $(FUZZERS:%=$(OUT)/tests/fuzz/%)

# Puts the table of settings into trivet.conf(5), from the table that the programs use.
man: $(OUT)/tests/settings
	$(OUT)/tests/settings >$(OBJ)/table
	awk -v table=$(OBJ)/table '/end of the table/ { inside = 0 } !inside { print } \
		/The table: made/ { getline; print; inside = 1; \
			while ((getline line <table) > 0) print line }' man/trivet.conf.5 >$(OBJ)/page
	cp $(OBJ)/page man/trivet.conf.5

# The builds that `make check` tests; the first one with everything, see tests/check.
build_plain =
build_asan = CC=clang SANITIZE=1
build_musl = CC=musl-gcc STATIC=1
BUILDS = plain asan musl

$(BUILDS:%=build/%): build/%: FORCE
	@mkdir -p build
	@$(MAKE) --no-print-directory OUT=$@ $(build_$*) CFLAGS='-O2 -g -Werror' test-programs >$@.log 2>&1 || { cat $@.log; exit 1; }

check:
	@$(MAKE) --no-print-directory -j2 $(BUILDS:%=build/%)
	@sh tests/check $(BUILDS:%=build/%)

# Full-size messages, minutes and gigabytes.
check-large: build/plain
	@LARGE=1 TRIVET=build/plain bats --filter large tests/pop3d*.bats tests/accounts.bats tests/smtpd*.bats tests/tftpd*.bats

# Each for FUZZ, libFuzzer's options; what was found useful is kept for the next time.
FUZZ = -max_total_time=60
FUZZ_OUT = build/fuzz
fuzz:
	@$(MAKE) --no-print-directory OUT=$(FUZZ_OUT) CC=clang SANITIZE=1 CFLAGS='-O1 -g -Werror -fsanitize=fuzzer-no-link' fuzzers
	@for f in $(FUZZERS); do mkdir -p $(FUZZ_OUT)/found/$$f && echo "== $$f" && \
		$(FUZZ_OUT)/tests/fuzz/$$f $(FUZZ) -artifact_prefix=$(FUZZ_OUT)/$$f- $(FUZZ_OUT)/found/$$f || exit 1; done

lint:
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability,performance \
		--inline-suppr -Ilib -D_GNU_SOURCE -DTRIVET_VERSION='"$(VERSION)"' \
		lib pop3d smtpd tftpd mailuser tests/*.c tests/bench
	$(MAKE) --no-print-directory OUT=build/analyzer CFLAGS='-O1 -fanalyzer -Werror' all
	mandoc -T lint -W warning $(PAGES)

# Side by side with other servers, which tests/bench/setup brings; minutes each, as root.
bench-%: all $(BENCH_PROGRAMS)
	@TRIVET=$(OUT) tests/bench/$*

help:
	@echo 'all        build the programs, each in its own folder'
	@echo 'demo       show mail and files going through, on free ports; leaves nothing behind'
	@echo 'run        keep the daemons running on ports 1025, 1110 and 1069, until Ctrl-C'
	@echo 'check      build with gcc, clang, musl and sanitizers, and run the tests'
	@echo 'check-large  the tests that take gigabytes'
	@echo 'fuzz       a minute of any octets for each parser; FUZZ=-max_total_time=SECONDS for more'
	@echo 'bench-pop3 bench-smtp bench-tftp bench-growth  measure, beside other servers, into OUT/bench'
	@echo 'lint       cppcheck, -fanalyzer, mandoc -T lint'
	@echo 'install    into $$(DESTDIR)$$(PREFIX); uninstall removes it again'
	@echo 'man        put the table of settings into trivet.conf(5)'
	@echo 'clean      remove what was built'
	@echo 'Variables: CC CFLAGS LDFLAGS SANITIZE=1 STATIC=1 PLATFORM=posix OUT= PREFIX= DESTDIR='

demo: all $(OUT)/tests/mail $(OUT)/tests/fetch
	@TRIVET=$(OUT) sh tests/demo

run: all $(OUT)/tests/mail
	@TRIVET=$(OUT) sh tests/run

sbin = $(DESTDIR)$(PREFIX)/sbin
mandir = $(DESTDIR)$(PREFIX)/share/man
samples = $(DESTDIR)$(PREFIX)/share/doc/trivet

install: all
	install -d $(sbin) $(samples)/systemd
	install -m 755 $(PROGRAMS) $(sbin)
	for page in $(PAGES); do section=$${page##*.}; install -d $(mandir)/man$$section && \
		install -m 644 $$page $(mandir)/man$$section || exit 1; done
	install -m 644 README NEWS LICENSE etc/trivet.conf etc/aliases etc/inetd.conf etc/xinetd.conf etc/pflogsumm.awk etc/tftp-map.windows etc/dnsmasq-pxe.conf etc/nftables-tftp.conf $(samples)
	install -m 755 etc/greylist $(samples)
	install -m 644 etc/systemd/* $(samples)/systemd
	sed -i 's,/usr/local/s\(bin\|hare\)/,$(PREFIX)/s\1/,g' $(PAGES:man/%=$(mandir)/man*/%) \
		$$(find $(samples) -type f)

uninstall:
	for program in $(PROGRAMS); do rm -f $(sbin)/$${program##*/}; done
	for page in $(PAGES); do rm -f $(mandir)/man$${page##*.}/$${page##*/}; done
	rm -rf $(samples)

clean:
	rm -rf obj build bench $(PROGRAMS) $(TEST_PROGRAMS) $(BENCH_PROGRAMS)

FORCE:
.PHONY: all check check-large clean demo fuzz fuzzers help install lint man run test-programs uninstall FORCE
-include $(wildcard $(OBJ)/*/*.d $(OBJ)/*/*/*.d $(OBJ)/*/*/*/*.d)
