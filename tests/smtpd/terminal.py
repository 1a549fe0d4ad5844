# A terminal of its own, for a user: its name on the first line. Then a command a line, and an answer:
#
#   mode OCTAL   of the terminal (mesg y is 620)
#   stop, go     as Ctrl-S and Ctrl-Q have it
#   seen         what it shows up to a line EOF, as one line (waits for it)
#   quiet        whether nothing more has come
#
#   python3 terminal.py UID
import os
import pty
import select
import sys
import termios
import tty

master, slave = pty.openpty()
tty.setraw(slave)
os.fchmod(slave, 0o620)
if os.getuid() == 0:
    os.fchown(slave, int(sys.argv[1]), -1)
print(os.ttyname(slave), flush=True)
seen = b''
for line in sys.stdin:
    command, _, argument = line.strip().partition(' ')
    answer = 'done'
    if command == 'mode':
        os.fchmod(slave, int(argument, 8))
    elif command == 'stop':
        termios.tcflow(slave, termios.TCOOFF)
    elif command == 'go':
        termios.tcflow(slave, termios.TCOON)
    elif command == 'quiet':
        while select.select([master], [], [], 0)[0]:
            seen += os.read(master, 10000)
        answer = repr(seen) if seen else 'yes'
    elif command == 'seen':
        while b'\r\nEOF\r\n' not in seen and select.select([master], [], [], 20)[0]:
            seen += os.read(master, 10000)
        text, end, seen = seen.partition(b'\r\nEOF\r\n')
        answer = repr((text + end).decode('latin-1'))
    print(answer, flush=True)
