# crash.py: UPDATE killed before each of its system calls, and with each of them failing once.
#
#   crash.py MAIL OWNER PROGRAM [ARGUMENT ...]
#
# PROGRAM is pop3d as a superserver would start it, with an account alice (secret); MAIL a folder
# for Maildirs that belongs to OWNER (uid:gid). A first session shows which calls the keeper makes
# from the QUIT on; then there are sessions on a fresh Maildir, a few at a time, with a fault of
# strace's at one of them each. What is left must fit what the client was told, and the next
# session must find all of it.
import concurrent.futures, os, re, shutil, socket, subprocess, sys

AT_ONCE = 3
MAIL, OWNER, PROGRAM = sys.argv[1], [int(n) for n in sys.argv[2].split(':')], sys.argv[3:]
TRASH = any(word.startswith('trash=') for word in PROGRAM)

# Folder, name, lines, what becomes of it. The sizes of some stand in their names.
MESSAGES = [('new', '1700000001.M1P1.host', 'one', 'DELE'),
            ('new', '1700000002.M1P1.host,S=%d,W=%d', 'two', 'RETR'),
            ('cur', '1700000003.M1P1.host,S=%d,W=%d:2,R', 'three', 'DELE'),
            ('cur', '1700000004.M1P1.host:2,F', 'four', 'RETR'),
            ('cur', '1700000005.M1P1.host:2,', 'five', 'DELE'),
            ('new', '1700000006.M1P1.host', 'six', '')]
COMMANDS = ['USER alice', 'PASS secret', 'STAT'] + [
    '%s %d' % (m[3], n + 1) for n, m in enumerate(MESSAGES) if m[3]] + ['QUIT']

# With what a call fails; EIO if not said here.
ERRORS = {'openat': ['EACCES', 'EMFILE'], 'newfstatat': ['EIO', 'EACCES'], 'write': ['ENOSPC'],
          'unlinkat': ['EIO', 'ENOENT'], 'renameat': ['ENOSPC', 'ENOENT'], 'mkdirat': ['ENOSPC'],
          'read': ['ECONNRESET'], 'sendto': ['EPIPE'], 'ppoll': ['ENOMEM'], 'brk': ['ENOMEM'],
          'mmap': ['ENOMEM'], 'fcntl': ['EINVAL']}
CANNOT_FAIL = {'exit_group', 'getpid', 'rt_sigreturn'}


def text(word):
    return b'Subject: %s\n\n' % word.encode() + b'Only once: %s.\n' % word.encode() * 50


def wire(octets):
    return len(octets) + octets.count(b'\n')


def fresh(box):
    shutil.rmtree(box, ignore_errors=True)
    os.makedirs(os.path.dirname(box), exist_ok=True)
    for folder in '', 'tmp', 'new', 'cur':
        os.mkdir(os.path.join(box, folder), 0o700)
    for folder, name, word, _ in MESSAGES:
        octets = text(word)
        sizes = (len(octets), wire(octets)) if '%' in name else ()
        with open(os.path.join(box, folder, name % sizes), 'wb') as file:
            file.write(octets)
    with open(box + '/maildirsize', 'w') as file:
        file.write('1000000S\n%d %d\n' % (sum(len(text(m[2])) for m in MESSAGES), len(MESSAGES)))
    for path, folders, files in os.walk(os.path.dirname(box)):
        for name in ['.'] + files:
            os.chown(os.path.join(path, name), *OWNER)


def converse(lane, commands, tracer):
    """What the client is told by each command, from the greeting on; b'' after the end."""
    ours, theirs = socket.socketpair()
    with open('%s/log%d' % (MAIL, lane), 'ab') as log:
        pop3d = subprocess.Popen(tracer + PROGRAM + ['-o', 'mail=%s/%d' % (MAIL, lane)],
                                 stdin=theirs, stdout=theirs, stderr=log)
    theirs.close()
    ours.settimeout(20)
    file = ours.makefile('rb')
    said = [file.readline()]
    for command in commands:
        try:
            ours.sendall(command.encode() + b'\r\n')
            answer = file.readline()
            while answer.startswith(b'+OK') and command[:4] in ('RETR', 'LIST') and \
                    not answer.endswith(b'\r\n.\r\n'):
                line = file.readline()
                assert line, 'closed after %r' % answer
                answer += line
        except (BrokenPipeError, ConnectionResetError):
            answer = b''
        said.append(answer)
    assert file.read() == b'', 'something follows QUIT'
    file.close()
    ours.close()
    pop3d.wait(20)
    return said


