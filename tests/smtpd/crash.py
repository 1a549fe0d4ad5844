# crash.py: a delivery with its front or its keeper killed before each system call, and with each
# of their calls failing once.
#
#   crash.py MAIL OWNER PROGRAM [ARGUMENT ...]
#
# PROGRAM is smtpd as a superserver would start it, with accounts alice, bob and carol; MAIL a folder
# for Maildirs that belongs to OWNER (uid:gid). Strace is attached to one of the two processes behind
# the EHLO: first to see which calls it makes for a message to all, then again and again with a
# fault at one of them. The client asks for the same delivery once more when it was not told 250.
import concurrent.futures, os, re, shutil, socket, subprocess, sys, time

AT_ONCE = 3
MAIL, OWNER, PROGRAM = sys.argv[1], [int(n) for n in sys.argv[2].split(':')], sys.argv[3:]
USERS = ['alice', 'bob', 'carol']
BODY = b'Subject: once\r\n\r\n' + b'One line of many.\r\n' * 500
WAIT = 20
# Faults are played behind the call that has this; strace has seen these calls before it.
FIRST = {'keeper': 'iov_base="e"', 'front': '"MAIL FROM'}
BEFORE = {'keeper': {}, 'front': {'ppoll': 1}}

# With what a call fails; EIO if not said here.
ERRORS = {'openat': ['EMFILE', 'ENOMEM', 'ENOSPC'], 'write': ['EIO', 'ENOSPC'],
          'fsync': ['EIO', 'ENOSPC'], 'renameat': ['EIO', 'ENOSPC'], 'linkat': ['EIO', 'ENOSPC'],
          'brk': ['ENOMEM'], 'mmap': ['ENOMEM'], 'sendmsg': ['EMFILE', 'ENOMEM'],
          'recvmsg': ['EMFILE', 'ENOMEM'], 'ppoll': ['ENOMEM']}
CANNOT_FAIL = {'exit_group', 'getpid', 'rt_sigreturn', 'restart_syscall'}
# Without them a keeper does not go on, nor clean up.
DIES = {'setresuid', 'setresgid', 'setgroups'}


def fresh(box):
    shutil.rmtree(box, ignore_errors=True)
    os.makedirs(box)
    for user in USERS:
        for folder in '', 'tmp', 'new', 'cur':
            os.mkdir(os.path.join(box, user, folder), 0o700)
    with open(box + '/bob/maildirsize', 'w') as file:
        file.write('9000000S\n0 0\n')
    for path, _, files in os.walk(box):
        for name in ['.'] + files:
            os.chown(os.path.join(path, name), *OWNER)


def until(condition):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        os.sched_yield()


def field(pid, name):
    with open('/proc/%d/status' % pid) as file:
        return int(re.search(r'^%s:\s+(\d+)' % name, file.read(), re.M)[1])


class Session:
    def __init__(self, lane):
        ours, theirs = socket.socketpair()
        ours.settimeout(WAIT)
        with open('%s/log%d' % (MAIL, lane), 'ab') as log:
            self.smtpd = subprocess.Popen(PROGRAM + ['-o', 'mail=%s/%d' % (MAIL, lane)],
                                          stdin=theirs, stdout=theirs, stderr=log)
        theirs.close()
        self.socket, self.file = ours, ours.makefile('rb')
        assert self.hear().startswith(b'220')
        assert self.ask(b'EHLO client\r\n').startswith(b'250')

    def hear(self):
        """The last line of a reply; b'' after the end."""
        try:
            line = self.file.readline()
            while line[3:4] == b'-':
                line = self.file.readline()
            return line
        except ConnectionResetError:
            return b''

    def ask(self, text):
        try:
            self.socket.sendall(text)
        except (BrokenPipeError, ConnectionResetError):
            return b''
        return self.hear()

    def deliver(self):
        """What the client is told of its message in the end; then QUIT."""
        said = self.ask(b'MAIL FROM:<a@example.net>\r\n' +
                        b''.join(b'RCPT TO:<%s>\r\n' % u.encode() for u in USERS) + b'DATA\r\n')
        good = said.startswith(b'250')
        for wanted in [b'250'] * len(USERS) + [b'354']:
            if not said:
                return said
            said = self.hear()
            good = good and said.startswith(wanted)
        if said.startswith(b'354'):
            said = self.ask(BODY + b'.\r\n')
        self.ask(b'QUIT\r\n')
        # The client has to come back for the recipient who is missing.
        return said if good or said[:1] == b'4' else b'some'

    def pid(self, role):
        if role == 'keeper':
            return self.smtpd.pid
        path = '/proc/%d/task/%d/children' % (self.smtpd.pid, self.smtpd.pid)
        with open(path) as file:
            return int(file.read().split()[0])

    def end(self):
        self.file.close()
        self.socket.close()
        self.smtpd.wait(WAIT)


