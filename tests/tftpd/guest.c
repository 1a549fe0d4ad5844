/*
 * guest: what a machine boots that was started over the network by iPXE: by Multiboot, with the
 * file that was fetched as its module. It sends that file's CRC-32 and length to the serial line,
 * and switches the machine off (isa-debug-exit of qemu).
 *
 * Without a library, for a bare i386; the test of iPXE compiles and links it.
 */
#include <stddef.h>
#include <stdint.h>

struct module {
	uint32_t begin, end, text, reserved;
};

struct boot_info {
	uint32_t flags, memory[2], device, command_line, count;
	uint32_t modules; /* address of the first */
};

enum { SERIAL = 0x3f8, SWITCH_OFF = 0xf4, POLYNOMIAL = (int)0xedb88320 };

void check(const struct boot_info *boot);

/* The header that boot loaders look for, and the first instructions. */
__asm__(".section .text.first, \"ax\"\n"
	".balign 4\n"
	".long 0x1badb002, 0, -0x1badb002\n"
	".globl _start\n"
	"_start: mov $stack_end, %esp\n"
	"push %ebx\n"
	"call check\n"
	".bss\n"
	".skip 4096\n"
	"stack_end:\n"
	".text\n");

static void out(uint16_t port, uint8_t octet)
{
	__asm__ volatile("outb %0, %1" : : "a"(octet), "Nd"(port));
}

static void print(const char *text)
{
	while (*text)
		out(SERIAL, (uint8_t)*text++);
}

static void print_hex(uint32_t n)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		out(SERIAL, (uint8_t) "0123456789abcdef"[n >> shift & 15]);
}

static uint32_t crc32(const uint8_t *at, const uint8_t *end)
{
	uint32_t table[256], crc = 0xffffffff;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? (uint32_t)POLYNOMIAL : 0);
	}
	while (at < end)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 255];
	return ~crc;
}

void check(const struct boot_info *boot)
{
	const struct module *module = (const struct module *)(uintptr_t)boot->modules;

	if (boot->count == 1) {
		print("\r\narrived: ");
		print_hex(crc32((const uint8_t *)(uintptr_t)module->begin,
			(const uint8_t *)(uintptr_t)module->end));
		print(" ");
		print_hex(module->end - module->begin);
		print("\r\n");
	}
	out(SWITCH_OFF, 0);
	for (;;)
		;
}
