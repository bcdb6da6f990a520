"""Reads, hears news, takes a ticket and answers it with nothing but Python's own library,
then says what a careless client may say. Arguments: host, IMAP port, submission port.

Prints "new please" when it waits for news; ends with "done".
"""
import email
import email.policy
import imaplib
import re
import smtplib
import socket
import sys
from email.message import EmailMessage

host, imap_port, smtp_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
imaplib.Commands["MOVE"] = ("SELECTED",)
imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


def check(ok, *what):
    if not ok:
        sys.exit("not as it must be: " + " ".join(repr(w) for w in what))


def must(answer, *what):
    check(answer[0] == "OK", answer, *what)
    return answer[1]


# Reading: a second sync asks for flags alone.
m = imaplib.IMAP4(host, imap_port)
must(m.login("anna@example.com", "demo"))
m.capabilities = tuple(must(m.capability())[-1].decode().upper().split())
check("ID" not in m.capabilities, m.capabilities)
for c in ("IDLE", "MOVE", "UIDPLUS", "SPECIAL-USE", "ESEARCH", "LIST-STATUS", "NAMESPACE", "CHILDREN", "LITERAL+", "IMAP4REV2"):
    check(c in m.capabilities, c, m.capabilities)
folders = b"\n".join(must(m.list())).decode()
for f in ("INBOX", "Mine", "Unassigned", "Waiting", "Solved", "Drafts", "Sent", "Trash", "Overdue"):
    check(re.search(r'"?%s"?$' % f, folders, re.M), f, folders)
subscribed = b"\n".join(must(m.lsub())).decode()
check("Mine" in subscribed and "Overdue" not in subscribed, subscribed)
check(m.create("Elsewhere")[0] == "NO", "CREATE")

must(m.select("Unassigned"))
validity = m.response("UIDVALIDITY")[1]
data = must(m.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE BODY.PEEK[])"))
mails = {}
for item in data:
    if isinstance(item, tuple):
        uid = int(re.search(rb"UID (\d+)", item[0]).group(1))
        size = int(re.search(rb"RFC822.SIZE (\d+)", item[0]).group(1))
        check(size == len(item[1]), "RFC822.SIZE", uid, size, len(item[1]))
        mails[uid] = item[1]
subjects = [email.message_from_bytes(b, policy=email.policy.default)["Subject"] for b in mails.values()]
for s in ("The export stops at page 9", "Scale shows nothing", "Invoice 4711 twice", "A new printer"):
    check(s in subjects, s, subjects)
must(m.select("Unassigned", readonly=True))
check(m.response("UIDVALIDITY")[1] == validity, "UIDVALIDITY")
again = {int(re.search(rb"UID (\d+)", item[0]).group(1)): item[1] for item in must(m.uid("FETCH", "1:*", "(UID BODY.PEEK[])")) if isinstance(item, tuple)}
check(again == mails, "a UID shows something else")
check(m.store("1", "+FLAGS", r"(\Deleted)")[0] == "NO", "STORE in a folder that was opened to be read alone")

# Searching: in headers and text.
must(m.select("Unassigned"))
for what, want in ((("SUBJECT", '"Invoice"'), 1), (("TEXT", '"invoice 4711"'), 1), (("BODY", '"hall 3"'), 1), (("FROM", '"weber.example"'), 1), (("SUBJECT", '"nothing like it"'), 0)):
    found = must(m.uid("SEARCH", None, *what))[0].split()
    check(len(found) >= want if want else not found, what, found)


def raw():
    s = socket.create_connection((host, imap_port), 30)
    f = s.makefile("rwb")
    check(f.readline().startswith(b"* OK"), "greeting")
    return s, f


def say(f, line, tag=b"x"):
    """Says a line and returns what is said up to the answer, or until the connection ends."""
    f.write(line + b"\r\n")
    f.flush()
    said = []
    while True:
        l = f.readline()
        said.append(l)
        if not l or l.startswith(tag + b" "):
            return said


# News: IDLE by hand, told within a second or so.
idle, f = raw()
check(say(f, b'x LOGIN anna@example.com demo')[-1].startswith(b"x OK"))
check(say(f, b"x SELECT INBOX")[-1].startswith(b"x OK"))
f.write(b"x IDLE\r\n")
f.flush()
check(f.readline().startswith(b"+"), "IDLE")
print("new please", flush=True)
while True:
    l = f.readline()
    check(l, "the connection ended in IDLE")
    if l.endswith(b"EXISTS\r\n"):
        break
