#!/usr/bin/env python3
"""A file system in memory that fails on demand: `stalling-fs.py DIRECTORY`, as root on Linux.

Speaks the FUSE protocol on /dev/fuse itself, so that nothing has to be installed. It obeys lines on standard input and
answers each with `ok`:

    stall OP...      requests of these kinds get no answer ("write fsync rename unlink truncate open", or "all")
    fail OP ERRNO [BYTES]   requests of this kind fail; writes from this offset on
    short BYTES      a write takes no more than so many bytes
    heal             all work again; those that were stalled get their answer

Prints `mounted` when it is, and `stalled OP` for each request without an answer. The end of standard input unmounts and ends it.
"""
import ctypes, errno, os, select, stat, struct, sys

LOOKUP, FORGET, GETATTR, SETATTR, UNLINK, RENAME, OPEN, WRITE, STATFS = 1, 2, 3, 4, 10, 12, 14, 16, 17
READ, RELEASE, FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, FSYNCDIR = 15, 18, 20, 25, 26, 27, 28, 29, 30
CREATE, INTERRUPT, DESTROY, BATCH_FORGET, RENAME2 = 35, 36, 38, 42, 45
NAMES = {SETATTR: 'truncate', UNLINK: 'unlink', RENAME: 'rename', RENAME2: 'rename', OPEN: 'open', CREATE: 'open',
         WRITE: 'write', FSYNC: 'fsync', FSYNCDIR: 'fsync'}
NO_ANSWER = {FORGET, BATCH_FORGET, INTERRUPT}
ROOT = 1

files = {}  # node id -> bytearray
names = {}  # name -> node id
next_node = 2
stalled, failures, waiting = set(), {}, []
short = None


def attributes(node):
    is_root = node == ROOT
    size = 0 if is_root else len(files[node])
    mode = stat.S_IFDIR | 0o755 if is_root else stat.S_IFREG | 0o600
    links = 2 if is_root else int(node in names.values())
    return struct.pack('<QQQQQQIIIIIIIIII', node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, links, 0, 0, 0, 4096, 0)


def entry(node):
    return struct.pack('<QQQQII', node, 0, 0, 0, 0, 0) + attributes(node)


def name_of(body):
    return body.split(b'\0', 1)[0]


def move(body, flags):
    old, new = body.split(b'\0')[:2]
    if flags & 1 and new in names:
        return errno.EEXIST
    if old not in names:
        return errno.ENOENT
    names[new] = names.pop(old)
    return b''


def create(body):
    global next_node
    node, next_node = next_node, next_node + 1
    files[node] = bytearray()
    names[name_of(body[16:])] = node
    return entry(node) + struct.pack('<QII', node, 0, 0)


def write(node, body):
    _, offset, size = struct.unpack_from('<QQI', body)
    size = size if short is None else min(size, short)
    data, content = body[40:40 + size], files[node]
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + size] = data
    return struct.pack('<II', size, 0)


def set_attributes(node, body):
    valid, _, _, size = struct.unpack_from('<IIQQ', body)
    if valid & 8:
        content = files[node]
        content[:] = content[:size] + bytes(max(0, size - len(content)))
    return struct.pack('<QII', 0, 0, 0) + attributes(node)


def directory(body):
    _, offset, size = struct.unpack_from('<QQI', body)
    out = b''
    for i, (name, node) in enumerate(list(names.items())[offset:], offset + 1):
        record = struct.pack('<QQII', node, i, len(name), 8) + name
        record += bytes(-len(record) % 8)
        if len(out) + len(record) > size:
            break
        out += record
    return out


def respond(op, node, body):
    """The body of the answer, or an errno."""
    if op == INIT:
        return struct.pack('<IIIIHHIIHHIIII', 7, 31, 65536, 0, 16, 12, 1 << 20, 1, 256, 0, 0, 0, 0, 0) + bytes(16)
    if op == LOOKUP:
        found = names.get(name_of(body))
        return errno.ENOENT if found is None else entry(found)
    if op == GETATTR:
        return struct.pack('<QII', 0, 0, 0) + attributes(node)
    if op == UNLINK:
        return b'' if names.pop(name_of(body), None) else errno.ENOENT
    if op == READ:
        _, offset, size = struct.unpack_from('<QQI', body)
        return bytes(files[node][offset:offset + size])
    if op == STATFS:
        return struct.pack('<QQQQQIIII', 1 << 20, 1 << 20, 1 << 20, 1000, 1000, 4096, 255, 4096, 0) + bytes(24)
    table = {SETATTR: lambda: set_attributes(node, body), CREATE: lambda: create(body), WRITE: lambda: write(node, body),
             RENAME: lambda: move(body[8:], 0), RENAME2: lambda: move(body[16:], struct.unpack_from('<QI', body)[1]),
             OPEN: lambda: struct.pack('<QII', node, 0, 0), OPENDIR: lambda: struct.pack('<QII', node, 0, 0),
             READDIR: lambda: directory(body)}
    if op in table:
        return table[op]()
    return b'' if op in (RELEASE, RELEASEDIR, FLUSH, FSYNC, FSYNCDIR, DESTROY) else errno.ENOSYS


def failure(op, body):
    code, since = failures.get(NAMES.get(op), (None, 0))
    if code is None or (op == WRITE and struct.unpack_from('<QQ', body)[1] < since):
        return None
    return code


def answer(device, request):
    _, op, unique, node = struct.unpack_from('<IIQQ', request)
    if op in NO_ANSWER:
        return
    body = request[40:]
    code = failure(op, body)
    result = respond(op, node, body) if code is None else code
    error, data = (result, b'') if isinstance(result, int) else (0, result)
    try:
        os.write(device, struct.pack('<IiQ', 16 + len(data), -error, unique) + data)
    except OSError as problem:
        if problem.errno != errno.ENOENT:  # whoever asked is gone
            raise


def obey(device, words):
    global short
    if words[0] == 'stall':
        stalled.update(words[1:])
    elif words[0] == 'fail':
        failures[words[1]] = (getattr(errno, words[2]), int(words[3]) if len(words) > 3 else 0)
    elif words[0] == 'short':
        short = int(words[1])
    elif words[0] == 'heal':
        stalled.clear()
        failures.clear()
        short = None
        for request in waiting:
            answer(device, request)
        waiting.clear()
    print('ok', flush=True)


def main(target):
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open('/dev/fuse', os.O_RDWR)
    options = f'fd={device},rootmode=40000,user_id=0,group_id=0'.encode()
    if libc.mount(b'stalling', target.encode(), b'fuse', 0, options) != 0:
        sys.exit(f'mount: {os.strerror(ctypes.get_errno())}')
    print('mounted', flush=True)
    commands = b''
    while True:
        for ready in select.select([device, 0], [], [])[0]:
            if ready == device:
                request = os.read(device, 1 << 21)
                op = struct.unpack_from('<II', request)[1]
                if op not in NO_ANSWER and ('all' in stalled or NAMES.get(op) in stalled):
                    waiting.append(request)
                    print('stalled', NAMES.get(op, op), flush=True)
                else:
                    answer(device, request)
            else:
                piece = os.read(0, 65536)
                if not piece:
                    libc.umount2(target.encode(), 2)
                    return  # the end of the connection frees whoever waits for an answer
                *lines, commands = (commands + piece).split(b'\n')
                for line in lines:
                    obey(device, line.decode().split())


if __name__ == '__main__':
    main(sys.argv[1])
