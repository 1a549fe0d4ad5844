/*
 * Which file a name leads to, and which names lead nowhere: links, folders, devices, what lies
 * outside. Works in a folder of its own below the current one.
 */
#include "../../tftpd/client.c"
#include "../../tftpd/root.c"
#include "../../tftpd/walk.c"

#include <stdarg.h>
#include <stdlib.h>

#include "unit.h"

static struct client client;
static char house[PATH_MAX], one[PATH_MAX], two[PATH_MAX];

static void make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	CHECK(fd >= 0 && write(fd, path, strlen(path)) > 0 && fchmod(fd, mode) == 0);
	close(fd);
}

static void make_link(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void make_link(const char *path, const char *format, ...)
{
	char target[2 * PATH_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(target, sizeof target, format, ap);
	va_end(ap);
	CHECK(symlink(target, path) == 0);
}

static void make_folders(void)
{
	char name[] = "tftpd-XXXXXX";

	CHECK(mkdtemp(name) && chdir(name) == 0 && getcwd(house, sizeof house));
	CHECK(mkdir("one", 0755) == 0 && mkdir("one/a", 0755) == 0 && mkdir("one/a/b", 0755) == 0);
	CHECK(mkdir("two", 0755) == 0 && mkdir("one-evil", 0755) == 0);
	snprintf(one, sizeof one, "%.4000s/one", house);
	snprintf(two, sizeof two, "%.4000s/two", house);
}

static void make_files(void)
{
	make_file("secret", 0644);
	make_file("one-evil/file", 0644);
	make_file("one/file", 0644);
	make_file("one/private", 0640);
	make_file("one/open", 0666);
	make_file("one/.trivet-7.0", 0644);
	make_file("one/a/b/deep", 0644);
	make_file("two/file", 0644);
	make_file("two/second", 0666);
	CHECK(mkfifo("one/fifo", 0666) == 0);
}

static void make_links(void)
{
	make_link("one/link", "file");
	make_link("one/to-a", "a");
	make_link("one/a/b/up", "../../file");
	make_link("one/a/b/round", "../../to-a/b/deep");
	make_link("one/out", "../secret");
	make_link("one/out-folder", "..");
	make_link("one/a/far", "../../one/file");
	make_link("one/absolute", "%s/a/b/deep", one);
	make_link("one/lookalike", "%s-evil/file", one);
	make_link("one/etc", "/etc/passwd");
	make_link("one/slash-file", "/file");
	make_link("one/loop", "loop");
	make_link("one/hidden", ".trivet-7.0");
	make_link("one/dangling", "nowhere");
	make_link("one/chain", "link");
}

/* What a name leads to: "" when it is served, with the file's end in `file.path`; else the log's
 * word. */
static const char *reason(const struct root_refusal *refusal)
{
	return refusal ? refusal->why : "";
}

static const struct {
	const char *name, *why;
	const char *served; /* what the file says of itself */
} reads[] = {
	{"file", "", "one/file"},
	{"/file", "", "one/file"},
	{"///a//b/./deep", "", "one/a/b/deep"},
	{"a/../file", "", "one/file"},
	{"a/b/../../a/b/deep", "", "one/a/b/deep"},
	{"link", "", "one/file"},
	{"chain", "", "one/file"},
	{"to-a/b/deep", "", "one/a/b/deep"},
	{"to-a/../file", "", "one/file"},
	{"a/b/up", "", "one/file"},
	{"a/b/round", "", "one/a/b/deep"},
	{"absolute", "", "one/a/b/deep"},
	{"second", "", "two/second"},

	{"..", "outside", NULL},
	{"../secret", "outside", NULL},
	{"../one/file", "outside", NULL},
	{"a/../../secret", "outside", NULL},
	{"/../../../../etc/passwd", "outside", NULL},
	{"out", "outside", NULL},
	{"out-folder/secret", "outside", NULL},
	{"a/far", "outside", NULL},
	{"etc", "outside", NULL},
	{"slash-file", "outside", NULL},
	{"lookalike", "outside", NULL},
	{"loop", "too many links", NULL},

	{"private", "not world-readable", NULL},
	{"fifo", "not a regular file", NULL},
	{"a", "not a regular file", NULL},
	{"a/", "not a regular file", NULL},
	{"/", "not a regular file", NULL},
	{".", "not a regular file", NULL},
	{"a/..", "not a regular file", NULL},

	{"nowhere", "missing", NULL},
	{"dangling", "missing", NULL},
	{"file/x", "missing", NULL},
	{"..\\secret", "missing", NULL},
	{".trivet-7.0", "missing", NULL},
	{"hidden", "missing", NULL},
	{"a/b/up/../x", "missing", NULL},
};

static void check_read(const char *name, const char *why, const char *served)
{
	struct root_file file;
	char text[256];
	const char *got = reason(root_read(name, &client, &file));

	if (strcmp(got, why) != 0)
		fprintf(stderr, "%s: %s, not %s\n", name, got, why);
	CHECK(strcmp(got, why) == 0);
	CHECK((file.fd >= 0) == (served != NULL) && file.end.folder == -1);
	if (served) {
		ssize_t n = read(file.fd, text, sizeof text - 1);
		CHECK(n >= 0 && (uint64_t)n == file.size);
		text[n < 0 ? 0 : n] = '\0';
		CHECK_TEXT(text, served);
	}
	root_close(&file);
	CHECK(file.fd == -1 && file.end.folder == -1);
}

static void check_reads(void)
{
	char name[PATH_MAX + 16];

	settings.secure = false;
	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
		check_read(reads[i].name, reads[i].why, reads[i].served);

	/* The root's own path before it, as clients of in.tftpd write it; a longer name is no
	 * prefix. */
	snprintf(name, sizeof name, "%s/file", one);
	check_read(name, "", "one/file");
	snprintf(name, sizeof name, "%s//a/b/deep", one);
	check_read(name, "", "one/a/b/deep");
	snprintf(name, sizeof name, "%s/second", two);
	check_read(name, "", "two/second");
	snprintf(name, sizeof name, "%s-evil/file", one);
	check_read(name, "missing", NULL);
}

/* As behind chroot: absolute names and links begin at the root, whose own path means nothing. */
static void check_secure(void)
{
	char name[PATH_MAX + 16];

	settings.secure = true;
	check_read("/file", "", "one/file");
	check_read("slash-file", "", "one/file");
	check_read("absolute", "missing", NULL);
	check_read("out", "outside", NULL);
	snprintf(name, sizeof name, "%s/file", one);
	check_read(name, "missing", NULL);
	settings.secure = false;
}

static void check_long_names(void)
{
	char name[PACKET_NAME];

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	check_read(name, "name too long", NULL);
	for (size_t i = 0; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "a/", 3);
	check_read(name, "missing", NULL);
	for (size_t i = 0; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "./", 3);
	check_read(name, "not a regular file", NULL);
}

static void check_write(const char *name, uint64_t size, const char *why, mode_t mode)
{
	struct root_file file;
	const char *got = reason(root_write(name, size, &client, &file));

	if (strcmp(got, why) != 0)
		fprintf(stderr, "write %s: %s, not %s\n", name, got, why);
	CHECK(strcmp(got, why) == 0);
	CHECK((file.end.folder >= 0) == (*why == '\0'));
	CHECK(*why || file.mode == mode);
	root_close(&file);
}

static void check_writes(void)
{
	settings.create = false;
	check_write("open", 0, "", 0666);
	check_write("second", 0, "", 0666);
	check_write("file", 0, "not world-writable", 0);
	check_write("new", 0, "missing, and create is off", 0);
	settings.create = true;
	settings.umask = 022;
	check_write("new", 0, "", 0644);
	check_write("a/b/new", 1000, "", 0644);
	check_write("second", 0, "", 0666);
	check_write("to-a/new", 0, "", 0644);
	check_write("file", 0, "not world-writable", 0);
	check_write("fifo", 0, "not a regular file", 0);
	check_write("a", 0, "not a regular file", 0);
	check_write("nowhere/new", 0, "missing", 0);
	check_write("out-folder/new", 0, "outside", 0);
	check_write("../new", 0, "outside", 0);
	check_write(".trivet-new", 0, "missing", 0);
	check_write("dangling", 0, "", 0644);
	check_write("new", UINT64_MAX, "no space", 0);
	check_write("new", (uint64_t)1 << 50, "no space", 0);
	settings.max_upload = 1000;
	check_write("new", 1000, "", 0644);
	check_write("new", 1001, "more than max-upload", 0);
	settings.max_upload = 0;

	settings.overwrite = "refuse";
	check_write("open", 0, "exists", 0);
	check_write("new", 0, "", 0644);
	settings.overwrite = "number";
	check_write("open", 0, "", 0644);
	check_write("file", 0, "", 0644);
	settings.create = false;
	check_write("open", 0, "exists", 0);
	settings.overwrite = "replace";
}

/* A client's own folders come first, in all roots; what it has not got there, it gets as others do.
 */
static void check_folders(void)
{
	static char mac[] = "by-mac/%m", ip[] = "%i", hex[] = "by/%x/own";
	static char *folders[] = {mac, ip, hex, NULL};
	struct net_addr a;

	CHECK(mkdir("two/192.0.2.10", 0755) == 0 && mkdir("one/by", 0755) == 0);
	CHECK(mkdir("one/by/C000020A", 0755) == 0 && mkdir("one/by/C000020A/own", 0755) == 0);
	make_file("two/192.0.2.10/file", 0644);
	make_file("one/by/C000020A/own/file", 0644);
	make_file("one/by/C000020A/own/hex", 0644);
	make_link("one/by/C000020A/own/shared", "../../../a/b/deep");
	make_link("one/by/C000020A/own/out", "../../../../secret");
	CHECK(net_parse("192.0.2.10", 1, &a));
	client_learn(&client, &a);
	settings.client_folders = folders;
	check_read("file", "", "two/192.0.2.10/file");
	check_read("hex", "", "one/by/C000020A/own/hex");
	check_read("shared", "", "one/a/b/deep");
	check_read("a/b/deep", "", "one/a/b/deep");
	check_read("out", "outside", NULL);
	check_read("nowhere", "missing", NULL);
	settings.create = true;
	check_write("new", 0, "", 0644);
	check_write("open", 0, "", 0666);
	settings.create = false;

	CHECK(net_parse("[2001:db8::a0]:1", 1, &a));
	client_learn(&client, &a);
	CHECK_TEXT(client.hex, "20010DB80000000000000000000000A0");
	CHECK_TEXT(client.ip, "2001:db8::a0");
	check_read("file", "", "one/file");
	settings.client_folders = NULL;
}

/* The system's permissions alone. Root may do everything. */
static void check_permissive(void)
{
	settings.permissive = true;
	check_read("private", "", "one/private");
	check_write("file", 0, "", 0644);
	if (geteuid() != 0) {
		CHECK(chmod("one/private", 0) == 0);
		check_read("private", "not permitted to the daemon", NULL);
		check_write("private", 0, "not permitted to the daemon", 0);
	}
	settings.permissive = false;
}

/* No descriptor is left behind by all that. */
static void check_descriptors(int before)
{
	int after = open("/dev/null", O_RDONLY);

	CHECK(after == before);
	close(after);
}

int main(void)
{
	int before;

	settings.overwrite = "replace";
	umask(0);
	make_folders();
	make_files();
	make_links();
	root_add(one);
	root_add("two/");
	before = open("/dev/null", O_RDONLY);
	close(before);
	check_reads();
	check_long_names();
	check_writes();
	check_secure();
	check_folders();
	check_permissive();
	check_descriptors(before);
	return unit_end();
}
