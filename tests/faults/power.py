# power.py: every state a disk may be in when the power fails during a delivery by smtpd.
#
#   power.py MAIL OCTETS RECIPIENT ... -- PROGRAM [ARGUMENT ...]
#
# PROGRAM is smtpd as a superserver would start it; MAIL the folder that holds the recipients'
# Maildirs. Strace records the calls of one delivery. Of a disk nothing is taken for granted: what
# was written to a file is there as far as its last fsync, and of what was written later any part
# may be; the same is true of a folder and the names that were made or removed in it, and a rename
# is two such changes. So there is a set of states for each call at which the power may fail. In all
# of them
#   - no message in a new/ is less than whole;
#   - from the call on that tells of the 250, each recipient's new/ has it.
# Then each fsync in turn is taken out of the record, or its success is a lie of strace's (but of
# those that the kernel is given together): states in which something is lost must be found.
import itertools, os, re, socket, subprocess, sys, tempfile

cut = sys.argv.index('--')
MAIL, OCTETS, RECIPIENTS = os.path.realpath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:cut]
PROGRAM = sys.argv[cut + 1:]
CALLS = ('openat,write,fsync,fdatasync,io_submit,io_getevents,linkat,renameat,renameat2,unlinkat,'
         'mkdirat,sendmsg')
SYNCS = 'fsync', 'fdatasync', 'fsync with others'


