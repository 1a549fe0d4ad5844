# The figures of a bench as they go into README: for each work, and each of its figures that has a goal,
# what ours takes, the spread, how it is to the best peer and to the limit, and the goals. Of a rate more
# is better; of processor time and memory, less. Needs report.awk.

# The limit that the goals are about, or the first one there is.
function limit_of(work,    g, f, names, n, i, found) {
	for (g = 1; g <= goal_count; g++) {
		split(goal[g], f, " ")
		if (f[1] == work && f[4] ~ /^limit/)
			found = f[4]
	}
	n = split(candidates[work], names, " ")
	for (i = 1; i <= n && !found; i++)
		if (names[i] ~ /^limit/)
			found = names[i]
	return found
}

# "2.5 dovecot", or "-" when there is no such candidate.
function compared(work, candidate, figure, other,    m) {
	m = other == "" || !((work, other) in rounds) ? 0 : median(work, other, figure)
	sub(/^limit-/, "", other)
	return m ? number(median(work, candidate, figure) / m) " " other : "-"
}

function figure_name(work, candidate, figure) {
	return (figure == "rate" ? unit[work] : figure == "cpu" ? "us CPU each" : "KB PSS") \
		(candidate == "trivet" ? "" : ", " substr(candidate, 8))
}

# With the ratio where it stands in no other column.
function goal_said(f,    against) {
	against = f[4]
	sub(/^limit-/, "", against)
	sub(/^trivet@/, "", against)
	return f[5] " " f[6] (against == "-" ? "" : " " against) \
		(f[4] == "-" || f[4] == "best" || f[4] == limit_of(f[1]) || \
		f[4] == best(f[1], f[2]) ? "" : " (" number(ratio) ")") (goal_met ? ", met" : ", MISSED")
}

function tell_row(work, candidate, figure,    g, f, n) {
	printf "  %-19s %8s  %-17s %-20s %-13s ", figure_name(work, candidate, figure),
		number(median(work, candidate, figure)), number(ranked(work, candidate, figure, 1)) " - " \
		number(ranked(work, candidate, figure, rounds[work, candidate])),
		compared(work, candidate, figure, best(work, figure)),
		compared(work, candidate, figure, limit_of(work))
	for (g = 1; g <= goal_count; g++) {
		split(goal[g], f, " ")
		if (f[1] == work && f[2] == figure && f[3] == candidate && try_goal(f))
			printf "%s%s", n++ ? sprintf("\n%86s", "") : "", goal_said(f)
	}
	print n ? "" : "-"
}

# The rows of a work: first its rate, or without one its memory, then what else has a goal.
function tell_rows(work,    g, f, told) {
	print title[work]
	f[2] = median(work, "trivet", "rate") ? "rate" : "pss"
	told["trivet", f[2]] = 1
	tell_row(work, "trivet", f[2])
	for (g = 1; g <= goal_count; g++) {
		split(goal[g], f, " ")
		if (f[1] != work || (f[3], f[2]) in told || !((work, f[3]) in rounds))
			continue
		told[f[3], f[2]] = 1
		tell_row(work, f[3], f[2])
	}
}

function tell_table(    i) {
	printf "  %-19s %8s  %-17s %-20s %-13s %s\n", "", "trivet", "least - most", "/ best peer",
		"/ limit", "goal"
	for (i = 1; i <= work_count; i++)
		if ((works[i], "trivet") in rounds)
			tell_rows(works[i])
}
