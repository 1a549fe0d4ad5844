# The figures of ours by size: a table for each kind of work, or with `table` a line; and a chart with
# a field for each kind. Needs report.awk.

function size_of(work) {
	return substr(work, index(work, ":") + 1)
}

function kind_of(work) {
	return substr(work, 1, index(work, ":") - 1)
}

# One after the other, of one kind: works[from] to works[the answer - 1].
function kind_end(from,    i) {
	for (i = from; i <= work_count && kind_of(works[i]) == kind_of(works[from]); i++)
		;
	return i
}

function tell_sizes(from, to,    i) {
	printf "\n%s\n  %9s %12s %-21s %10s %10s %10s\n", title[works[from]], "", unit[works[from]], "",
		"CPU us", "PSS KB", "tables KB"
	for (i = from; i < to; i++)
		printf "  %9s %12s %-21s %10s %10s %10s\n", size_of(works[i]),
			number(median(works[i], "trivet", "rate")),
			"(" number(ranked(works[i], "trivet", "rate", 1)) " - " \
			number(ranked(works[i], "trivet", "rate", rounds[works[i], "trivet"])) ")",
			number(median(works[i], "trivet", "cpu")),
			blank(median(works[i], "trivet", "pss")),
			blank(median(works[i], "trivet", "tables"))
	for (i = from; i < to; i++)
		tell_goals(works[i])
}

# With the goals behind it.
function tell_line(from, to, figure,    i, f, g, other) {
	printf "  %-12s", figure == "rate" ? unit[works[from]] : "KB PSS"
	for (i = from; i < to; i++)
		printf "  %s: %s", size_of(works[i]), number(median(works[i], "trivet", figure))
	print ""
	for (g = 1; g <= goal_count; g++) {
		split(goal[g], f, " ")
		if (f[2] != figure || kind_of(f[1]) != kind_of(works[from]) || !try_goal(f))
			continue
		printf "    %s / %s: %s  %s %s, %s\n", size_of(f[1]),
			split(f[4], other, "@") == 2 ? size_of(other[2]) : f[4], number(ratio),
			f[5], f[6], goal_met ? "met" : "MISSED"
	}
}

# A field of the chart.
function draw(from, to, figure, script,    i) {
	printf "$d%d << END\n", ++drawn >script
	for (i = from; i < to; i++)
		print size_of(works[i]), median(works[i], "trivet", figure) >script
	printf "END\nset title '%s, %s'\nplot $d%d with linespoints pt 7\n", kind_of(works[from]),
		figure == "rate" ? unit[works[from]] : "KB PSS each", drawn >script
}

function tell_growth(    from, to, script) {
	script = chart ? chart ".gnuplot" : "/dev/null"
	print "set terminal svg size 1200,1000 dynamic background '#ffffff'" >script
	printf "set output '%s.svg'\n", chart >script
	print "set logscale xy\nset yrange [*<1:*]\nset format x '10^{%L}'\nset format y '%.10g'\nset grid\nunset key\nset multiplot layout 4,4" >script
	for (from = 1; from <= work_count; from = to) {
		to = kind_end(from)
		if (table) {
			print title[works[from]]
			tell_line(from, to, "rate")
		} else
			tell_sizes(from, to)
		draw(from, to, "rate", script)
		if (median(works[from], "trivet", "pss")) {
			if (table)
				tell_line(from, to, "pss")
			draw(from, to, "pss", script)
		}
	}
	print "unset multiplot" >script
}
