# scram: a POP3 client's half of SCRAM-SHA-256 (RFC 5802, 7677), by hashlib alone: it is the judge.
#
#   Pop(port)                  a connection; say(line) -> the answer
#   login(pop, user, secret)   -> the last answer, after the server has proved itself
#   first(pop, user)           -> what the server says of a user: nonce, salt, iterations
import base64, hashlib, hmac, os, socket


def b64(octets):
    return base64.b64encode(octets).decode()


class Pop:
    def __init__(self, port, source='127.0.0.1'):
        self.socket = socket.create_connection(('127.0.0.1', int(port)), 20, (source, 0))
        self.file = self.socket.makefile('rb')
        assert self.line() == '+OK mail.example.org POP3 server ready'

    def line(self):
        line = self.file.readline()
        assert line.endswith(b'\r\n'), line
        return line[:-2].decode()

    def say(self, line):
        self.socket.sendall(line.encode() + b'\r\n')
        return self.line()


def challenge(answer):
    assert answer.startswith('+ '), answer
    return base64.b64decode(answer[2:], validate=True).decode()


def first(pop, user, header='n,,', nonce=None, initial=True):
    nonce = nonce or b64(os.urandom(18))
    name = user.replace('=', '=3D').replace(',', '=2C')
    pop.header, pop.bare = header, 'n=%s,r=%s' % (name, nonce)
    message = b64((header + pop.bare).encode())
    if initial:
        pop.server = challenge(pop.say('AUTH SCRAM-SHA-256 ' + message))
    else:
        assert pop.say('auth scram-sha-256') == '+ '
        pop.server = challenge(pop.say(message))
    fields = dict(field.split('=', 1) for field in pop.server.split(','))
    assert list(fields) == ['r', 's', 'i'], pop.server
    assert fields['r'].startswith(nonce) and len(fields['r']) >= len(nonce) + 22
    return fields['r'], base64.b64decode(fields['s'], validate=True), int(fields['i'])


def final(pop, nonce, salt, iterations, secret, c=None):
    salted = hashlib.pbkdf2_hmac('sha256', secret.encode(), salt, iterations)
    key = hmac.digest(salted, b'Client Key', 'sha256')
    without = 'c=%s,r=%s' % (c or b64(pop.header.encode()), nonce)
    message = ','.join((pop.bare, pop.server, without)).encode()
    sign = hmac.digest(hashlib.sha256(key).digest(), message, 'sha256')
    proof = bytes(a ^ b for a, b in zip(key, sign))
    pop.signature = hmac.digest(hmac.digest(salted, b'Server Key', 'sha256'), message, 'sha256')
    return pop.say(b64((without + ',p=' + b64(proof)).encode()))


def login(pop, user, secret, **how):
    answer = final(pop, *first(pop, user, **how), secret)
    if answer.startswith('-'):
        return answer
    assert challenge(answer) == 'v=' + b64(pop.signature), answer
    return pop.say('')
