"""A scriptable SSH server for tests: many connections in one process, and faults on demand.

Prints `PORT n` once it listens; ends when its standard input does. Everything is set by one JSON
object in the first argument; see DEFAULTS.
"""

import asyncio
import json
import sys

import asyncssh

DEFAULTS = {
    "host_keys": [],  # paths of private keys
    "authorized": None,  # path of an authorized_keys file
    "password": None,  # taken by the method "password"
    "keyboard": None,  # taken by the method "keyboard-interactive"
    "shell": "echo",  # what `exec sh` does: see serve()
    "status": None,  # the exit status of the shells that end
    "raw": None,  # instead of SSH: "silent", "text", "close"
    "text": "",  # what "text" says, and what is said to those refused first
    "refuse_first": 0,  # so many connections are closed after `text`
    "stall": None,  # "kex", "auth", "open": never answer there
    "rekey_bytes": None,
    "kex": None,
    "macs": None,
    "ciphers": None,
    "host_key_algorithms": None,
    "refuse_tunnels": False,
    "max_channels": None,
    "host": "127.0.0.1",
}


class Server(asyncssh.SSHServer):
    def __init__(self, options):
        self.options = options
        self.channels = 0

    def connection_made(self, connection):
        self.connection = connection

    async def begin_auth(self, username):
        if self.options["stall"] == "auth":
            await asyncio.Event().wait()
        return True

    def password_auth_supported(self):
        return self.options["password"] is not None

    def validate_password(self, username, password):
        return password == self.options["password"]

    def kbdint_auth_supported(self):
        return self.options["keyboard"] is not None

    def get_kbdint_challenge(self, username, lang, submethods):
        return "Login", "Answer both", "en", [("Name: ", True), ("Secret: ", False)]

    def validate_kbdint_response(self, username, responses):
        return len(responses) == 2 and responses[1] == self.options["keyboard"]

    def connection_requested(self, host, port, source_host, source_port):
        if self.options["refuse_tunnels"]:
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "no tunnels here"
            )
        return True


async def serve(process, options):
    """One `exec sh`."""
    shell = options["shell"]
    status = options["status"]
    if process.command != "exec sh":
        process.stderr.write(b"unexpected command\n")
        process.exit(127)
        return
    if shell == "echo":
        async for chunk in chunks(process):
            process.stdout.write(chunk)
    elif shell == "close":  # closes without any exit status
        process.stdout.write(b"bye\n")
        await process.stdout.drain()
        process.close()
        return
    elif shell == "signal":
        process.exit_with_signal("KILL")
        return
    elif shell == "drop":  # the connection goes away in the middle
        process.stdout.write(b"half")
        await process.stdin.read(1)
        process.channel.get_connection().abort()
        return
    elif shell == "deaf":  # never reads, so the window stays shut
        process.channel.pause_reading()
        await asyncio.Event().wait()
    elif shell == "talk":  # sends without end
        while True:
            process.stdout.write(b"x" * 32768)
            await process.stdout.drain()
    process.exit(status or 0)


async def chunks(process):
    while True:
        chunk = await process.stdin.read(65536)
        if not chunk:
            return
        yield chunk


async def listen_ssh(options, port):
    if options["stall"] == "kex":
        # An SSH server up to its version line.
        async def stall(reader, writer):
            writer.write(b"SSH-2.0-Stalled_1.0\r\n")
            await asyncio.Event().wait()

        return await asyncio.start_server(stall, options["host"], port, backlog=1024)
    settings = {
        "kex_algs": options["kex"],
        "mac_algs": options["macs"],
        "encryption_algs": options["ciphers"],
        "signature_algs": options["host_key_algorithms"],
    }
    settings = {name: value for name, value in settings.items() if value}
    if options["rekey_bytes"]:
        settings["rekey_bytes"] = options["rekey_bytes"]
    if options["authorized"]:
        settings["authorized_client_keys"] = options["authorized"]

    async def process(process):
        try:
            await serve(process, options)
        except (asyncssh.Error, OSError, asyncio.IncompleteReadError):
            pass

    return await asyncssh.listen(
        options["host"],
        port,
        server_factory=lambda: Server(options),
        server_host_keys=options["host_keys"],
        process_factory=process,
        encoding=None,
        backlog=1024,
        login_timeout=600,
        **settings,
    )


async def listen_raw(options):
    async def handle(reader, writer):
        if options["raw"] == "text":
            writer.write(options["text"].encode())
        if options["raw"] == "close":
            writer.close()
            return
        await reader.read(-1)
        writer.close()

    return await asyncio.start_server(handle, options["host"], 0, backlog=1024)


async def listen_refusing(options, inner):
    """Closes the first connections, then passes the rest on to the server behind."""
    left = options["refuse_first"]

    async def handle(reader, writer):
        nonlocal left
        if left > 0:
            left -= 1
            writer.write(options["text"].encode())
            await writer.drain()
            writer.close()
            return
        other_reader, other_writer = await asyncio.open_connection(options["host"], inner)
        await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer))

    async def copy(reader, writer):
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    return await asyncio.start_server(handle, options["host"], 0, backlog=1024)


def port_of(server):
    return server.sockets[0].getsockname()[1]


async def main():
    options = DEFAULTS | json.loads(sys.argv[1])
    if options["raw"]:
        server = await listen_raw(options)
    else:
        server = await listen_ssh(options, 0)
        if options["refuse_first"]:
            server = await listen_refusing(options, port_of(server))
    print("PORT", port_of(server), flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
