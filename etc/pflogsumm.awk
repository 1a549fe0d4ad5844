#!/usr/bin/awk -f
# Puts smtpd's lines of a mail log into the shape that pflogsumm(1) counts, as Postfix would have
# written several lines for each message. Other lines are left out.
#
#	awk -f pflogsumm.awk /var/log/mail.log | pflogsumm

# What is in quotes is somebody else's, and may look like one of our keys: its blanks become
# another character, one that is never logged.
function without_blanks(text, done, part) {
	while (match(text, /"[^"]*"/)) {
		part = substr(text, RSTART, RLENGTH)
		gsub(/ /, "\001", part)
		done = done substr(text, 1, RSTART - 1) part
		text = substr(text, RSTART + RLENGTH)
	}
	return done text
}

# The value of a key, in quotes or not.
function value(key) {
	if (!match(line, " " key "=[^ ]*"))
		return ""
	return unquoted(substr(line, RSTART + length(key) + 2, RLENGTH - length(key) - 2))
}

function unquoted(text) {
	if (text !~ /^"/)
		return text
	text = substr(text, 2, length(text) - 2)
	gsub(/\001/, " ", text)
	gsub(/\\x22/, "\"", text)
	gsub(/\\x5c/, "\\", text)
	return text
}

function put(program, text) {
	print before "postfix/" program pid ": " text
}

# The addresses of rcpt: commas within quotes are no ends.
function put_recipients(id, list, one) {
	list = line
	if (!sub(/.* rcpt=/, "", list))
		return
	while (match(list, /^("[^"]*"|<[^,]*),?/)) {
		one = substr(list, 1, RLENGTH)
		list = substr(list, RLENGTH + 1)
		sub(/,$/, "", one)
		put("local", id ": to=" unquoted(one) ", relay=local, delay=" delay[id] \
			", dsn=2.0.0, status=sent (delivered)")
	}
}

function put_refusal(what, status) {
	put("smtpd", "NOQUEUE: reject: " what " from " client() ": " \
		(status ~ /^5/ ? 550 : 450) " " status " " value(what == "RCPT" ? "to" : "from") \
		": refused with " status "; from=" value("from") \
		(what == "RCPT" ? " to=" value("to") : "") " proto=ESMTP helo=<" value("helo") ">")
}

function client(ip) {
	ip = value("ip")
	return "unknown[" (ip == "-" ? "local" : ip) "]"
}

{
	if (!match($0, / smtpd\[[0-9]+\]: /))
		next
	before = substr($0, 1, RSTART)
	pid = substr($0, RSTART + 6, RLENGTH - 8)
	event = substr($0, RSTART + RLENGTH)
	line = without_blanks($0)
	id = value("id")
	status = value("status")
}

event ~ /^message / && status ~ /^2/ {
	delay[id] = value("ms") / 1000
	put("smtpd", id ": client=" client())
	put("qmgr", id ": from=" value("from") ", size=" value("octets") ", nrcpt=" value("to") \
		" (queue active)")
	put_recipients(id)
}

event ~ /^message / && status ~ /^[45]/ {
	put_refusal("DATA", status)
}

event ~ /^recipients / && (id in delay) {
	put_recipients(id)
}

event ~ /^recipient refused / {
	put_refusal("RCPT", status)
}
