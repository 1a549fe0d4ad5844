# crash.py: an upload whose process is killed before each of its system calls.
#
#   crash.py FOLDER PROGRAM [ARGUMENT ...]
#
# PROGRAM is tftpd as it stands alone, but for the address and the root; FOLDER is for roots. Each
# time, a daemon of its own receives a new version of a file. With a remap rule, all that concerns
# the upload is done by the child that receives it. Strace is attached before the request: first to
# see which calls the child makes, then again and again to kill whoever makes one of them.
import concurrent.futures, glob, os, re, shutil, socket, struct, subprocess, sys, time

AT_ONCE = 3
FOLDER, PROGRAM = sys.argv[1], sys.argv[2:]
OLD, NEW = b'old' * 700, os.urandom(512) + b'new' * 300
PATIENCE = 0.3  # of the client, after a packet that should be answered at once
WAIT = 20


def until(condition, what):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, what
        os.sched_yield()


class Daemon:
    def __init__(self, root):
        self.process = subprocess.Popen(PROGRAM + ['-a', '127.0.0.1:0', root],
                                        stderr=subprocess.PIPE, text=True, bufsize=1)
        line = self.process.stderr.readline()
        self.port = int(line.rsplit(':', 1)[1])
        while 'starts' not in line:
            line = self.process.stderr.readline()

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


def attach(pid, trace, fault):
    strace = subprocess.Popen(['strace', '-f', '-o', trace, '-p', str(pid)] + fault,
                              stderr=subprocess.PIPE, text=True)
    assert 'attached' in strace.stderr.readline()
    return strace


def upload(port, patience):
    """Whether the last block was acknowledged."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(patience)
        s.sendto(b'\0\2f\0octet\0', ('127.0.0.1', port))
        try:
            for block in range(len(NEW) // 512 + 2):
                answer, peer = s.recvfrom(1024)
                if answer != struct.pack('>HH', 4, block):
                    return False
                if block == len(NEW) // 512 + 1:
                    return True
                s.sendto(struct.pack('>HH', 3, block + 1) + NEW[512 * block:512 * block + 512], peer)
        except (socket.timeout, ConnectionRefusedError):
            return False
    return False


def left(root):
    return glob.glob(root + '/.trivet-*')


def play(lane, fault):
    """How many were killed; without a fault, the child's calls and their numbers of their like."""
    root, trace = '%s/%d' % (FOLDER, lane), '%s/trace%d' % (FOLDER, lane)
    shutil.rmtree(root, ignore_errors=True)
    os.mkdir(root)
    os.chmod(root, 0o777)
    with open(root + '/f', 'wb') as file:
        file.write(OLD)
    os.chmod(root + '/f', 0o666)
    daemon = Daemon(root)
    strace = attach(daemon.process.pid, trace, fault)
    told = upload(daemon.port, PATIENCE if fault else WAIT)
    if not fault:
        until(lambda: ended(trace, daemon.process.pid), 'the child lives on')
        assert told, 'no upload'
    try:
        check(root, told, daemon, trace)
    finally:
        daemon.kill()
        strace.terminate()
        strace.wait()
        strace.stderr.close()
    again = Daemon(root)
    until(lambda: not left(root), 'the next start leaves %s' % left(root))
    again.kill()
    return killed(trace) if fault else calls(trace, daemon.process.pid)


def ended(trace, parent):
    """Whether all calls of a child stand in the trace."""
    with open(trace, errors='replace') as file:
        return any(int(pid) != parent for pid in re.findall(r'^(\d+) +\+\+\+ ', file.read(), re.M))


def killed(trace):
    with open(trace, errors='replace') as file:
        return file.read().count('+++ killed by SIGKILL')


def check(root, told, daemon, trace):
    with open(root + '/f', 'rb') as file:
        now = file.read()
    assert now in (OLD, NEW), 'a half file: %d octets' % len(now)
    assert now == NEW or not told, 'acknowledged and not there'
    # Who lives on cleans up after who was killed, unless the fault has hit the cleaner, too.
    if not told:
        until(lambda: not left(root) or not daemon.alive() or killed(trace) > 1,
              'the reaper leaves %s' % left(root))


def calls(trace, parent):
    found, counts = [], {}
    with open(trace, errors='replace') as file:
        for line in file:
            m = re.match(r'(\d+) +(\w+)\(', line)
            if not m or int(m[1]) == parent:
                continue
            counts[m[2]] = counts.get(m[2], 0) + 1
            found.append((m[2], counts[m[2]]))
    return found


def main():
    found = play(0, [])
    assert any(call.startswith('rename') for call, _ in found), found
    faults = sorted(set(found))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        lanes = list(range(1, AT_ONCE + 1))

        def one(fault):
            lane = lanes.pop()
            try:
                return play(lane, ['-e', 'inject=%s:signal=KILL:when=%d' % fault])
            except AssertionError as error:
                raise AssertionError('%s %d: %s' % (fault + (error,)))
            finally:
                lanes.append(lane)
        hits = sum(count > 0 for count in pool.map(one, faults))
    print('killed at %d of %d calls' % (hits, len(faults)))
    # A datagram that is there at once, or late, is a call more or less.
    assert hits > 40 and hits >= len(faults) - 4, hits


main()
