# A pipelined burst, cut in two at every place: splits.py PORT. The first part goes off alone: the second one is
# sent when what the first must be answered by has come, so the server has seen it. Prints how many sessions.
import socket, sys

HELLO = b"EHLO client.example.net\r\n"
STEPS = [  # what is sent, and how many lines answer it once it is complete
    (b"MAIL FROM:<a@example.net> SIZE=40\r\n", 1),
    (b"RCPT TO:<alice@example.org>\r\n", 1),
    (b"BDAT 12\r\n.\r\nSubject: ", 1),
    (b"BDAT 8 LAST\r\nx\r\n\r\n.\r\n", 1),
    (b"MAIL FROM:<>\r\n", 1),
    (b"RCPT TO:<nobody@example.net>\r\n", 1),
    (b"RCPT TO:<alice@example.org>\r\n", 1),
    (b"DATA\r\n", 1),
    (b"..\r\nRSET\r\n.\r.\r\n\r\n.\r\n", 1),
    (b"RSET\r\nBDAT 6\r\nQUIT\r\n", 2),
    (b"QUIT\r\n", 1),
]
CODES = "250 250 250 250 250 550 250 354 550 250 503 221".split()
burst = b"".join(text for text, _ in STEPS)


def answers(octets):
    """How many lines answer the steps that are complete within so many octets."""
    count = end = 0
    for text, lines in STEPS:
        end += len(text)
        if end <= octets:
            count += lines
    return count


def play(port, cut):
    conn = socket.create_connection(("127.0.0.1", port), 20)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies = conn.makefile("rb")
    codes = []

    def hear(count):
        while len(codes) < count:
            codes.append(replies.readline()[:3].decode())

    replies.readline()
    conn.sendall(HELLO)
    while replies.readline()[3:4] == b"-":
        pass
    conn.sendall(burst[:cut])
    hear(answers(cut))
    conn.sendall(burst[cut:])
    hear(len(CODES))
    assert codes == CODES and replies.read() == b"", (cut, codes)


for cut in range(1, len(burst)):
    play(int(sys.argv[1]), cut)
print(len(burst) - 1)
