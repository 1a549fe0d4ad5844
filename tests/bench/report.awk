# The figures of a bench (see lib.bash): medians, spread, ratios and goals; and, for gnuplot, data and a
# script that draws one chart.
#
#   awk -v titles=FILE -v goals=FILE [-v chart=PATH] [-v table=1] -f report.awk -f table.awk -f growth.awk RAW
#
# With table, for README; see table.awk. Where the chart's name ends in "growth", see growth.awk.
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
	while ((getline line <goals) > 0)
		goal[++goal_count] = line
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

# Whether the less there is of it the better.
function is_cost(work, figure) {
	return figure != "rate" || unit[work] ~ /^(calls|fsyncs)\//
}

# Of the peers, for this figure; "": there is none.
function best(work, figure,    names, n, i, found, m, top) {
	n = split(candidates[work], names, " ")
	for (i = 1; i <= n; i++) {
		if (!is_peer(names[i]))
			continue
		m = median(work, names[i], figure)
		if (!found || (is_cost(work, figure) ? m < top : m > top)) {
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
		printf "  %-14s %10s %-23s %10s %10s %10s%s\n", c, number(median(work, c, "rate")),
			"(" number(ranked(work, c, "rate", 1)) " - " \
			number(ranked(work, c, "rate", rounds[work, c])) ")",
			number(median(work, c, "cpu")), blank(median(work, c, "pss")),
			blank(median(work, c, "tables")),
			rounds[work, c] < rounds[work, names[1]] ? " in " rounds[work, c] " rounds" : ""
	}
}

function blank(x) {
	return x ? number(x) : ""
}

# f: the words of a goal. Sets ratio, goal_met and goal_base, who it is compared with; false: there is
# nothing to compare.
function try_goal(f,    other, base) {
	base = f[1]
	goal_base = f[4] == "best" ? best(f[1], f[2]) : f[4]
	ratio = median(f[1], f[3], f[2])
	if (!((f[1], f[3]) in rounds))
		return 0
	if (f[4] != "-") {
		if (split(goal_base, other, "@") == 2)
			base = other[2]
		if (!((base, other[1]) in rounds) || !median(base, other[1], f[2]))
			return 0
		ratio /= median(base, other[1], f[2])
	}
	goal_met = f[5] == ">=" ? ratio >= f[6] + 0 : ratio <= f[6] + 0
	return 1
}

function tell_goal(f) {
	if (try_goal(f))
		printf "  %-5s %-34s %8s   goal %s %s  %s\n", f[2], f[3] (f[4] == "-" ? "" : " / " f[4] \
			(f[4] == "best" ? " (" goal_base ")" : "")), number(ratio), f[5], f[6],
			goal_met ? "met" : "MISSED"
}

function tell_goals(work,    i, f) {
	for (i = 1; i <= goal_count; i++) {
		split(goal[i], f, " ")
		if (f[1] == work)
			tell_goal(f)
	}
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
	return is_cost(work, figure) ? other / own : own / other
}

# Ours are alike, peers bright, limits grey.
function colour(candidate,    of) {
	if (candidate ~ /^trivet/)
		return candidate == "trivet" ? "#9400d3" : "#d8a0f0"
	if (is_peer(candidate))
		split("#009e73 #56b4e9 #e69f00 #f0e442 #d55e00", of, " ")
	else
		split("#222222 #555555 #888888 #aaaaaa #cccccc", of, " ")
	return of[(is_peer(candidate) ? peers++ : limits++) % 5 + 1]
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
	print "set style data histograms\nset style histogram clustered gap 1\nset style fill solid 0.8 border -1" >script
	print "set logscale y\nset yrange [*<0.5:2<*]\nset grid y\nset key outside top center horizontal" >script
	print "set ylabel 'times as good as the best peer'\nset xtics rotate by -20" >script
	printf "plot 1 notitle lc 'black'" >script
	for (j = 1; j <= column_count; j++)
		printf ", '%s' using %d:xtic(1) title '%s' lc rgb '%s'", data, j + 1, columns[j],
			colour(columns[j]) >script
	print "" >script
}

END {
	if (chart ~ /growth$/)
		tell_growth()
	else if (table)
		tell_table()
	else
		for (i = 1; i <= work_count; i++) {
			tell_work(works[i])
			tell_goals(works[i])
		}
	if (chart && chart !~ /growth$/)
		write_chart()
}
