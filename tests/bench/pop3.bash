# The works of POP3, ours, and the limits. Needs lib.bash.
#
# Each candidate has its own copy of the mail: servers keep files of their own beside it. All accounts
# have the password `secret` and the same cheap hash, crypt's SHA-256 with 1,000 rounds; where there is
# no crypt (a static program with musl), one of SCRAM-SHA-256 with one iteration.

HASH='$5$rounds=1000$trivetbench$C7PD/gXdxuICnrTxvXxlqdqHaP0.XeCFL9T/QXaGOO.'
MAIL_UID=4242
MAIL_OWNER=()

UNIT+=([login]=sessions/s [list]=messages/s [cold]=messages/s [later]=messages/s [large]=MB/s
	[pipelined]=MB/s [lockstep]=MB/s [dele]=messages/s [idle]=- [pop3-sessions]=logins/s
	[pop3-list]=messages/s [pop3-message]=MB/s [pop3-accounts]=logins/s)
TITLE+=([login]='login, STAT, QUIT with 10 messages, %N at once'
	[list]='LIST and UIDL of %N messages, sizes in their names'
	[cold]='LIST and UIDL of %N foreign messages, first time'
	[later]='LIST and UIDL of %N foreign messages, later'
	[large]='RETR of one message of %N MB, in lines of 72 octets'
	[pipelined]='RETR of %N messages of 20 KB, pipelined'
	[lockstep]='RETR of %N messages of 20 KB, in lock step'
	[dele]='DELE of %N messages, pipelined'
	[idle]='idle sessions, %N held: memory of each'
	[pop3-sessions]='POP3: login, STAT, QUIT, one after the other, while so many sessions are held; memory of each of these'
	[pop3-list]='POP3: LIST and UIDL of so many messages'
	[pop3-message]='POP3: RETR of messages of so many KB, in lock step'
	[pop3-accounts]='POP3: login, STAT, QUIT, one after the other, with so many accounts')

begin_pop3() {
	! is_root || MAIL_OWNER=(setpriv "--reuid=$MAIL_UID" "--regid=$MAIL_UID" --clear-groups)
	install -d "$WORKDIR"/{run,accounts,accounts-musl,mail}
	cat >"$WORKDIR/trivet.conf" <<-END
		hostname mail.example.org
		run $WORKDIR/run
		user nobody
		clients 10000
		clients-per-source 10000
	END
	: >"$WORKDIR/dovecot.passwd"
	mkdir "$WORKDIR/seed"
	! is_root || chown "$MAIL_UID:$MAIL_UID" "$WORKDIR/seed"
	echo secret | "$TRIVET/mailuser/mailuser" -o "accounts=$WORKDIR/seeds" -o "mail=$WORKDIR/seed" \
		-o iterations=1 add seed
	SCRAM=$(sed -n 's/^password //p' "$WORKDIR/seeds/seed")
}

# Where a candidate's mail lies; sets MADE.
mail_of() { # CANDIDATE
	MADE=$WORKDIR/mail/$1
	[ ! -d "$MADE" ] || return 0
	mkdir "$MADE"
	! is_root || chown "$MAIL_UID:$MAIL_UID" "$MADE"
}

# An account with a maildrop, of which there is one for each name, however often it is wanted.
maildrop() { # CANDIDATE NAME COUNT OCTETS named|foreign [linked]
	mail_of "$1"
	[ ! -d "$MADE/$2" ] || return 0
	"${MAIL_OWNER[@]}" "$BENCHBIN/maildrop" "$MADE/$2" "${@:3}"
	account "$2"
}

# So many of them with small messages: NAME1, NAME2, ...
maildrops() { # CANDIDATE NAME COUNT MESSAGES
	local i
	mail_of "$1"
	[ ! -d "$MADE/${2}1" ] || return 0
	"${MAIL_OWNER[@]}" "$BENCHBIN/maildrop" "$MADE/$2" "$4" 2000 named each "$3"
	for ((i = 1; i <= $3; i++)); do
		account "$2$i"
	done
}

account() { # NAME
	[ ! -e "$WORKDIR/accounts/$1" ] || return 0
	echo "password $HASH" >"$WORKDIR/accounts/$1"
	echo "password $SCRAM" >"$WORKDIR/accounts-musl/$1"
	echo "$1:{SHA256-CRYPT}$HASH:::::" >>"$WORKDIR/dovecot.passwd"
}

# What a work wants of a candidate's mail.
mail_for() { # CANDIDATE WORK
	case $2 in
	login:*) maildrops "$1" login 1000 10 ;;
	list:* | pop3-list:*) maildrop "$1" "named$N" "$N" 2000 named linked ;;
	cold:* | later:*) maildrop "$1" "foreign$N" "$N" 2000 foreign ;;
	large:*) maildrop "$1" "large$N" 1 "${N}000000" named ;;
	pipelined:* | lockstep:* | dele:*) maildrop "$1" "letters$N" "$N" 20000 named ;;
	idle:*) maildrops "$1" "idle$N-" "$N" 1 ;;
	pop3-sessions:*) maildrops "$1" held 5000 1 && maildrops "$1" login 10 10 ;;
	pop3-message:*) maildrop "$1" "sized$N" $((N < 1000 ? 1000 : 1)) "${N}000" named linked ;;
	pop3-accounts:*) maildrops "$1" login 10 10 && accounts "$N" ;;
	esac
}

