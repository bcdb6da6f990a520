//go:build linux

package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw"
)

// folderProfile is a Thunderbird with an account of the gateway: host, ports of IMAP and
// submission, and of Marionette. It is asked for no password before the test puts it in.
const folderProfile = `mail.accountmanager.accounts="account1,account2" mail.accountmanager.defaultaccount="account1" mail.accountmanager.localfoldersserver="server2"
mail.account.account1.server="server1" mail.account.account1.identities="id1" mail.account.account2.server="server2" mail.account.lastKey=2
mail.server.server2.type="none" mail.server.server2.userName="nobody" mail.server.server2.hostname="Local Folders" mail.server.server2.directory-rel="[ProfD]Mail/Local Folders"
mail.server.server1.type="imap" mail.server.server1.hostname="%s" mail.server.server1.port=%s mail.server.server1.userName="anna@example.com" mail.server.server1.name="Support"
mail.server.server1.socketType=0 mail.server.server1.authMethod=3 mail.server.server1.login_at_startup=false mail.server.server1.check_time=1 mail.server.server1.max_cached_connections=10
mail.server.server1.directory-rel="[ProfD]ImapMail/desk" mail.check_all_imap_folders_for_new=true
mail.identity.id1.fullName="Anna Keller" mail.identity.id1.useremail="anna@example.com" mail.identity.id1.valid=true mail.identity.id1.smtpServer="smtp1" mail.identity.id1.compose_html=false
mail.smtpservers="smtp1" mail.smtp.defaultserver="smtp1" mail.smtpserver.smtp1.hostname="%[1]s" mail.smtpserver.smtp1.port=%[3]s
mail.smtpserver.smtp1.username="anna@example.com" mail.smtpserver.smtp1.authMethod=3 mail.smtpserver.smtp1.try_ssl=0
mailnews.default_view_flags=1 mail.pane_config.dynamic=0 mail.threadpane.listview=1
mail.provider.suppress_dialog_on_startup=true mail.spotlight.firstRunDone=true mail.winsearch.firstRunDone=true mail.rights.version=1 mail.shell.checkDefaultClient=false
mailnews.start_page.enabled=false mailnews.start_page_override.mstone="ignore" app.donation.eoy.version.viewed=999 mail.inappnotifications.enabled=false
mail.compose.attachment_reminder=false mail.warn_on_send_accel_key=false datareporting.policy.dataSubmissionEnabled=false datareporting.policy.dataSubmissionPolicyBypassNotification=true
toolkit.telemetry.enabled=false app.update.auto=false extensions.update.enabled=false extensions.getAddons.cache.enabled=false services.settings.server="data:,"
network.captive-portal-service.enabled=false network.connectivity-service.enabled=false network.manage-offline-status=false offline.autoDetect=false
browser.safebrowsing.update.enabled=false network.dns.disableIPv6=true marionette.port=%[4]d`

// thunderbird starts one on a profile of these preferences, and drives it.
func (m *mailDesk) thunderbird(format string, more ...any) (drive *marionette, display string) {
	m.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.file("profile/user.js", userJS(fmt.Sprintf(format, append(more, m.imap.host(), m.imap.port(), m.submission.port(), port)...)))
	display = m.display("1280x860")
	m.run([]string{display}, "openbox")
	m.run([]string{display, "MOZ_ENABLE_WAYLAND=0", "XDG_RUNTIME_DIR=" + m.home}, "thunderbird", "--marionette", "--remote-allow-system-access", "--profile", filepath.Join(m.home, "profile"), "--no-remote")
	return newMarionette(m.t, port), display
}

