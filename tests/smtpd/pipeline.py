# pipeline.py: messages to alice in one session, as a client sends them that pipelines.
#
#   pipeline.py PORT MESSAGES
import socket, sys

client = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
replies = client.makefile('rb')


def say(text, *wanted):
    client.sendall(text)
    for code in wanted:
        line = replies.readline()
        while line[3:4] == b'-':
            line = replies.readline()
        assert line.startswith(code), line


say(b'', b'220')
say(b'EHLO client\r\n', b'250')
for _ in range(int(sys.argv[2])):
    say(b'MAIL FROM:<a@example.net>\r\nRCPT TO:<alice>\r\nDATA\r\n', b'250', b'250', b'354')
    say(b'Subject: test\r\n\r\none line\r\n.\r\n', b'250')
say(b'QUIT\r\n', b'221')
