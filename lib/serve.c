/*
 * serve: the only accept loop. Runs with the privileges of the start (or, for a datagram service
 * that confines itself, without them); never reads what a client sent on a stream.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "account_sink.h"
#include "children.h"
#include "daemon.h"
#include "listen.h"
#include "listen_unix.h"
#include "log.h"
#include "memory.h"
#include "opt.h"
#include "priv.h"
#include "serve_client.h"
#include "serve_loop.h"
#include "serve_signal.h"
#include "str.h"

#define GRACE 30000 /* ms for running sessions after SIGTERM */
#define PAUSE 100 /* ms without accepting when the system has no room */
#define MOMENT 100 /* ms until children are looked for whose end was not told */
#define BURST 256 /* clients taken at a time, so that signals get their turn */
#define CHECK_SECONDS 10 /* for a look at new settings: nobody is let in meanwhile */

static const struct service *service;
static OWN_PAGES struct opt options;
static struct listeners listeners;
static int idle_limit = -1; /* ms without work after which a superserver takes over again */
static int64_t paused_until;
static bool mute; /* standard error is the client's */

/* A child begins: without our sockets. */
static void begin_child(const struct peer *peer)
{
	for (size_t i = 0; i < listeners.count; i++)
		if (listeners.fd[i] != peer->in)
			close(listeners.fd[i]);
	if (service->begin)
		service->begin();
}

void serve_pause(const char *what)
{
	static int64_t next_word;
	int error = errno;
	int64_t now = now_ms();
	paused_until = now + PAUSE;
	if (now < next_word)
		return;
	next_word = now + 60000;
	log_event(LOG_ERR, "%s: %s; trying again", what, strerror(error));
}

bool serve_start(const struct peer *peer, uint64_t first)
{
	/* There are no threads and no handlers that fork() would care for; what it puts in order
	 * for them would be pages of each session's own. */
	pid_t pid = _Fork();
	if (pid == 0) {
		if (!service->deaf)
			serve_unheed();
		begin_child(peer);
		_exit(service->session(peer));
	}
	if (pid < 0) {
		serve_pause("fork");
		return false;
	}
	children_add(pid, &peer->remote, first);
	return true;
}

bool serve_aside(int (*work)(void))
{
	static const struct peer nobody = {.in = -1};
	pid_t pid = children_aside(0) ? fork() : -1;
	if (pid == 0) {
		serve_unheed();
		begin_child(&nobody);
		_exit(work());
	}
	return pid > 0 && children_aside(pid);
}

static bool load_settings(char error[SETTINGS_ERROR])
{
	return settings_load(
		service->program, options.file, options.overrides, options.override_count, error);
}

static void check_start(char **operands)
{
	if (!account_sink())
		daemon_folders();
	if (service->prepare)
		service->prepare(operands);
}

/* Whether a start would go well with the settings as they are in the file now. In a child: what
 * finds a fault there ends its process. Who has confined itself cannot look. */
