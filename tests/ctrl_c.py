# Runs a command on a terminal of its own until its output has a text; then a second command, without
# the terminal; then presses Ctrl-C. Ends with status 0 if both did.
#
#   python3 ctrl_c.py TEXT SHELL-COMMAND COMMAND ...
import os
import pty
import select
import subprocess
import sys

text, second, first = sys.argv[1].encode(), sys.argv[2], sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(first[0], first)


def output():
    assert select.select([fd], [], [], 20)[0], 'silence'
    try:
        return os.read(fd, 4096)
    except OSError:  # the terminal is nobody's any more
        return b''


seen = b''
while text not in seen:
    more = output()
    assert more, seen
    seen += more
done = subprocess.run(['sh', '-ec', second], stdin=subprocess.DEVNULL, timeout=60)
os.write(fd, b'\x03')
while output():
    pass
_, status = os.waitpid(pid, 0)
print(seen.decode())
print('status', done.returncode, os.waitstatus_to_exitcode(status))
sys.exit(done.returncode != 0 or status != 0)
