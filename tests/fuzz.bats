#!/usr/bin/env bats
# The fuzz targets build, and some thousand inputs find nothing: `make fuzz` tries longer.

load helper

# bats test_tags=once
@test "any octets: no parser fails" {
	cd "$BATS_TEST_TMPDIR"
	make -C "$HERE/.." fuzz FUZZ='-seed=1 -runs=20000 -print_final_stats=1' FUZZ_OUT="$PWD/fuzz" >out 2>&1 ||
		{ tail -n 40 out && false; }
	[ "$(grep -c 'number_of_executed_units: [2-9]' out)" -eq "$(find "$HERE/fuzz" -name '*.c' | wc -l)" ]
}