def traced(lane, fault):
    """An answer to QUIT, and the calls from QUIT on, as strace wrote them."""
    trace = '%s/trace%d' % (MAIL, lane)
    fresh('%s/%d/alice' % (MAIL, lane))
    said = converse(lane, COMMANDS, ['strace', '-o', trace] + fault)
    assert all(s.startswith(b'+OK') for s in said[:-1]), 'before QUIT: %r' % said
    with open(trace, errors='replace') as file:
        lines = file.read().splitlines()
    at = [n for n, line in enumerate(lines) if '"QUIT\\r\\n"' in line]
    return said[-1], lines, at[0] if at else len(lines)


def places(box):
    found = {}
    for path, _, files in os.walk(box):
        for name in files:
            with open(os.path.join(path, name), 'rb') as file:
                found.setdefault(file.read(), []).append(os.path.relpath(path, box))
    return found


def messages_in(box):
    for folder in 'new', 'cur':
        for name in os.listdir(os.path.join(box, folder)):
            with open(os.path.join(box, folder, name), 'rb') as file:
                yield name, file.read()


def check_messages(box, answer):
    found, left = places(box), 0
    for _, _, word, fate in MESSAGES:
        where = found.get(text(word), [])
        here = [w for w in where if w in ('new', 'cur')]
        if fate == 'DELE':
            left += len(here)
            assert len(where) == 1 if TRASH else len(where) <= 1, '%s is in %s' % (word, where)
            assert here or where in ([], ['.Trash/cur']), '%s is in %s' % (word, where)
        else:
            assert where == here and len(here) == 1, '%s is in %s' % (word, where)
    assert answer in (b'', b'+OK\r\n', b'-ERR some deleted messages not removed\r\n'), answer
    assert not (answer.startswith(b'+OK') and left), '+OK, but %d are left' % left
    assert not (answer.startswith(b'-ERR') and not left), '-ERR, but all are gone'


def check_account(box, killed):
    """maildirsize is right or gone; after a kill it may still count what is gone, never less."""
    sizes = [len(octets) for _, octets in messages_in(box)]
    try:
        with open(box + '/maildirsize') as file:
            lines = [line.split() for line in file.read().splitlines()[1:]]
    except FileNotFoundError:
        return
    told, there = [sum(int(n) for n in c) for c in zip(*lines)], [sum(sizes), len(sizes)]
    assert told == there or killed and told >= there, 'maildirsize %s, not %s' % (told, there)


def check_next(lane, box):
    there = sorted(messages_in(box))
    said = converse(lane, ['USER alice', 'PASS secret', 'LIST', 'QUIT'], [])
    wanted = ''.join('%d %d\r\n' % (n + 1, wire(m[1])) for n, m in enumerate(there))
    assert said[2] == b'+OK %d messages\r\n' % len(there), said
    assert said[3] == b'+OK\r\n%s.\r\n' % wanted.encode(), said
    assert said[4] == b'+OK\r\n', said


def name_of(line):
    return re.match(r'(\w*)', line).group(1)


def play(lane, fault):
    """A fault at the given call after QUIT; False: another call was hit."""
    name, when, offset, how = fault
    answer, lines, first = traced(lane, ['-e', 'inject=%s:%s:when=%d' % (name, how, when)])
    killed = how.startswith('signal')
    hit = [n for n, line in enumerate(lines)
           if 'INJECTED' in line or killed and n == len(lines) - 2]
    if len(hit) != 1 or name_of(lines[hit[0]]) != name or hit[0] - min(first, hit[0]) != offset:
        return False
    box = '%s/%d/alice' % (MAIL, lane)
    check_messages(box, answer)
    check_account(box, killed)
    check_next(lane, box)
    return True


def plan():
    traced(0, [])  # the first one makes what is missing in the folder `run`
    answer, lines, first = traced(0, [])
    assert answer == b'+OK\r\n', answer
    check_messages(MAIL + '/0/alice', answer)
    check_account(MAIL + '/0/alice', False)
    counts = {}
    for n, line in enumerate(lines):
        name = name_of(line)
        counts[name] = counts.get(name, 0) + 1
        if n < first or not name:
            continue
        faults = ['signal=KILL']
        if name not in CANNOT_FAIL:
            faults += ['error=' + error for error in ERRORS.get(name, ['EIO'])]
        for how in faults:
            yield name, counts[name], n - first, how


def run_lane(lane, faults):
    wrong = []
    for fault in faults:
        try:
            if not any(play(lane, fault) for _ in range(3)):
                wrong.append('%s call %d, %d after QUIT, %s: not hit' % fault)
        except (AssertionError, OSError) as error:
            wrong.append('%s call %d, %d after QUIT, %s: ' % fault + str(error))
    return wrong


os.umask(0o077)
faults = list(plan())
with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    wrong = sum(pool.map(lambda lane: run_lane(lane, faults[lane::AT_ONCE]), range(AT_ONCE)), [])
print('%d faults' % len(faults), *wrong, sep='\n')
sys.exit(1 if wrong or len(faults) < 20 else 0)
