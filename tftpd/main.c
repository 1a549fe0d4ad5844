/*
 * tftpd: the trivial file transfer server. Begins as root, if at all; from confine() on, before the
 * first datagram is read, the loop and its children are the jailed user and see the roots alone.
 * RFC 1350, RFC 1123 4.2.3, RFC 2347, RFC 2348, RFC 2349, RFC 7440.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "flags.h"
#include "grant.h"
#include "link.h"
#include "log.h"
#include "lookup.h"
#include "memory.h"
#include "packet.h"
#include "port.h"
#include "priv.h"
#include "query.h"
#include "report.h"
#include "reread.h"
#include "serve.h"
#include "sweep.h"
#include "transfer.h"
#include "udp.h"
#include "upload.h"

#define BEHIND 3 /* ms: so soon behind an answer many clients ask for more */
#define GIVEN_BACK 64 /* packets that may lie before the one that is given back */

static struct packet_request request; /* what request() has found out for session() */
static struct client client;
static struct root_file file;

/* What uploads that were killed have left. */
static bool clean_up(void)
{
	return serve_aside(sweep);
}

/* Several roots cannot be had behind one chroot: then Landlock alone keeps them apart from the
 * rest. */
static void confine(const char *settings_file)
{
	const char *const files[] = {settings_file, lookup_map_file(), NULL};
	struct priv_path paths[ROOTS];

	reread_start(files);
	port_start();
	if (priv_root()) {
		if (root_count() == 1)
			root_enter();
		if (settings.single_port)
			priv_become_binder(daemon_user());
		else
			priv_become(daemon_user());
	}
	if (settings.sandbox) {
		priv_confine(paths, root_paths(paths));
		priv_filter(PRIV_LOOP);
	}
	clean_up();
}

static void refuse_file(const struct peer *peer, const struct root_refusal *refusal)
{
	report_refusal(peer, &request, file.path, refusal->why);
	port_tell(peer, refusal->code, refusal->message);
}

/* Is the request one, and is there such a file? Both without a fork. */
static enum serve_next judge_request(struct peer *peer)
{
	const unsigned char *packet = (unsigned char *)peer->data;
	unsigned opcode = packet_opcode(packet, peer->length);
	const struct root_refusal *refusal;

	if (peer->multicast || (opcode != PACKET_RRQ && opcode != PACKET_WRQ))
		return SERVE_DONE; /* and an ERROR is never answered */
	const char *fault = packet_request(packet, peer->length, &request);
	if (fault) {
		report_fault(peer, fault);
		port_tell(peer, PACKET_ILLEGAL, fault);
		return SERVE_DONE;
	}
	report_asked(peer, &request);
	client_learn(&client, &peer->remote);
	file = ROOT_NO_FILE;
	refusal = lookup_is_quick() ? lookup(&request, &client, &file, NULL) : NULL;
	if (refusal) {
		refuse_file(peer, refusal);
		return SERVE_DONE;
	}
	port_share(peer);
	return SERVE_FORK;
}

/* Of text, the size on the way is known only after all of it was converted: the option is left out.
 */
static void answer_tsize(void)
{
	if (request.opcode != PACKET_RRQ || !request.has[OPTION_TSIZE])
		return;
	request.has[OPTION_TSIZE] = !request.netascii;
	request.value[OPTION_TSIZE] = file.size;
}

/* Whatever happens, what was received in part is gone in the end. */
static bool receive_file(const struct peer *peer, struct transfer *t, int64_t began)
{
	bool good = transfer_receive(t);

	upload_discard(t->upload);
	report_transfer(peer, &request, &file, t, began, good);
	if (good)
		transfer_dally(t);
	serve_idle(false);
	return good;
}

static bool send_file(const struct peer *peer, struct transfer *t, int64_t began)
{
	bool good = transfer_send(t);

	report_transfer(peer, &request, &file, t, began, good);
	return good;
}

/* The request that this child is about, for late(). */
static const struct peer *own_peer;

