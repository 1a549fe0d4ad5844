# Sends one message of printable ASCII: large.py PORT DAEMON-PID OCTETS WIDTH (0: one line, which begins with a dot).
# Prints the SHA-256 of what must be stored, and the most memory, in kB, that front or keeper ever had.
import base64, hashlib, os, socket, sys

port, daemon, octets, width = map(int, sys.argv[1:])
conn = socket.create_connection(("127.0.0.1", port))
replies = conn.makefile("rb")
stored = hashlib.sha256()


def hear(code):
    line = replies.readline()
    assert line.startswith(code + b" "), line


def say(line, code):
    conn.sendall(line + b"\r\n")
    hear(code)


def children(pid):
    return [int(pid) for pid in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def peak(pid):
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def send(lines):
    text = b"\n".join(lines) + b"\n"
    stored.update(text)
    wire = text.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
    conn.sendall(b"." + wire if wire.startswith(b".") else wire)


def send_part(part):
    stored.update(part)
    conn.sendall(part)


hear(b"220")
say(b"HELO client.example.net", b"250")
say(b"MAIL FROM:<a@example.net>", b"250")
say(b"RCPT TO:<alice@example.org>", b"250")
say(b"DATA", b"354")
seed = base64.b64encode(os.urandom(76 * 3 << 12)).replace(b"A", b".")
if width == 0:
    conn.sendall(b".")
    send_part(b".")
for n in range(octets // len(seed) + 1):
    seed = seed[1:] + seed[:1]
    if width == 0:
        send_part(seed)
    else:
        send([seed[i : i + width] for i in range(0, len(seed), width)])
if width == 0:
    send([b""])
keeper = children(daemon)[0]
front = children(keeper)[0]
say(b".", b"250")
print(stored.hexdigest(), max(peak(keeper), peak(front)))
say(b"QUIT", b"221")
