#!/usr/bin/env bats
# The programs of tests/unit, which check pure parts with tables of cases.
#
# bats file_tags=builds

load helper

@test "every unit test is built" {
	local source
	for source in "$HERE"/unit/*.c; do
		[ -x "$TESTBIN/unit/$(basename "$source" .c)" ] || { echo "not built: $source" && false; }
	done
}

@test "every unit test passes, leaks nothing, and checks something" {
	local source name status failed=0
	export ASAN_OPTIONS=detect_leaks=1
	cd "$BATS_TEST_TMPDIR"
	for source in "$HERE"/unit/*.c; do
		name=$(basename "$source" .c)
		status=0
		timeout 120 "$TESTBIN/unit/$name" >"$name.out" 2>&1 3>&- || status=$?
		[ "$status" -ne 0 ] || continue
		failed=1
		echo "== $name: status $status"
		tail -n 40 "$name.out"
	done
	[ "$failed" -eq 0 ]
}
