"""atonce.py PORT N WHAT: N requests from one port, each as soon as what was before has ended; fails
if one gets no answer.

misses: each is answered by an ERROR
"""

import socket
import struct
import sys

RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6


def ask(link, service, name):
    link.sendto(struct.pack("!H", RRQ) + name.encode() + b"\0octet\0", service)
    answer, source = link.recvfrom(2000)
    return struct.unpack("!H", answer[:2])[0], source


def main():
    port, n, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    service = ("127.0.0.1", port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(5)
        for i in range(n):
            opcode, source = ask(link, service, f"missing{i}")
            assert opcode == ERROR


main()
