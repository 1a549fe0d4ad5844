"""atonce.py PORT N WHAT: N requests from one port, each as soon as what was before has ended; fails
if more than one in ten has to be sent again.

misses  each is answered by an ERROR
gets    each is for the file f, of one block, which is acknowledged
puts    each writes f, of one block
"""

import socket
import struct
import sys

RRQ, WRQ, DATA, ACK, ERROR = 1, 2, 3, 4, 5


class Client:
    def __init__(self, port):
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.settimeout(3)
        self.service = ("127.0.0.1", port)
        self.again = 0

    def exchange(self, *packet):
        """Sends it, again if it must; what comes has the opcode and number that are returned."""
        for _ in range(20):
            self.link.sendto(b"".join(packet), self.service)
            try:
                return struct.unpack("!HH", self.link.recv(2000)[:4])
            except socket.timeout:
                self.again += 1
        sys.exit("no answer")

    def miss(self, i):
        assert self.exchange(b"\0\1missing%d\0octet\0" % i) == (ERROR, 1)

    def get(self, i):
        assert self.exchange(b"\0\1", b"./" * (i % 100), b"f\0octet\0") == (DATA, 1)
        self.link.sendto(struct.pack("!HH", ACK, 1), self.service)

    def put(self, i):
        assert self.exchange(b"\0\2", b"./" * (i % 100), b"f\0octet\0") == (ACK, 0)
        assert self.exchange(struct.pack("!HH", DATA, 1), b"hello") == (ACK, 1)


def main():
    port, n, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    client = Client(port)
    one = {"misses": client.miss, "gets": client.get, "puts": client.put}[what]
    for i in range(n):
        one(i)
    print(what, n, "sent again:", client.again)
    assert client.again <= n // 10


main()
