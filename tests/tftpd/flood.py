# flood.py: many requests at once from one host, none of which goes on.
#
#   flood.py PORT FROM COUNT NAME [PID]
#
# Prints how many were served, how many were told that the server is busy, and how many had another
# answer. PID is stopped until all have asked.
import os, signal, socket, sys

PORT, FROM, COUNT, NAME = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4].encode()

PID = int(sys.argv[5]) if len(sys.argv) > 5 else None

if PID:
    os.kill(PID, signal.SIGSTOP)
sockets = []
for _ in range(COUNT):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((FROM, 0))
    s.settimeout(20)
    s.sendto(b'\0\1' + NAME + b'\0octet\0', ('127.0.0.1', PORT))
    sockets.append(s)
if PID:
    os.kill(PID, signal.SIGCONT)
answers = [s.recvfrom(1024)[0] for s in sockets]
busy = sum(a == b'\0\5\0\0Server busy\0' for a in answers)
served = sum(a[:4] == b'\0\3\0\1' for a in answers)
print(served, busy, COUNT - served - busy)
