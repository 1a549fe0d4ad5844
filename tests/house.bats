#!/usr/bin/env bats
# The rules of the house: what may include what, sizes, heads, manual pages, marks.
#
# bats file_tags=once

load helper

programs='pop3d smtpd tftpd mailuser'
# Whose names do not tell what they are.
scripts='tests/setup tests/check tests/demo tests/run tests/bench/setup tests/bench/pop3 tests/bench/smtp
	tests/bench/tftp tests/bench/growth'

setup() {
	cd "$HERE/.."
}

# A test prints the offenders and fails if there are any.
none() {
	local offenders
	offenders=$(cat)
	[ -z "$offenders" ] || { echo "$offenders" && false; }
}

sources() { # SUFFIX ...
	local suffix
	for suffix; do
		find . \( -name build -o -name obj -o -name .git -o -name shared \) -prune \
			-o -name "*.$suffix" -type f -print
	done | sort
}

# "file included-name" for each #include "name" of a folder's files
includes() { # FOLDER
	grep -Ho '^#include "[^"]*"' "$1"/*.[ch] | sed 's/:#include "/ /; s/"$//'
}

# A later line may include the earlier ones and its own; `serve` stands for what it is made of.
@test "lib's modules include only what lies below them" {
	cat >"$BATS_TEST_TMPDIR/layers" <<-END
		log str base64 alarm crypt users watch writers memory entries lines writeback sync
		net udp io text opt settings priv neighbour sha256 process slot ledger penalty rate exec
		cmd maildir account mailbox scram sasl
		serve children daemon listen reread split guard
	END
	includes lib | awk -v layers="$BATS_TEST_TMPDIR/layers" '
		function module(path) {
			sub(/.*\//, "", path)
			sub(/[_.].*/, "", path)
			return path
		}
		BEGIN {
			while ((getline line <layers) > 0) {
				n++
				count = split(line, names, " ")
				for (i = 1; i <= count; i++)
					layer[names[i]] = n
			}
		}
		{ from = module($1); to = module($2) }
		!(from in layer) { print $1 " is in no layer: enter it here"; next }
		!(to in layer) || $2 ~ /\// { print $1 " includes " $2 ", which is not of lib/"; next }
		layer[to] > layer[from] { print $1 " includes " $2 ", which lies above it" }' | none
}

@test "a program includes lib/ and its own folder only" {
	local program file name
	for program in $programs; do
		includes "$program" | while read -r file name; do
			[[ $name != */* && (-f $program/$name || -f lib/$name) ]] || echo "$file includes $name"
			[ ! -f "$program/$name" ] || [ ! -f "lib/$name" ] || echo "$file: two files $name"
		done
	done | none
}

@test "no file is longer than 350 lines" {
	sources c h bats bash sh | xargs wc -l | awk '$2 != "total" && $1 > 350' | none
}

@test "no function is longer than 60 lines, and half have at most 15" {
	sources c h | ctags -x --c-kinds=f --_xformat='%{end} %n %F %N' -L - |
		awk '{ print $1 - $2 + 1, $3 ":" $2, $4 }' | sort -n >"$BATS_TEST_TMPDIR/lengths"
	[ -s "$BATS_TEST_TMPDIR/lengths" ]
	awk '$1 > 60' "$BATS_TEST_TMPDIR/lengths" | none
	# Those of the tests are not counted for the median, in either direction.
	grep -v ' ./tests/' "$BATS_TEST_TMPDIR/lengths" |
		awk '{ n[NR] = $1 } END { m = n[int((NR + 1) / 2)]; if (m > 15) print "median " m }' | none
}

@test "every file begins with a comment" {
	local file
	for file in $(sources c h); do
		[ "$(head -n 1 "$file")" = '/*' ] || echo "$file"
	done | none
	for file in Makefile .ci/run $(sources bats bash sh) $scripts; do
		head -n 2 "$file" | grep -q '^# ' || echo "$file"
	done | none
}

@test "no marks of unfinished work" {
	grep -nE '\b(TO''DO|FIX''ME|X''XX|HA''CK)\b|not ''implemented|for ''now\b' \
		Makefile $(sources c h bats bash sh) $scripts | none
}

@test "no test sleeps or can skip" {
	grep -nE '\b(u|nano)?sl''eep *\(|\bsl''eep +[0-9.$"]|^[[:space:]]*sk''ip\b' \
		$(sources bats bash sh) $(sources c h | grep ^./tests/) $scripts | none
}

@test "the manual pages are clean" {
	mandoc -T lint -W warning man/* | none
}

# "-l addr[:port]  help" in the usage text, ".It Fl l Ar addr..." in the page.
@test "every option is in the manual, and no other" {
	local program status
	for program in $programs; do
		status=0
		"$TRIVET/$program/$program" -h >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/usage" || status=$?
		[ "$status" -eq 64 ] || echo "$program -h: status $status, not 64"
		[ ! -s "$BATS_TEST_TMPDIR/out" ] || echo "$program -h writes to standard output"
		sed -n 's/^  -\(.\) .*/\1/p' "$BATS_TEST_TMPDIR/usage" | sort -u >"$BATS_TEST_TMPDIR/taken"
		sed -n 's/^\.It Fl \(.\)\( .*\)*$/\1/p' "man/$program.8" | sort -u >"$BATS_TEST_TMPDIR/told"
		[ -s "$BATS_TEST_TMPDIR/taken" ] || echo "$program: no usage text"
		diff "$BATS_TEST_TMPDIR/taken" "$BATS_TEST_TMPDIR/told" | sed -n "s/^< /$program, not in the page: -/p
			s/^> /$program, only in the page: -/p"
	done | none
}

@test "trivet.conf(5) has the table of settings that the programs use" {
	"$TESTBIN/settings" >"$BATS_TEST_TMPDIR/table"
	[ -s "$BATS_TEST_TMPDIR/table" ]
	awk 'seen > 1 && /end of the table/ { exit }
		seen > 1 { print }
		/The table: made/ || seen == 1 { seen++ }' man/trivet.conf.5 >"$BATS_TEST_TMPDIR/told"
	diff "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/table"
}

@test "lint finds nothing" {
	make -s lint
}

@test "the top level holds the folders that README tells, and a few files" {
	local name
	for name in *; do
		case $name in
		LICENSE | Makefile | NEWS | README | build | obj | bench) ;;
		*) grep -q "^    $name/ " README || echo "$name" ;;
		esac
	done | none
}
