"""A mail server for tests: aiosmtpd, with a mailbox whose messages are told as `email` reads them.

It prints its port, then a line of JSON for each message that it took. What it does with a mail is said by the address."""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        word = address.split("@")[0]
        if word == "later":
            return "451 4.3.0 come again, " + address
        if word == "never":
            return "550 5.1.1 nobody of the name " + address
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        word = envelope.rcpt_tos[0].split("@")[0]
        if word == "slow":
            await asyncio.sleep(20)
        if word == "gone":
            server.transport.close()
            return "250 too late"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data.decode() if session.auth_data else None,
            "tls": session.ssl is not None,
            "headers": [[name, str(value)] for name, value in message.items()],
            "sender": str(message["From"].addresses[0].display_name),
            "text": message.get_content(),
            "defects": [str(one) for one in message.defects],
            "ascii": all(byte < 128 for byte in envelope.content),
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
        }
        print(json.dumps(told), flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    fits = (data.login, data.password) == (b"city", "秘密の語".encode())
    return AuthResult(success=fits, handled=False, auth_data=data.login if fits else None)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(sys.argv[2], sys.argv[3])
    return made


def session():
    options = dict(authenticator=authenticate, auth_required=how != "open", auth_require_tls=how == "starttls")
    if how == "starttls":
        options.update(tls_context=context(), require_starttls=True)
    return SMTP(Mailbox(), hostname="localhost", **options)


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context() if how == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started it ends it by closing what it reads.
    await loop.run_in_executor(None, sys.stdin.read)


how = sys.argv[1]
asyncio.run(serve())