check(say(f, b"DONE")[-1].startswith(b"x OK"))
idle.close()

# The move takes the ticket; it is told where the mail went.
export = next(u for u, b in mails.items() if b"The export stops" in b and b"<mail-1@acme.example>" in b and b"In-Reply-To" not in b)
must(m.uid("MOVE", str(export), "Mine"))
copyuid = m.response("COPYUID")[1]
check(copyuid[0] and copyuid[0].split()[1] == str(export).encode(), "COPYUID", copyuid)
must(m.noop())
check(str(export).encode() not in must(m.uid("SEARCH", None, "ALL"))[0].split(), "the mail stands where it stood")
must(m.select("Mine"))
got = must(m.uid("FETCH", copyuid[0].split()[2].decode(), "(BODY.PEEK[])"))
moved = got[0][1]
check(b"<mail-1@acme.example>" in moved, moved)

# The answer.
asked = email.message_from_bytes(moved, policy=email.policy.default)
reply = EmailMessage()
reply["From"], reply["To"], reply["Subject"] = "Anna Keller <anna@example.com>", asked["Reply-To"], "Re: " + asked["Subject"]
reply["Message-ID"], reply["In-Reply-To"], reply["References"] = "<answer-1@laptop.example.com>", asked["Message-ID"], asked["Message-ID"]
reply.set_content("Please clear the cache, then start the export again.\n")
s = smtplib.SMTP(host, smtp_port)
s.login("anna@example.com", "demo")
s.send_message(reply)
s.quit()
copy = m.append("Sent", r"(\Seen)", None, bytes(reply))
check(copy[0] == "OK" and b"APPENDUID" in copy[1][0], copy)
must(m.select("Sent"))
check(len(must(m.uid("SEARCH", None, "ALL"))[0].split()) == 1, "Sent has it once")

# What a careless client says: the connection lives, or ends with a word; nothing is run that was not meant.
for line, want in (
    (b"x", b"x BAD"), (b"x FETCH", b"x BAD"), (b"x XYZZY", b"x BAD"), (b"x SELECT", b"x BAD"),
    (b"x FETCH 1", b"x BAD"), (b"x FETCH 0 FLAGS", b"x BAD"), (b"x STORE 1 FLAGS", b"x BAD"),
    (b'x SELECT "unclosed', b"x BAD"), (b"x UID SEARCH XYZZY", b"x BAD"), (b"x SELECT Nowhere", b"x NO"),
    (b'x SELECT "&bad-"', b"x "), (b"x UID FETCH 99999999:4294967295 FLAGS", b"x OK"), (b"x LIST \"\" \"\"", b"x OK"),
):
    c, f = raw()
    check(say(f, b"x LOGIN anna@example.com demo")[-1].startswith(b"x OK"))
    check(say(f, b"x SELECT INBOX")[-1].startswith(b"x OK"))
    last = say(f, line)[-1]
    check(last.startswith(want), line, last)
    check(say(f, b"x NOOP")[-1].startswith(b"x OK"), line, "the connection has ended")
    c.close()

c, f = raw()
check(say(f, b'x ID ("name" "test")')[-1][:2] == b"x ", "ID before the login")
check(say(f, b"x LOGIN anna@example.com demo")[-1].startswith(b"x OK"), "a login after ID")
# A literal that is refused is not read as commands.
f.write(b"x APPEND Drafts {99999999999+}\r\ny CREATE Evil\r\nz SUBSCRIBE Overdue\r\n")
f.flush()
rest = f.read()
check(b"y OK" not in rest and b"z OK" not in rest and b"y NO" not in rest and b"y BAD" not in rest, rest)
c.close()
c, f = raw()
f.write(b"x AUTHENTICATE PLAIN\r\n")
f.flush()
check(f.readline() == b"+ \r\n", "AUTHENTICATE PLAIN")
c.close()
for wrong in range(2):
    c, f = raw()
    check(say(f, b"x LOGIN anna@example.com wrong")[-1].startswith(b"x NO"))
    c.close()
check("Overdue" not in b"\n".join(must(m.lsub())).decode(), "a literal was run")
m.logout()
print("done")
