# What stands around a lone dot, in every combination: smuggle.py PORT refuse|accept OCTETS-AT-A-TIME. Behind it
# comes what would be commands if the message had ended there. Prints how many messages were accepted.
import itertools, socket, sys

port, newline, piece = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
BREAKS = [b"", b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\r", b"\n\r\n", b"\r\n\r", b"\0"]
EVIL = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<alice@example.org>\r\n"


class Client:
    def __init__(self):
        self.conn = socket.create_connection(("127.0.0.1", port), 20)
        self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.conn.makefile("rb")
        self.hear(b"220")
        self.say(b"HELO x\r\n", b"250")

    def hear(self, code):
        line = self.replies.readline()
        assert line.startswith(code + b" "), (code, line)

    def say(self, octets, *codes):
        for at in range(0, len(octets), piece):
            self.conn.sendall(octets[at : at + piece])
        for code in codes:
            self.hear(code)


def is_text(octets):
    """Nothing but whole line ends; or, with bare-newline accept, LF alone as well."""
    rest = octets.replace(b"\r\n", b"")
    return not (b"\r" in rest or b"\0" in rest or newline == "refuse" and b"\n" in rest)


client, accepted = Client(), 0
for before, after, start in itertools.product(BREAKS, BREAKS, (b"", b"text")):
    message = start + before + b"." + after + EVIL
    lines = b"\r\n" + message
    if b"\r\n.\r\n" in lines:
        continue  # that is the end
    client.say(b"MAIL FROM:<a@example.net>\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n", b"250", b"250", b"354")
    good = is_text(message)
    accepted += good
    client.say(message + b".\r\n", b"250" if good else b"550")
client.say(b"QUIT\r\n", b"221")
assert client.replies.read() == b""
print(accepted)