/* The remap rules take too long. What is interrupted is a matcher of regular expressions. */
static void late(void)
{
	static const struct root_refusal too_long = {
		PACKET_ACCESS, "Access violation", "remap rules take too long"};

	refuse_file(own_peer, &too_long);
	_exit(EX_TEMPFAIL);
}

/* With remap rules, the file is still to be found. */
static bool find_file(const struct peer *peer)
{
	const struct root_refusal *refusal;

	if (lookup_is_quick())
		return true;
	own_peer = peer;
	lookup_limit(late);
	refusal = lookup(&request, &client, &file, NULL);
	lookup_unlimit();
	if (refusal)
		refuse_file(peer, refusal);
	return !refusal;
}

static int transfer(const struct peer *peer, struct transfer *t)
{
	static struct upload upload;
	bool put = request.opcode == PACKET_WRQ;
	int64_t began = now_ms();

	if (!find_file(peer))
		return EX_NOINPUT;
	lookup_forget();
	t->link.socket = port_open(peer);
	if (t->link.socket < 0) {
		log_event(LOG_ERR, "no socket: %s", strerror(errno));
		return EX_OSERR;
	}
	if (put && upload_begin(&upload, &file) < 0) {
		const struct root_refusal *refusal = root_refusal(errno);
		report_refusal(peer, &request, file.path, refusal->why);
		link_error(t->link.socket, &peer->remote, refusal->code, refusal->message);
		upload_discard(&upload);
		return EX_CANTCREAT;
	}
	answer_tsize();
	grant_options(&request, peer, t->link.socket);
	t->request = &request;
	t->file = file.fd;
	t->size = file.size;
	t->upload = &upload;
	link_prepare(&t->link);
	if (port_is_single())
		priv_bind_no_more();
	if (settings.sandbox)
		priv_filter(put ? PRIV_RECEIVE : PRIV_SEND);
	return (put ? receive_file(peer, t, began) : send_file(peer, t, began)) ? EX_OK
										: EX_PROTOCOL;
}

/* On the service's port, what the client asks as soon as it has its answer comes to us. */
static void give_back(const struct peer *peer, struct transfer *t)
{
	enum link_event event = t->asked ? LINK_REQUEST : LINK_PACKET;
	int64_t until = now_ms() + BEHIND;

	t->link.socket = port_open(peer);
	for (int n = 0; n < GIVEN_BACK && event != LINK_EXPIRED && event != LINK_REQUEST; n++)
		event = link_wait(&t->link, until, false, false);
	if (event == LINK_REQUEST)
		serve_return(peer, t->link.socket, t->link.in, t->link.in_length);
}

static int session(const struct peer *peer)
{
	static OWN_PAGES struct transfer t; /* large; what is not touched costs nothing */
	int status;

	close(peer->in);
	port_forget();
	t.link.peer = peer->remote;
	t.link.request = peer->data;
	t.link.request_length = peer->length;
	status = transfer(peer, &t);
	if (port_is_single())
		give_back(peer, &t);
	return status;
}

static void start(char **operands)
{
	if (settings.blksize > 0 && settings.blksize < PACKET_BLKSIZE)
		die(EX_CONFIG, "blksize: less than %d octets cannot be the most", PACKET_BLKSIZE);
	lookup_prepare(operands);
	report_start();
}

static void release(void)
{
	root_close(&file);
	port_release();
}

static void refuse_busy(const struct peer *peer)
{
	port_release();
	port_tell(peer, PACKET_UNDEFINED, "Server busy");
}

int main(int argc, char **argv)
{
	static const struct service service = {
		.name = "tftpd",
		.program = TFTPD,
		.summary = "serves files by TFTP",
		.operands = "[FOLDER ...]",
		.flags = flags_letters,
		.next = flags_next,
		.type = SOCK_DGRAM,
		.take = serve_datagram,
		.facility = LOG_DAEMON,
		.port = 69,
		.prepare = start,
		.query = query,
		.confine = confine,
		.begin = reread_forget,
		.reload = lookup_reload,
		.request = judge_request,
		.refuse = refuse_busy,
		.deaf = true,
		.session = session,
		.report = report_totals,
		.killed = clean_up,
		.release = release,
	};

	return serve(&service, argc, argv);
}
