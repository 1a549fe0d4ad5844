# The figures of a bench (see lib.bash) as a table with medians, spread, ratios and goals; and, for
# gnuplot, data and a script that draws one chart; where its name ends in "growth", of lines by size.
#
#   awk -v titles=FILE -v goals=FILE -v chart=PATH -f report.awk RAW
#
# A goal is a line WORK FIGURE CANDIDATE AGAINST RELATION NUMBER. FIGURE: rate, cpu (for each
# operation), pss. AGAINST: a candidate; CANDIDATE@WORK; best, the best of the peers; or -, for the
# figure itself. RELATION: >= or <=.

BEGIN {
	FS = "\t"
	while ((getline line <titles) > 0) {
		split(line, part, "\t")
		title[part[1]] = part[2]
	}
}

{
	if (!($1 in seen)) {
		seen[$1] = 1
		works[++work_count] = $1
		unit[$1] = $5
	}
	if (!(($1, $2) in rounds))
		candidates[$1] = candidates[$1] (candidates[$1] ? " " : "") $2
	if (!($2 in column)) {
		column[$2] = ++column_count
		columns[column_count] = $2
	}
	n = ++rounds[$1, $2]
	value[$1, $2, "rate", n] = $4
	value[$1, $2, "cpu", n] = $6
	value[$1, $2, "pss", n] = $7
	value[$1, $2, "tables", n] = $8
}

# The i-th smallest; the values of a work, candidate and figure are few.
function ranked(work, candidate, figure, i,    n, a, b, t, sorted) {
	n = rounds[work, candidate]
	for (a = 1; a <= n; a++) {
		t = value[work, candidate, figure, a] + 0
		for (b = a; b > 1 && sorted[b - 1] > t; b--)
			sorted[b] = sorted[b - 1]
		sorted[b] = t
	}
	return sorted[i]
}

function median(work, candidate, figure,    n) {
	n = rounds[work, candidate]
	return (ranked(work, candidate, figure, int((n + 1) / 2)) + \
		ranked(work, candidate, figure, int(n / 2) + 1)) / 2
}

function is_peer(candidate) {
	return candidate !~ /^(trivet|limit)/
}

# Of the peers, for this figure; "": there is none.
function best(work, figure,    names, n, i, found, m, top) {
	n = split(candidates[work], names, " ")
	for (i = 1; i <= n; i++) {
		if (!is_peer(names[i]))
			continue
		m = median(work, names[i], figure)
		if (!found || (figure == "rate" ? m > top : m < top)) {
			found = names[i]
			top = m
		}
	}
	return found
}

function number(x) {
	return sprintf(x >= 1000 ? "%.0f" : x >= 10 ? "%.1f" : "%.3g", x)
}

function tell_work(work,    names, n, i, c) {
	printf "\n%s: %s\n", work, title[work]
	printf "  %-14s %10s %-23s %10s %10s %10s\n", "", unit[work], "", "CPU us", "PSS KB", "tables KB"
	n = split(candidates[work], names, " ")
	for (i = 1; i <= n; i++) {
		c = names[i]
		printf "  %-14s %10s %-23s %10s %10s %10s\n", c, number(median(work, c, "rate")),
			"(" number(ranked(work, c, "rate", 1)) " - " \
			number(ranked(work, c, "rate", rounds[work, c])) ")",
			number(median(work, c, "cpu")), blank(median(work, c, "pss")),
			blank(median(work, c, "tables"))
	}
}

function blank(x) {
	return x ? number(x) : ""
}

