#!/usr/bin/env bats
# tftpd: a machine in qemu boots over the network by iPXE, which its network card brings along.
#
# bats file_tags=once

load helper
load tftpd

# qemu is the guest's DHCP server, and its router: 10.0.2.2 is this machine's loopback. The guest ends
# by itself; its serial line goes to the file console.
boot() {
	local status=0
	timeout 100 qemu-system-x86_64 -nodefaults -no-user-config -display none -monitor none \
		-machine pc,accel=tcg,graphics=off -m 64 -serial file:console -no-reboot \
		-boot order=n,strict=on,reboot-timeout=0 -device isa-debug-exit,iobase=0xf4,iosize=1 \
		-netdev "user,id=lan,bootfile=tftp://10.0.2.2:$PORT/script.ipxe" \
		-device virtio-net-pci,netdev=lan 3>&- || status=$?
	cat console
	[ "$status" -eq 1 ] # what tests/tftpd/guest.c ends with
}

crc_and_length() { # FILE
	python3 -c 'if True:
		import sys, zlib
		octets = open(sys.argv[1], "rb").read()
		print("%08x %08x" % (zlib.crc32(octets), len(octets)))' "$1"
}

boots_with_12_mb() { # ARGUMENT ...
	cat >"$FILES/script.ipxe" <<-'END'
		#!ipxe
		kernel guest
		initrd large
		boot
	END
	gcc -m32 -O2 -ffreestanding -fno-pie -fno-stack-protector -nostdlib -static \
		-Wl,-n,--build-id=none,-Ttext=0x100000 -o "$FILES/guest" "$HERE/tftpd/guest.c"
	make_file large 12582912
	serve "$@" "$FILES"
	boot
	grep -q "^arrived: $(crc_and_length "$FILES/large")" console
	logged 'get file=script.ipxe .*result=ok'
	logged 'get file=large .*options=blksize:1432,tsize:12582912 octets=12582912 .*result=ok'
}

@test "iPXE fetches a script, a kernel and 12 MB, and all octets arrive" {
	boots_with_12_mb
}

@test "iPXE fetches them from the one port" {
	boots_with_12_mb -o single-port=on
}