def traced(lane, role, fault):
    """What the client was told, and the calls of one process, as strace wrote them."""
    trace = '%s/trace%d' % (MAIL, lane)
    fresh('%s/%d' % (MAIL, lane))
    session = Session(lane)
    pid = session.pid(role)
    strace = subprocess.Popen(['strace', '-qq', '-p', str(pid), '-o', trace] + fault)
    until(lambda: field(pid, 'TracerPid') == strace.pid)
    said = session.deliver()
    session.end()
    strace.wait(WAIT)
    with open(trace, errors='replace') as file:
        lines = [line for line in file.read().splitlines() if re.match(r'\w+\(', line)]
    # What it was in when strace came may be there or not.
    first = [n for n, line in enumerate(lines) if FIRST[role] in line]
    return said, lines[first[0]:] if first else []


def files(lane, user, folder):
    path = '%s/%d/%s/%s' % (MAIL, lane, user, folder)
    for name in os.listdir(path):
        with open(os.path.join(path, name), 'rb') as file:
            yield name, file.read()


def check_new(lane, least, most):
    for user in USERS:
        there = list(files(lane, user, 'new'))
        assert least <= len(there) <= most, '%d messages of %s' % (len(there), user)
        for name, octets in there:
            assert octets.startswith(b'Return-Path: <a@example.net>\nReceived: '), octets[:80]
            assert octets.endswith(b'\n' + BODY.replace(b'\r\n', b'\n')), 'less than whole'
            assert int(re.search(',S=(\\d+),', name)[1]) == len(octets), name


def check_again(lane, told):
    """The next session delivers; who was not told 250 may have got it twice then."""
    session = Session(lane)
    said = session.deliver()
    session.end()
    assert said.startswith(b'250'), 'the next delivery: %r' % said
    check_new(lane, 2 if told else 1, 2)


def name_of(line):
    return re.match(r'(\w*)', line)[1]


def play(lane, fault):
    """A fault at the given call; False: another call was hit."""
    role, name, when, offset, how = fault
    said, lines = traced(lane, role, ['-e', 'inject=%s:%s:when=%d' % (name, how, when)])
    killed = how.startswith('signal')
    hit = [n for n, line in enumerate(lines)
           if 'INJECTED' in line or killed and n == len(lines) - 1]
    if len(hit) != 1 or name_of(lines[hit[0]]) != name or hit[0] != offset:
        return False
    told = said.startswith(b'250')
    dead = killed or name in DIES
    refused = said[:1] == b'4' and not said.startswith(b'421') and not dead
    assert told or not said or said == b'some' or said[:1] == b'4', said
    check_new(lane, 1 if told else 0, 0 if refused and name != 'unlinkat' else 1)
    if not (dead and role == 'keeper') and name != 'unlinkat':
        left = [f for user in USERS for f in files(lane, user, 'tmp')]
        assert not left, '%d files in tmp' % len(left)
    check_again(lane, told)
    return True


def unharmed(role):
    """A delivery without a fault, seen from its first call on: strace may come too late for that."""
    tries = (traced(0, role, []) for _ in range(5))
    return next((said, lines) for said, lines in tries if lines)


def plan():
    for role in 'keeper', 'front':
        traced(0, role, [])  # the first one makes what is missing in the folder `run`
        said, lines = unharmed(role)
        assert said.startswith(b'250'), said
        check_new(0, 1, 1)
        counts = dict(BEFORE[role])
        for n, line in enumerate(lines):
            name = name_of(line)
            counts[name] = counts.get(name, 0) + 1
            if n == 0:
                continue  # a fault would hide it
            faults = ['signal=KILL']
            if name not in CANNOT_FAIL:
                faults += ['error=' + error for error in ERRORS.get(name, ['EIO'])]
            for how in faults:
                yield role, name, counts[name], n, how


def run_lane(lane, faults):
    wrong = []
    for fault in faults:
        try:
            if not any(play(lane, fault) for _ in range(5)):
                wrong.append('%s: %s call %d, number %d, %s: not hit' % fault)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            wrong.append('%s: %s call %d, number %d, %s: ' % fault + str(error))
    return wrong


os.umask(0o077)
faults = list(plan())
with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    wrong = sum(pool.map(lambda lane: run_lane(lane, faults[lane::AT_ONCE]), range(AT_ONCE)), [])
print('%d faults' % len(faults), *wrong, sep='\n')
sys.exit(1 if wrong or len(faults) < 100 else 0)
