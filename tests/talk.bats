#!/usr/bin/env bats
# The judge judged: cat is a server that says what its client says.
#
# bats file_tags=once

load helper

# talk [OPTION ...] with a transcript as its last argument
play() {
	printf '%s\n' "${@: -1}" | "$TALK" "${@:1:$#-1}" - pipe /bin/cat
}

fails_with() { # WORDS ARGUMENT ...
	run play "${@:2}"
	[ "$status" -eq 1 ] && [[ $output == *"$1"* ]] || { echo "$status: $output" && false; }
}

@test "what is as it should be passes, in one piece and octet by octet" {
	local transcript='# comment
C: one\0two\\\t
C> three
C* 3 ab
C: \xff@HOME@ a@b@c
S: one\0two\\\t
S> three
S* 3 ab
S: \xff@HOME@ a@b@c
C: x 17 y
S~ x [0-9]+ .
C! half'
	play "$transcript"
	play -e "$transcript"
	play -s 3 "$transcript"
}

@test "long lines both ways at once pass" {
	play 'C* 3000000 0123456789
C! half
S* 3000000 0123456789'
}

@test "a wrong octet is named with its line" {
	fails_with '-:3: octet 2 differs' 'C: abc

S: acc'
	fails_with 'wanted acc\r\n' $'C: abc\nS: acc'
	fails_with 'got    abc\r\n' $'C: abc\nS: acc'
}

@test "LF for CRLF, a missing end and an early one are seen" {
	fails_with 'octet 2 differs' $'C> a\\n\nS: a'
	fails_with 'ends without CRLF' $'C> a\\n\nS~ a'
	fails_with 'the server was to close, and goes on' $'C: a\nC: b\nC! half\nS: a'
	fails_with 'the server has closed' $'C: a\nC! half\nS: a\nS: b'
	fails_with 'does not match' $'C: ab\nS~ a'
	fails_with 'time is up' -t 1 'S: a'
	fails_with 'no such step' 'D: a'
	fails_with 'NOT_SET@ is not in the environment' 'C: @NOT_SET@'
}

@test "a program that fails or hangs after the talk fails the test" {
	run "$TALK" - pipe /bin/sh -c 'exec 1>&-; exit 3' <<<'S! end'
	[ "$status" -eq 1 ]
	[[ $output == *'ended with status 3'* ]]
	run "$TALK" - pipe /bin/sh -c 'exec 1>&-; kill -9 $$' <<<'S! end'
	[[ $output == *'died of signal 9'* ]]
	run "$TALK" -t 2 - pipe /bin/sh -c 'exec cat </dev/zero >/dev/null 2>&1' <<<'S! end'
	[[ $output == *'has not ended'* ]]
}