// inFolders is what each step of the test in Thunderbird begins with.
const inFolders = `
	const tab = await until("the window", () => window.document.getElementById("tabmail")?.currentAbout3Pane);
	const srv = MailServices.accounts.findServer("anna@example.com", args[0], "imap");
	const folder = name => until("the folder " + name, () => srv.rootFolder.descendants.find(f => f.name == name));
	const sleep = ms => new Promise(r => setTimeout(r, ms));
	const show = async name => { const f = await folder(name); await until(name + " to be shown", () => { try { tab.displayFolder(f.URI); } catch (e) { return false; } return tab.gDBView?.msgFolder?.URI == f.URI; }); tab.gDBView.doCommand(Ci.nsMsgViewCommandType.expandAll); return f; };
	const subjects = () => { const all = []; for (let i = 0; i < tab.gDBView.rowCount; i++) all.push(tab.gDBView.getMsgHdrAt(i).mime2DecodedSubject); return all; };
	const select = words => until("a mail with " + words, () => { tab.gDBView.doCommand(Ci.nsMsgViewCommandType.expandAll); const i = subjects().findIndex(s => s.includes(words)); if (i < 0) return false; tab.threadTree.selectedIndex = i; return true; });
	const message = words => until("the text " + words, () => { const b = tab.messageBrowser?.contentWindow?.getMessagePaneBrowser(); return b?.contentDocument?.body?.textContent.includes(words) && b; });
	const read = async (words, text) => { // what is selected can leave, when the folder is looked at anew
		for (let i = 0; i < 20; i++) {
			await select(words);
			for (let j = 0; j < 20; j++) {
				if (tab.messageBrowser?.contentWindow?.getMessagePaneBrowser()?.contentDocument?.body?.textContent.includes(text)) return;
				await sleep(100);
			}
			tab.threadTree.selectedIndex = -1;
		}
		throw new Error("waited in vain for the text " + text + " of a mail with " + words);
	};
	const comesBack = async (words, name, other) => { // on a busy machine it has fetched what came back, and shows it when the folder is shown anew
		for (let i = 0; i < 6; i++) {
			for (let j = 0; j < 50; j++) {
				if (subjects().some(s => s.includes(words))) return;
				await sleep(100);
			}
			await show(other); await show(name);
		}
		throw new Error("waited in vain for " + words + " to come back");
	};
	const painted = async () => { for (let i = 0; i < 30; i++) await new Promise(r => window.requestAnimationFrame(r)); };
`

