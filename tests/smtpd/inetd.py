# inetd.py: one message by TCP to a smtpd that has the connection as a superserver gives it.
#
#   inetd.py RECIPIENT ... -- PROGRAM [ARGUMENT ...]
import socket, subprocess, sys

cut = sys.argv.index('--')
listener = socket.create_server(('127.0.0.1', 0))
ours = socket.create_connection(listener.getsockname(), 20)
theirs = listener.accept()[0]
smtpd = subprocess.Popen(sys.argv[cut + 1:], stdin=theirs, stdout=theirs)
theirs.close()
file = ours.makefile('rwb')


def say(text, wanted):
    file.write(text.encode() + b'\r\n')
    file.flush()
    line = file.readline()
    assert line.startswith(wanted), 'wanted %r, got %r' % (wanted, line)


assert file.readline().startswith(b'220')
say('HELO client', b'250')
say('MAIL FROM:<a@example.net>', b'250')
for recipient in sys.argv[1:cut]:
    say('RCPT TO:<%s>' % recipient, b'250')
say('DATA', b'354')
say('.', b'250')
say('QUIT', b'221')
assert file.read() == b''
sys.exit(smtpd.wait(20))