# f: the words of a goal.
function tell_goal(f,    other, against, figure, base, ratio) {
	figure = f[2]
	base = f[1]
	against = f[4]
	if (against == "best")
		against = best(f[1], figure)
	if (split(against, other, "@") == 2) {
		against = other[1]
		base = other[2]
	}
	if (!((f[1], f[3]) in rounds) || (against != "-" && !((base, against) in rounds)))
		return
	ratio = median(f[1], f[3], figure)
	if (against != "-") {
		if (!median(base, against, figure))
			return
		ratio /= median(base, against, figure)
	}
	printf "  %-5s %-34s %8s   goal %s %s  %s\n", figure, f[3] (against == "-" ? "" : " / " f[4] \
		(f[4] == "best" ? " (" against ")" : "")), number(ratio), f[5], f[6],
		(f[5] == ">=" ? ratio >= f[6] + 0 : ratio <= f[6] + 0) ? "met" : "MISSED"
}

function tell_goals(work,    line, f) {
	while ((getline line <goals) > 0) {
		split(line, f, " ")
		if (f[1] == work)
			tell_goal(f)
	}
	close(goals)
}

# How many times as good as the best peer, or, without one, as the first of ours; where no rate was
# taken, in memory.
function merit(work, candidate,    figure, against, own, other) {
	figure = median(work, candidate, "rate") ? "rate" : "pss"
	against = best(work, figure)
	if (against == "")
		against = columns[1]
	if (!((work, candidate) in rounds) || !((work, against) in rounds))
		return "?"
	own = median(work, candidate, figure)
	other = median(work, against, figure)
	if (!own || !other)
		return "?"
	return figure == "rate" ? own / other : other / own
}

function write_chart(    i, j, data, script) {
	data = chart ".data"
	script = chart ".gnuplot"
	for (i = 1; i <= work_count; i++) {
		printf "\"%s\"", works[i] >data
		for (j = 1; j <= column_count; j++)
			printf "\t%s", merit(works[i], columns[j]) >data
		printf "\n" >data
	}
	print "set terminal svg size 1000,480 dynamic background '#ffffff'" >script
	printf "set output '%s.svg'\n", chart >script
	print "set datafile missing '?'\nset datafile separator '\\t'" >script
	print "set style data histograms\nset style fill solid 0.8 border -1" >script
	print "set logscale y\nset yrange [*<0.5:2<*]\nset grid y\nset key outside top center horizontal" >script
	print "set ylabel 'times as good as the best peer'\nset xtics rotate by -20" >script
	printf "plot 1 notitle lc 'black'" >script
	for (j = 1; j <= column_count; j++)
		printf ", '%s' using %d:xtic(1) title '%s'", data, j + 1, columns[j] >script
	print "" >script
}

# A line for each kind of work: its rate, or where none was taken its memory, with growing size, as times
# what it is at the smallest.
function write_growth(    i, part, kind, kinds, c, figure, data, script) {
	data = chart ".data"
	script = chart ".gnuplot"
	for (i = 1; i <= work_count; i++) {
		split(works[i], part, ":")
		c = candidates[works[i]]
		sub(/ .*/, "", c)
		figure = median(works[i], c, "rate") ? "rate" : "pss"
		if (part[1] != kind) {
			printf kind ? "\n\n" : "" >data
			kind = part[1]
			names[++kinds] = kind (figure == "rate" ? " (" unit[works[i]] ")" : " (memory)")
			first = median(works[i], c, figure)
		}
		if (first)
			printf "%s %s\n", part[2], median(works[i], c, figure) / first >data
	}
	print "set terminal svg size 1000,480 dynamic background '#ffffff'" >script
	printf "set output '%s.svg'\n", chart >script
	print "set logscale xy\nset grid\nset key outside right" >script
	print "set ylabel 'times what it is at the smallest'\nset xlabel 'size'" >script
	for (i = 1; i <= kinds; i++)
		printf "%s '%s' index %d with linespoints title '%s'", i == 1 ? "plot" : ",", data, i - 1,
			names[i] >script
	print "" >script
}

END {
	for (i = 1; i <= work_count; i++) {
		tell_work(works[i])
		tell_goals(works[i])
	}
	if (chart ~ /growth$/)
		write_growth()
	else
		write_chart()
}