// TestClientThunderbird: folders, threads and what they show; news by IDLE; a move that takes
// the ticket, its undoing, and one that is refused with a sentence; an answer.
func TestClientThunderbird(t *testing.T) {
	needClients(t, "thunderbird", "Xvfb", "openbox")
	t.Parallel()
	d := newDaemon(t)
	at, _, _ := strings.Cut(d.smtp, ":") // with ports that are told, for a program to find
	m := matterDesk(t, d, fmt.Sprintf("imap.listen=[%q]", at+":2143"), fmt.Sprintf("submission.listen=[%q]", at+":2587"))
	drive, display := m.thunderbird(folderProfile)
	host := m.imap.host()
	drive.do(`for (const h of ["imap://" + args[0], "smtp://" + args[0]]) {
		const li = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
		li.init(h, null, h, "anna@example.com", "demo", "", ""); await Services.logins.addLoginAsync(li); }
		const srv = MailServices.accounts.findServer("anna@example.com", args[0], "imap");
		srv.getNewMessages(srv.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox), null, null);`, host)

	listed := drive.do(inFolders+`
		await folder("Unassigned"); await folder("Trash");
		for (const name of ["Mine", "Unassigned", "Waiting", "Solved"]) (await folder(name)).updateFolder(null);
		const un = await folder("Unassigned");
		await until("mails in Unassigned", () => un.getTotalMessages(false) >= 6);
		const special = srv.rootFolder.descendants.filter(f => f.flags & (Ci.nsMsgFolderFlags.SentMail | Ci.nsMsgFolderFlags.Drafts | Ci.nsMsgFolderFlags.Trash)).map(f => f.name);
		return JSON.stringify({Names: srv.rootFolder.descendants.map(f => f.name), Special: special});`, host)
	var folders struct{ Names, Special []string }
	if err := json.Unmarshal([]byte(listed), &folders); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Mine", "Unassigned", "Waiting", "Solved", "Drafts", "Sent", "Trash"} {
		if !strings.Contains(listed, `"`+want+`"`) {
			t.Errorf("no folder %s in %q", want, folders.Names)
		}
	}
	for _, unwanted := range []string{"Overdue", "Desk", "Agent", "Archive"} {
		if strings.Contains(listed, `"`+unwanted+`"`) {
			t.Errorf("the folder %s is shown without being subscribed to: %q", unwanted, folders.Names)
		}
	}
	if len(folders.Special) != 3 {
		t.Errorf("taken for Sent, Drafts and Trash: %q", folders.Special)
	}

	thread := drive.do(inFolders+`
		await show("Unassigned");
		await select("export stops"); await message("page 9");
		const hdr = tab.gDBView.hdrForFirstSelectedMessage, thread = tab.gDBView.getThreadContainingMsgHdr(hdr), all = [];
		for (let i = 0; i < thread.numChildren; i++) all.push(thread.getChildHdrAt(i).mime2DecodedSubject);
		await painted();
		return JSON.stringify(all);`, host)
	var inThread []string
	if err := json.Unmarshal([]byte(thread), &inThread); err != nil {
		t.Fatal(err)
	}
	if len(inThread) < 3 {
		t.Errorf("the thread of ticket 1 has %q", inThread)
	}
	for _, subject := range inThread {
		if !strings.Contains(subject, "export stops") {
			t.Errorf("%q is in the thread of ticket 1: %q", subject, inThread)
		}
	}
	m.picture(display, "thunderbird-unassigned")

	m.news()
	drive.do(inFolders+`await until("the new mail", () => subjects().some(s => s.includes("parcel")));`, host)

	drive.do(inFolders+`
		await select("export stops");
		tab.commandController.doCommand("cmd_moveMessage", await folder("Mine"));
		await until("the ticket to leave", () => !subjects().some(s => s.includes("export stops")));`, host)
	m.wantOf(1, "anna@example.com")
	m.wantOnlyTaken(1)
	drive.do(inFolders+`
		await until("the move to be one that can be undone", () => window.messenger.canUndo());
		window.goDoCommand("cmd_undo");`, host) // Ctrl+Z
	m.wantOf(1, "")
	drive.do(inFolders+`await comesBack("export stops", "Unassigned", "Mine");`, host)
	drive.do(inFolders+`
		await select("export stops");
		tab.commandController.doCommand("cmd_moveMessage", await folder("Mine"));
		await until("the ticket to leave", () => !subjects().some(s => s.includes("export stops")));`, host)
	m.wantOf(1, "anna@example.com")

	drive.do(inFolders+`await show("Mine"); await read("export stops", "page"); await painted();`, host)
	m.picture(display, "thunderbird-mine")
	m.answerInThunderbird(drive, host)

	m.refusedInThunderbird(drive, host)

	drive.do(inFolders+`
		await show("Unassigned"); await select("Invoice 4711");
		tab.commandController.doCommand("cmd_delete");
		await until("the mail to leave", () => subjects().filter(s => s.includes("Invoice 4711")).length < 2);`, host)
	if s := m.state(3); or(s.Assignee) != "" || s.Status != "new" && s.Status != "open" {
		t.Errorf("after Del in Thunderbird ticket 3 is of %q and %s", or(s.Assignee), s.Status)
	}
	if all := m.folderOf("ben@example.com", "Unassigned"); !hasSubject(all, "Invoice 4711") {
		t.Errorf("Anna's Del hid it from Ben: %v", all)
	}
	m.syncTwiceInThunderbird(drive, host)
	m.autoconfigInThunderbird(drive, host)
}

// syncTwiceInThunderbird has it keep all mails, and then look again.
func (m *mailDesk) syncTwiceInThunderbird(drive *marionette, host string) {
	m.t.Helper()
	drive.do(inFolders+`
		for (const name of ["Unassigned", "Mine"]) {
			const f = await folder(name);
			f.downloadAllForOffline(null, null);
			await until("all of " + name, () => [...f.messages].every(h => h.flags & Ci.nsMsgMessageFlags.Offline));
		}`, host)
	for before := -1; before != m.imap.bodies(); time.Sleep(time.Second) { // what was begun before may still be fetched
		before = m.imap.bodies()
	}
	m.imap.forget()
	drive.do(inFolders+`
		await show("Mine"); await show("Unassigned"); await select("Scale shows"); await message("shows nothing");
		for (const name of ["Unassigned", "Mine"]) (await folder(name)).updateFolder(null);
		srv.getNewMessages(srv.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox), null, null);`, host)
	waitFor(m.t, "Thunderbird to have looked again", func() bool { return m.imap.told("OK") > 0 })
	if n := m.imap.bodies(); n != 0 {
		m.t.Errorf("what Thunderbird keeps it fetched again: %d mails", n)
	}
}

