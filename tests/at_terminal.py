# Runs "mailuser ... add alice" on a terminal of its own and answers its questions, or disturbs it.
# Prints whether the terminal echoes afterwards; ends with the command's status, 128 + its signal.
#
#   python3 at_terminal.py good|differ|kill|interrupt COMMAND ...
import os
import pty
import select
import signal
import sys
import termios

scenario, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen = b''


def until(text):
    global seen
    while text not in seen:
        assert select.select([fd], [], [], 20)[0], seen
        seen += os.read(fd, 1000)


def echoes():
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


until(b'New password for alice: ')
assert not echoes()
if scenario == 'kill':
    os.kill(pid, signal.SIGTERM)
elif scenario == 'interrupt':
    os.write(fd, b'secr\x03')
else:
    os.write(fd, b'secret\n')
    until(b'Once more, for alice: ')
    os.write(fd, b'secret\n' if scenario == 'good' else b'other\n')
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
try:
    while select.select([fd], [], [], 0)[0]:
        seen += os.read(fd, 1000)
except OSError:
    pass  # all that was written has been read
print('echo' if echoes() else 'silent')
assert b'secr' not in seen, seen
_, status = os.waitpid(pid, 0)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
