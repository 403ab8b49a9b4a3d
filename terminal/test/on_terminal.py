"""Runs a program on a terminal of its own: on_terminal.py COLUMNS ROWS PROGRAM [ARGUMENT...]

Standard input takes commands, a line each: `keys BASE64`, `size COLUMNS ROWS`, `signal NUMBER`. Standard output is what
the program writes. When it has ended, standard error gets one line of JSON: its status, or the signal that ended it, and
whether the terminal's settings are what they were.
"""

import base64
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

columns, rows, *command = sys.argv[1:]
master, slave = pty.openpty()


def resize(columns, rows):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


resize(columns, rows)
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.closerange(3, 256)
    os.execvp(command[0], command)

os.set_blocking(master, False)
typed = b""
ended = None
listening = [master, 0]
while True:
    ready, _, _ = select.select(listening, [], [], 0.02)
    if master in ready:
        os.write(1, os.read(master, 65536))
        continue
    if 0 in ready:
        chunk = os.read(0, 65536)
        if not chunk:
            # Whoever started this has gone.
            listening.remove(0)
            if ended is None:
                os.kill(child, 9)
        typed += chunk
        *lines, typed = typed.split(b"\n")
        for line in lines:
            name, *values = line.split()
            if name == b"keys":
                os.write(master, base64.b64decode(values[0]))
            elif name == b"size":
                resize(*values)
            elif name == b"signal":
                os.kill(child, int(values[0]))
        continue
    # Nothing left to read, and nobody left to write.
    if ended is not None:
        break
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        ended = status

print(json.dumps({
    "status": os.WEXITSTATUS(ended) if os.WIFEXITED(ended) else None,
    "signal": os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else None,
    "isRestored": termios.tcgetattr(slave) == before,
}), file=sys.stderr)
