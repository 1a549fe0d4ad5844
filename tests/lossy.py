# A network that loses, doubles and reorders datagrams, between TFTP clients and a server.
#
#   lossy.py PORT SEED LOSS DOUBLE REORDER      (per cent each)
#
# Prints the port that clients ask; what they ask goes to PORT on loopback. The same seed gives the
# same fate for the n-th packet. Ends when its standard input does.
import heapq
import random
import selectors
import socket
import sys
import time

port, seed, loss, double, reorder = (int(a) for a in sys.argv[1:])
chance = random.Random(seed)
selector = selectors.DefaultSelector()
late = []  # (when, number, socket, octets, address)
count = 0


def bound():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    s.bind(("127.0.0.1", 0))
    s.setblocking(False)
    return s


class Transfer:
    """One client's socket, and the server's socket that answers it, each by a socket of ours."""

    def __init__(self, client):
        self.client = client
        self.server = ("127.0.0.1", port)
        self.near, self.far = bound(), bound()
        selector.register(self.near, selectors.EVENT_READ, self.from_client)
        selector.register(self.far, selectors.EVENT_READ, self.from_server)

    def from_client(self, octets, address):
        pass_on(self.far, octets, self.server)

    # A doubled request has two answers: the client's partner is who was first, and the other one has none.
    def from_server(self, octets, address):
        if address != self.server and self.server[1] != port:
            return
        self.server = address
        pass_on(self.near, octets, self.client)


def pass_on(out, octets, address):
    global count
    fate = chance.random() * 100
    copies = 0 if fate < loss else 2 if fate < loss + double else 1
    for _ in range(copies):
        count += 1
        delay = chance.random() * 0.004 if chance.random() * 100 < reorder else 0
        if delay:
            heapq.heappush(late, (time.monotonic() + delay, count, out, octets, address))
        else:
            send(out, octets, address)


def send(out, octets, address):
    try:
        out.sendto(octets, address)
    except OSError:
        pass


transfers = {}


def asked(octets, client):
    known = transfers.get(client)
    if not known or known.server[1] != port:
        known = transfers[client] = Transfer(client)
    known.from_client(octets, client)


service = bound()
selector.register(service, selectors.EVENT_READ, asked)
selector.register(sys.stdin, selectors.EVENT_READ, None)
print(service.getsockname()[1], flush=True)
while True:
    wait = max(0, late[0][0] - time.monotonic()) if late else None
    for key, _ in selector.select(wait):
        if key.data is None:
            sys.exit(0)
        try:
            for _ in range(64):
                key.data(*key.fileobj.recvfrom(65536))
        except OSError:
            pass
    while late and late[0][0] <= time.monotonic():
        send(*heapq.heappop(late)[2:])