static bool would_start(void)
{
	char *none[] = {NULL}, error[SETTINGS_ERROR];
	int status = 0;
	if (service->confine)
		return true;
	pid_t pid = fork();
	if (pid == 0) {
		serve_unheed();
		alarm(CHECK_SECONDS);
		if (load_settings(error)) /* else we fail as well */
			check_start(none);
		_exit(EX_OK);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

static void reload_settings(void)
{
	char error[SETTINGS_ERROR] = "a start with them did not go well";
	if (!would_start() || !load_settings(error)) {
		log_event(LOG_ERR, "settings not read again: %s", error);
		return;
	}
	/* Who has confined itself is that user already, and sees no list of users any more. */
	if (!service->confine)
		daemon_find_user();
	if (!children_room(settings.clients))
		log_event(LOG_ERR, "no memory for %llu clients",
			(unsigned long long)settings.clients);
	log_event(LOG_NOTICE, "settings read again");
}

static void reload(void)
{
	reload_settings();
	if (service->reload)
		service->reload();
}

/* Waits for a client or a signal. False: nothing happened for `timeout` ms. */
static bool wait_ready(struct pollfd *ready, int timeout)
{
	size_t n = listeners.count;
	int64_t pause = paused_until - now_ms();
	if (pause > 0) {
		n = 0;
		timeout = (int)pause;
	}
	struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
	int got = ppoll(ready, n, timeout < 0 ? NULL : &t, serve_mask());
	if (got > 0)
		return true;
	for (size_t i = 0; i < listeners.count; i++)
		ready[i].revents = 0;
	return got < 0 || pause > 0;
}

static void loop(void)
{
	struct pollfd ready[LISTEN_MAX];
	bool killed = false, reaped = true;
	for (size_t i = 0; i < listeners.count; i++)
		ready[i] = (struct pollfd){.fd = listeners.fd[i], .events = POLLIN};
	while (!serve_asked.end) {
		bool quiet = !wait_ready(ready, reaped ? idle_limit : MOMENT);
		if (quiet && reaped && children_count() == 0)
			return;
		if (quiet || serve_asked.child) {
			pid_t ended = serve_asked.child;
			serve_asked.child = 0;
			reaped = children_ended(ended);
		}
		killed |= children_killed();
		if (killed && service->killed)
			killed = !service->killed();
		if (serve_asked.reload) {
			serve_asked.reload = 0;
			reload();
		}
		if (serve_asked.report) {
			serve_asked.report = 0;
			if (service->report)
				service->report();
		}
		for (size_t i = 0; i < listeners.count; i++)
			for (int n = 0; ready[i].revents && n < BURST; n++)
				if (!service->take(service, listeners.fd[i]))
					break;
	}
}

/* Running sessions end when their client is idle, or when they are done. */
static void end_gracefully(void)
{
	int64_t deadline = now_ms() + GRACE;
	for (size_t i = 0; i < listeners.count; i++)
		close(listeners.fd[i]);
	listeners.count = 0;
	listen_unix_end();
	children_reap();
	children_signal(SIGTERM);
	while (children_count() > 0 && now_ms() < deadline) {
		struct timespec second = {.tv_sec = 1};
		ppoll(NULL, 0, &second, serve_mask());
		children_reap();
	}
	if (children_count() > 0)
		log_event(LOG_NOTICE, "%zu sessions go on by themselves", children_count());
	log_event(LOG_NOTICE, "ends");
	daemon_end();
}

/* What protects less here than it could. A session of inetd's says so once a boot, by a stamp in
 * `run`. */
static void tell_missing(bool every_time)
{
	const char *missing = settings.sandbox ? priv_missing() : "sandbox is off";
	if (!every_time && (!missing || !daemon_first_time(service->name)))
		return;
	if (missing)
		log_event(LOG_WARNING, "not confined as it could be: %s", missing);
	if (!priv_root())
		log_event(LOG_NOTICE, "runs without root: no chroot and no change of user");
}

/* From the sockets being there to the end of the daemon. */
static int run(void)
{
	account_sink_enter();
	tell_missing(true);
	if (!children_room(settings.clients))
		die(EX_OSERR, "no memory for %llu clients", (unsigned long long)settings.clients);
	if (service->type == SOCK_DGRAM)
		for (size_t i = 0; i < listeners.count; i++)
			listen_for_datagrams(listeners.fd[i]);
	daemon_reach_manager();
	if (service->confine)
		service->confine(settings_file(options.file));
	log_event(LOG_NOTICE, "starts");
	daemon_ready();
	memory_on_new_page(loop);
	end_gracefully();
	return EX_OK;
}

/* Syslog, unless somebody is there to read standard error. */
static void choose_log(bool to_stderr)
{
	log_open(service->name, service->facility, to_stderr && !mute);
}

/* Started by a superserver, or by hand in a terminal. */
static int serve_handed(void)
{
	int fd;
	struct peer peer;
	choose_log(options.foreground || isatty(STDIN_FILENO));
	if (listen_handed(service, &listeners, &fd) == HANDED_LISTENERS) {
		serve_heed();
		if (service->type == SOCK_DGRAM)
			idle_limit = (int)settings.linger * 1000;
		return run();
	}
	serve_client(fd, &peer);
	if (!serve_allowed(&peer.remote)) {
		log_event(LOG_WARNING, "refused ip=%s reason=deny", peer.ip);
		serve_turn_away(&peer, service->denied);
		return EX_NOPERM;
	}
	signal(SIGCHLD, SIG_DFL);
	account_sink_enter();
	tell_missing(false);
	return service->session(&peer);
}

int serve(const struct service *s, int argc, char **argv)
{
	const struct opt_program program = {s->name, s->summary, s->operands, s->flags, s->next};
	service = s;
	priv_close_from(listen_claim(), -1); /* what leaked in */
	mute = listen_secure_standard();
	choose_log(true);
	opt_read(&program, argc, argv, &options);
	if (options.listens > 0 && !options.standalone)
		opt_usage(&program, "an address to listen on needs standalone mode");
	bool explains = s->explain && options.operands[0] && !options.sink;
	if (explains && !options.check)
		opt_usage(&program, "operands need -n or -S");
	opt_settings(&options, s->program);
	if (options.query)
		return s->query(options.query, options.operands);
	options.foreground |= options.sink != NULL; /* its standard output is for who looks on */
	if (options.check) {
		if (explains)
			return s->explain(options.operands);
		settings_print(s->program);
		return EX_OK;
	}
	signal(SIGPIPE, SIG_IGN);
	if (options.sink)
		account_sink_open(options.sink);
	check_start(options.operands);
	if (!options.standalone)
		return serve_handed();
	serve_heed(); /* who has read where we listen may end us at once */
	listen_open(s, &options, &listeners);
	choose_log(options.foreground);
	if (!options.foreground)
		daemon_detach();
	if (!options.foreground || *settings.pid_file)
		daemon_pid_file(s->name);
	return run();
}
