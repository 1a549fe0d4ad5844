# nonsense.py: requests that nobody may answer, and then one that is good.
#
#   nonsense.py ADDRESS BROADCAST PORT
#
# Those for "none" go to the broadcast address, to a group, and, with forged headers, come from
# addresses and ports that no client can have. Ends when "f" has come, and checks that nothing else
# has.
import socket, struct, sys

ADDRESS, BROADCAST, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])


def request(name):
    return b'\0\1' + name + b'\0octet\0'


def forged(host, port):
    udp = struct.pack('!HHHH', port, PORT, 8 + len(request(b'none')), 0) + request(b'none')
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                     socket.inet_aton(host), socket.inet_aton(ADDRESS))
    return ip + udp


raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for source in (ADDRESS, PORT), (ADDRESS, 0), ('255.255.255.255', 1000), ('224.0.0.1', 1000):
    raw.sendto(forged(*source), (ADDRESS, 0))

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS))
s.bind((ADDRESS, 0))
s.settimeout(20)
for to in BROADCAST, '255.255.255.255', '224.0.0.1':
    s.sendto(request(b'none'), (to, PORT))
s.sendto(request(b'f'), (ADDRESS, PORT))
packet, server = s.recvfrom(1024)
assert packet[:4] == b'\0\3\0\1', packet
s.sendto(b'\0\4\0\1', server)