// autoconfigInThunderbird has it read, with its own code, how an account is set up.
func (m *mailDesk) autoconfigInThunderbird(drive *marionette, host string) {
	m.t.Helper()
	read := drive.do(`
		const { JXON } = ChromeUtils.importESModule("resource:///modules/JXON.sys.mjs");
		const { readFromXML } = ChromeUtils.importESModule("resource:///modules/accountcreation/readFromXML.sys.mjs");
		const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
		const got = await fetch(args[0]);
		const text = await got.text();
		const xml = JXON.build(new DOMParser().parseFromString(text, "text/xml"));
		if (!xml.clientConfig?.emailProvider) return got.status + " " + text;
		const c = readFromXML(xml, "gateway");
		AccountConfig.replaceVariables(c, "Anna Keller", "anna@example.com", "demo");
		const said = s => [s.type, s.hostname, s.port, s.username, s.socketType, s.auth].join(" ");
		return [got.headers.get("content-type"), said(c.incoming), said(c.outgoing)].join("\n");`,
		"http://"+m.daemon.http+"/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=anna%40example.com")
	out, errs, status := m.daemon.command("agent", "setup", "anna", "--json")
	var card mailgw.SetupView
	if err := json.Unmarshal([]byte(out), &card); status != 0 || err != nil {
		m.t.Fatalf("agent setup: %d %s%s %v", status, out, errs, err)
	}
	// nsMsgSocketType, and nsMsgAuthMethod, of which 3 is a password as it stands.
	security := map[string]int{"none": 0, "STARTTLS": 2, "SSL/TLS": 3}
	want := fmt.Sprintf("application/xml; charset=utf-8\nimap %s %d anna@example.com %d 3\nsmtp %s %d anna@example.com %d 3",
		card.IMAP.Host, card.IMAP.Port, security[card.IMAP.Security], card.Submission.Host, card.Submission.Port, security[card.Submission.Security])
	if read != want {
		m.t.Errorf("Thunderbird reads\n%s\nand the card says\n%s", read, want)
	}
}

func hasSubject(all []listed, words string) bool {
	for _, l := range all {
		if strings.Contains(l.subject, words) {
			return true
		}
	}
	return false
}

// answerInThunderbird answers ticket 1 with the window for writing.
func (m *mailDesk) answerInThunderbird(drive *marionette, host string) {
	m.t.Helper()
	to := drive.do(inFolders+`
		await show("Mine"); await read("export stops", "page");
		tab.messageBrowser.contentWindow.commandController.doCommand("cmd_reply");`+writing+`
		await until("the quotation", () => w.GetCurrentEditor().document.body.textContent.includes("page"));
		w.GetCurrentEditor().beginningOfDocument();
		w.GetCurrentEditor().insertText("Please clear the cache, then start the export again.\n\n");
		const to = [...w.document.querySelectorAll('mail-address-pill')].map(p => p.fullAddress).join();
		`+sending, host)
	if !strings.HasPrefix(to, "support+") {
		m.t.Errorf("the answer goes to %q", to)
	}
	m.wantAnswerOnce("berta@acme.example", "Please clear the cache, then start the export again.")
	waitFor(m.t, "the answer in Sent, once", func() bool { return len(m.folder("Sent")) == 1 })
}

// refusedInThunderbird moves a mail where none can go, and reads what Thunderbird then says.
func (m *mailDesk) refusedInThunderbird(drive *marionette, host string) {
	m.t.Helper()
	drive.do(inFolders+`
		await show("Unassigned"); await select("Scale shows");
		const target = await folder("Drafts");
		setTimeout(() => tab.commandController.doCommand("cmd_moveMessage", target), 0);`, host)
	said := drive.alert()
	drive.call("WebDriver:DismissAlert", map[string]any{})
	if !strings.Contains(said, "Drafts") {
		m.t.Errorf("Thunderbird says of a move that is refused: %q", said)
	}
	drive.do(inFolders+`await until("the mail to be back", () => subjects().some(s => s.includes("Scale shows")));`, host)
	m.wantOf(2, "")
}