def converse(tracer):
    ours, theirs = socket.socketpair()
    smtpd = subprocess.Popen(tracer + PROGRAM, stdin=theirs, stdout=theirs,
                             stderr=subprocess.DEVNULL)
    theirs.close()
    ours.settimeout(20)
    file = ours.makefile('rwb')

    def hear(wanted):
        line = file.readline()
        while line[3:4] == b'-':
            line = file.readline()
        assert line.startswith(wanted), 'wanted %r, got %r' % (wanted, line)

    def say(text, wanted):
        file.write(text.encode() + b'\r\n')
        file.flush()
        hear(wanted)

    hear(b'220')
    say('EHLO client', b'250')
    say('MAIL FROM:<a@example.net>', b'250')
    for recipient in RECIPIENTS:
        say('RCPT TO:<%s>' % recipient, b'250')
    say('DATA', b'354')
    say('Subject: power\r\n\r\n' + ('x' * 70 + '\r\n') * (OCTETS // 72) + '.', b'250')
    say('QUIT', b'221')
    file.close()
    ours.close()
    smtpd.wait(20)


def record(fault=()):
    """The calls of a delivery in the order in which they ended: name, arguments, result."""
    trace = tempfile.mktemp(dir=os.path.dirname(MAIL))
    converse(['strace', '-f', '-y', '-s', '300', '-o', trace, '-e', 'trace=' + CALLS, *fault])
    begun, calls, submitted = {}, [], []
    with open(trace, errors='replace') as lines:
        for line in lines:
            pid, rest = line.rstrip('\n').split(None, 1)
            if rest.endswith('<unfinished ...>'):
                begun[pid] = rest[:-len('<unfinished ...>')]
                # An answer may be heard before its call has ended.
                if rest.startswith('sendmsg'):
                    calls.append(('sendmsg', rest, '0'))
                continue
            resumed = re.match(r'<\.\.\. \w+ resumed>(.*)', rest)
            if resumed:
                rest = begun.pop(pid) + resumed[1]
                if rest.startswith('sendmsg'):
                    continue
            call = re.match(r'(\w+)\((.*)\)\s+= (-?\d+)(.*)', rest)
            if not call or int(call[3]) < 0:
                continue
            if call[1] == 'io_submit':
                submitted = re.findall(r'FSYNC, aio_fildes=(\d+<[^>]*>)', call[2])
            elif call[1] == 'io_getevents':
                assert call[3] == str(len(submitted)), rest
                calls += [('fsync with others', file, '0') for file in submitted]
            else:
                calls.append((call[1], call[2], call[3] + call[4]))
    os.unlink(trace)
    return calls


class Node:
    """A file or folder: all changes to it, of which the first `safe` are on disk."""

    def __init__(self, folder, made):
        self.folder, self.made, self.changes, self.safe = folder, made, [], 0

    def states(self):
        """What may be there: every choice of the changes that are not safe."""
        late = self.changes[self.safe:]
        for chosen in itertools.product((True, False), repeat=len(late)):
            yield self.changes[:self.safe] + [c for c, there in zip(late, chosen) if there]


class Disk:
    def __init__(self):
        self.nodes = {}  # what the running system sees: path -> Node
        self.top = self.node(MAIL)
        self.answers = 0

    def node(self, path):
        """What was there before the delivery began is on disk, with the folders above it."""
        if path not in self.nodes:
            self.nodes[path] = node = Node(True, False)
            if path != MAIL:
                parent = self.node(os.path.dirname(path))
                parent.changes.insert(0, ('+', os.path.basename(path), node))
                parent.safe += 1
        return self.nodes[path]

    def make(self, path, folder):
        node = self.nodes[path] = Node(folder, True)
        self.enter(path, node)

    def enter(self, path, node):
        self.nodes[path] = node
        self.node(os.path.dirname(path)).changes.append(('+', os.path.basename(path), node))

    def remove(self, path):
        node = self.nodes.pop(path)
        self.node(os.path.dirname(path)).changes.append(('-', os.path.basename(path), node))
        return node

    def call(self, name, arguments, result):
        paths = [os.path.join(a or '', b or '') for a, b in
                 re.findall(r'(?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"', arguments)]
        of = re.match(r'\d+<([^>]*)>', arguments)
        of = of and of[1]
        if name == 'sendmsg':
            self.answers += 'iov_base="a"' in arguments
        elif name == 'openat' and 'O_CREAT' in arguments and paths[0].startswith(MAIL + '/'):
            if paths[0] not in self.nodes:
                self.make(paths[0], False)
        elif name == 'mkdirat' and paths[0].startswith(MAIL + '/'):
            self.make(paths[0], True)
        elif name == 'write' and of in self.nodes:
            self.nodes[of].changes.append(int(result.split()[0]))
        elif name in SYNCS and of and (of + '/').startswith(MAIL + '/'):
            if 'INJECTED' not in result:
                node = self.node(of)
                node.safe = len(node.changes)
        elif name == 'linkat' and paths[0] in self.nodes:
            self.enter(paths[1], self.nodes[paths[0]])
        elif name.startswith('renameat') and paths[0] in self.nodes:
            self.enter(paths[1], self.remove(paths[0]))
        elif name == 'unlinkat' and paths[0] in self.nodes:
            self.remove(paths[0])

    def names(self, node):
        """For each state of a folder, the names in it."""
        for changes in node.states():
            there = {}
            for sign, name, child in changes:
                if sign == '+':
                    there[name] = child
                else:
                    there.pop(name, None)
            yield there


def whole(name, changes):
    return sum(changes) == int(re.search(',S=(\\d+)', name)[1])


def lost(disk, promised):
    """A state in which a message is less than whole, or (promised) missing; or None."""
    number = 0
    for recipient in RECIPIENTS:
        user = recipient.split('@')[0]
        for top in disk.names(disk.top):
            for box in disk.names(top[user]) if user in top else [{}]:
                for new in disk.names(box['new']) if 'new' in box else [{}]:
                    number += 1
                    if promised and not new:
                        return number, '%s has nothing' % user
                    for name, node in new.items():
                        for changes in node.states():
                            number += 1
                            if not whole(name, changes):
                                return number, "%s's is not whole" % user
    return number, None


def check(calls, answers):
    """Lets the power fail after each of the calls: how many states, and what is lost in one."""
    disk, total = Disk(), 0
    for n, call in enumerate(calls):
        disk.call(*call)
        number, loss = lost(disk, disk.answers == answers)
        total += number
        if loss:
            return total, 'after call %d, %s: %s' % (n, call[0], loss)
    assert disk.answers == answers, '%d answers' % disk.answers
    return total, None


def clear():
    for path, _, files in os.walk(MAIL):
        for name in files:
            if os.path.basename(path) in ('new', 'tmp'):
                os.unlink(os.path.join(path, name))


answers = len(RECIPIENTS) + 2  # the keeper's: to each RCPT, to DATA, to the end
calls = record()
syncs = [n for n, call in enumerate(calls) if call[0] in SYNCS]
states, loss = check(calls, answers)
print('%d calls, %d of them fsync, %d states' % (len(calls), len(syncs), states))
wrong = [loss] if loss else []
for n in syncs:
    if not check(calls[:n] + calls[n + 1:], answers)[1]:
        wrong.append('nothing is lost without call %d, %s(%s)' % (n, *calls[n][:2]))
for n in range(sum(call[0] == 'fsync' for call in calls)):
    if any('mkdirat' == call[0] for call in calls):
        break  # it is there now
    clear()
    lie = record(['-e', 'inject=fsync:retval=0:when=%d' % (n + 1)])
    assert sum('INJECTED' in call[2] for call in lie) >= 1, 'no fsync was injected'
    if not check(lie, answers)[1]:
        wrong.append('nothing is lost when fsync %d is a lie' % (n + 1))
print(*wrong, sep='\n')
sys.exit(1 if wrong or not syncs else 0)