login_load() {
	load pop3 login "$PORT" login 1000 "${LOGINS:-2000}" "$N"
}

list_load() {
	[ "$N" -gt 300000 ] || load pop3 list "$PORT" "named$N" 1
	mark
	load pop3 list "$PORT" "named$N" $((N > 300000 ? 1 : N > 1000 ? 3 : 100))
}

cold_load() {
	load pop3 list "$PORT" "foreign$N" 1
}

later_load() {
	cold_load
	mark
	load pop3 list "$PORT" "foreign$N" 3
}

large_load() {
	load pop3 retr "$PORT" "large$N" lock-step $((N < 1000 ? 1000 / N : 1))
}

pipelined_load() {
	load pop3 retr "$PORT" "letters$N" pipelined 10
}

lockstep_load() {
	load pop3 retr "$PORT" "letters$N" lock-step 10
}

dele_load() {
	load pop3 dele "$PORT" "letters$N" pipelined 20
}

pop3-sessions_load() {
	converse hold "$BENCHBIN/load/pop3" hold "$PORT" held "$N"
	hear hold || return 1
	take_memory "$N"
	mark
	load pop3 login "$PORT" login 10 1000 1 && end_count && hang_up hold
}

pop3-list_load() {
	list_load
}

# 200 MB at least, where a session's messages are not too many for it.
pop3-message_load() {
	load pop3 retr "$PORT" "sized$N" lock-step \
		$((N < 100 ? 10 : N < 1000 ? 2 : N < 100000 ? 200000 / N : N < 1000000 ? 5 : 1))
}

pop3-accounts_load() {
	load pop3 login "$PORT" login 10 1000 1
}

idle_load() {
	converse hold "$BENCHBIN/load/pop3" hold "$PORT" "idle$N-" "$N"
	hear hold || return 1
	take_memory "$N"
	hang_up hold
}

trivet_there() {
	[ -x "$TRIVET/pop3d/pop3d" ] || { echo 'not built' && false; }
}

trivet_server() { # WORK
	COMMAND=("$TRIVET/pop3d/pop3d" -DF -l 127.0.0.1:0 -f "$WORKDIR/trivet.conf"
		-o "mail=$WORKDIR/mail/trivet" -o "accounts=$(account_folder "$1")")
}

trivet_before() { # WORK
	mail_for trivet "$1"
	[[ $1 != cold:* ]] || rm -f "$WORKDIR/mail/trivet/foreign$N/trivet-sizes"
}

# The same program, static, with musl.
trivet-musl_there() {
	static_program musl pop3d musl-gcc
}

trivet-musl_server() {
	COMMAND=("$RESULTS/musl/pop3d/pop3d" -DF -l 127.0.0.1:0 -f "$WORKDIR/trivet.conf"
		-o "mail=$WORKDIR/mail/trivet" -o "accounts=$WORKDIR/accounts-musl")
}

trivet-musl_before() { # WORK
	trivet_before "$1"
}

# The same program, static.
trivet-static_there() {
	static_program static pop3d cc
}

trivet-static_server() { # WORK
	trivet_server "$1"
	COMMAND[0]=$RESULTS/static/pop3d/pop3d
}

trivet-static_before() { # WORK
	trivet_before "$1"
}

# One fork for a client, and nothing else.
limit-fork_there() {
	:
}

limit-fork_server() {
	COMMAND=("$BENCHBIN/limit/pop3fork")
}

# Two forks, the jail, the hash.
limit-jail_there() {
	:
}

limit-jail_server() {
	maildrop limit jail 1 2000 named
	COMMAND=("$BENCHBIN/limit/pop3fork" nobody "$WORKDIR/mail/limit/jail" "$HASH")
}

limit-readdir_there() {
	:
}

limit-readdir_server() { # WORK
	mail_for trivet "$1"
	COMMAND=("$BENCHBIN/limit/pop3list" "$WORKDIR/mail/trivet/named$N/cur")
}

limit-expand_there() {
	:
}

limit-expand_server() { # WORK
	mail_for trivet "$1"
	COMMAND=("$BENCHBIN/limit/pop3send" expand "$WORKDIR/mail/trivet/large$N/cur/"*)
}

limit-plain_there() {
	:
}

limit-plain_server() { # WORK
	mail_for trivet "$1"
	COMMAND=("$BENCHBIN/limit/pop3send" plain "$WORKDIR/mail/trivet/large$N/cur/"*)
}
