/*
 * base64: the vectors of RFC 4648 10, every length, and texts that no writer of ours makes.
 */
#include "base64.h"

#include "unit.h"

static const char *letters_of(const void *octets, size_t n)
{
	static char text[2000];
	struct str s;
	str_init(&s, text, sizeof text);
	base64_add(&s, octets, n);
	return text;
}

static void check_vectors(void)
{
	static const char *const vectors[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	char octets[10];
	for (size_t n = 0; n < sizeof vectors / sizeof vectors[0]; n++) {
		CHECK_TEXT(letters_of("foobar", n), vectors[n]);
		CHECK(base64_read(vectors[n], strlen(vectors[n]), octets, n) == (ssize_t)n);
		CHECK(memcmp(octets, "foobar", n) == 0);
		CHECK(n == 0 || base64_read(vectors[n], strlen(vectors[n]), octets, n - 1) == -1);
	}
	CHECK_TEXT(letters_of("\xfb\xff\xfe", 3), "+//+");
}

/* Each length, in place as well. */
static void check_lengths(void)
{
	unsigned char octets[1000], again[1000];
	char text[2000];
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (unsigned char)(i * 37 + i / 256);
	for (size_t n = 0; n < sizeof octets; n++) {
		strcpy(text, letters_of(octets, n));
		CHECK(base64_read(text, strlen(text), again, sizeof again) == (ssize_t)n);
		CHECK(memcmp(again, octets, n) == 0);
		CHECK(base64_read(text, strlen(text), text, sizeof text) == (ssize_t)n);
		CHECK(memcmp(text, octets, n) == 0);
	}
}

/* RFC 4648 3.2, 3.3, 3.5. */
static void check_strict(void)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "=",
		"==", "===", "====", "Zh==", "Zm9=", "Zm8", "Z=8=", "=Zm8", "Zm8=Zm9v",
		"Zg==Zg==", "Zm9v=", "Zm9v====", " Zg==", "Zg== ", "Zm 9v", "Zm9v\r\n", "Zm-_",
		"Zm9.", "Zm9\xff", "Zm9vYg=\xff"};
	char octets[100];
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		unit_check(base64_read(bad[i], strlen(bad[i]), octets, sizeof octets) == -1, bad[i],
			__FILE__, __LINE__);
	CHECK(base64_read("Zm\0v", 4, octets, sizeof octets) == -1);
}

int main(void)
{
	check_vectors();
	check_lengths();
	check_strict();
	return unit_end();
}
