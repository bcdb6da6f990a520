//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// profile is Anna's Thunderbird: as it comes, but for what would ask or look for something
// on the net. %s and %s are the host and port of her mail server, %d that of Marionette.
const profile = `mail.accountmanager.accounts="account1,account2" mail.accountmanager.defaultaccount="account1" mail.accountmanager.localfoldersserver="server2"
mail.account.account1.server="server1" mail.account.account1.identities="id1" mail.account.account2.server="server2" mail.account.lastKey=2
mail.server.server2.type="none" mail.server.server2.userName="nobody" mail.server.server2.hostname="Local Folders" mail.server.server2.directory-rel="[ProfD]Mail/Local Folders"
mail.server.server1.type="pop3" mail.server.server1.hostname="pop.example.com" mail.server.server1.userName="anna" mail.server.server1.name="Anna" mail.server.server1.directory-rel="[ProfD]Mail/anna"
mail.server.server1.login_at_startup=false mail.server.server1.check_new_mail=false mail.server.server1.storeContractID="@mozilla.org/msgstore/berkeleystore;1"
mail.identity.id1.fullName="Anna Keller" mail.identity.id1.useremail="anna@example.com" mail.identity.id1.valid=true mail.identity.id1.smtpServer="smtp1"
mail.identity.id1.htmlSigText="Anna Keller\nTel. +41 44 000 00 00" mail.identity.id1.fcc_folder="mailbox://anna@pop.example.com/Sent"
mail.smtpservers="smtp1" mail.smtp.defaultserver="smtp1" mail.smtpserver.smtp1.hostname="%s" mail.smtpserver.smtp1.port=%s mail.smtpserver.smtp1.authMethod=1 mail.smtpserver.smtp1.try_ssl=0
mail.provider.suppress_dialog_on_startup=true mail.spotlight.firstRunDone=true mail.winsearch.firstRunDone=true mail.rights.version=1 mail.shell.checkDefaultClient=false
mailnews.start_page.enabled=false mailnews.start_page_override.mstone="ignore" app.donation.eoy.version.viewed=999 mail.inappnotifications.enabled=false
mail.compose.attachment_reminder=false mail.warn_on_send_accel_key=false datareporting.policy.dataSubmissionEnabled=false datareporting.policy.dataSubmissionPolicyBypassNotification=true
toolkit.telemetry.enabled=false app.update.auto=false extensions.update.enabled=false extensions.getAddons.cache.enabled=false services.settings.server="data:,"
network.captive-portal-service.enabled=false network.connectivity-service.enabled=false network.manage-offline-status=false offline.autoDetect=false
browser.safebrowsing.update.enabled=false network.dns.disableIPv6=true marionette.port=%d`

// writeProfile writes a profile with the notice in its inbox, and returns Marionette's port.
func (a *agentDesk) writeProfile(dir string) int {
	a.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		a.t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		a.t.Fatal(err)
	}
	host, smtp, err := net.SplitHostPort(a.smtp)
	if err != nil {
		a.t.Fatal(err)
	}
	prefs := userJS(fmt.Sprintf(profile, host, smtp, port))
	inbox := append([]byte("From - Tue Nov 24 09:00:00 2026\nX-Mozilla-Status: 0000\n"), bytes.ReplaceAll(a.received(), []byte("\nFrom "), []byte("\n>From "))...)
	for name, text := range map[string][]byte{"user.js": []byte(prefs), "Mail/anna/Inbox": append(inbox, '\n'), "Mail/Local Folders/Trash": nil} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			a.t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return port
}

// userJS makes a user.js of preferences, key=value, with white space between them.
func userJS(rest string) string {
	var prefs strings.Builder
	for key := ""; rest != ""; {
		key, rest, _ = strings.Cut(strings.TrimLeft(rest, " \n"), "=")
		end := strings.IndexAny(rest+" ", " \n")
		if rest != "" && rest[0] == '"' {
			end = strings.IndexByte(rest[1:], '"') + 2
		}
		fmt.Fprintf(&prefs, "user_pref(%q, %s);\n", key, rest[:end])
		rest = rest[end:]
	}
	return prefs.String()
}

// writing waits for the window in which a mail is written.
const writing = `const w = await until("the window for writing", () => { const w = Services.wm.getMostRecentWindow("msgcompose"); return w && w.gMsgCompose && w.gMsgCompose.editor && w.ComposeFieldsReady && w.document.querySelector("mail-address-pill") && w; });`

// sending presses send, and waits until the window has gone.
const sending = `w.goDoCommand("cmd_sendNow"); await until("the mail to leave", () => !Services.wm.getMostRecentWindow("msgcompose")); return to;`

// TestThunderbird reads a notice in Thunderbird, clicks on one of its links, and answers it
// there with a click on Reply: the ticket is taken, and the customer gets the words alone.
func TestThunderbird(t *testing.T) {
	needClients(t, "thunderbird", "Xvfb", "openbox")
	a := newAgentDesk(t)
	dir := filepath.Join(a.home, "profile")
	port := a.writeProfile(dir)
	display := a.display("1280x860")
	a.run([]string{display}, "openbox")
	a.run([]string{display, "MOZ_ENABLE_WAYLAND=0", "XDG_RUNTIME_DIR=" + a.home}, "thunderbird", "--marionette", "--remote-allow-system-access", "--profile", dir, "--no-remote")
	m := newMarionette(t, port)
	shown := m.do(`
		const tab = await until("the window", () => window.document.getElementById("tabmail")?.currentAbout3Pane);
		const inbox = MailServices.accounts.findServer("anna", "pop.example.com", "pop3").rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
		await until("the folder", () => { try { tab.displayFolder(inbox.URI); } catch (e) { return false; } return tab.gDBView && tab.gDBView.rowCount == 1; });
		tab.threadTree.selectedIndex = 0;
		const message = await until("the message", () => { const b = tab.messageBrowser?.contentWindow?.getMessagePaneBrowser(); return b?.contentDocument?.body?.textContent.includes("page 9") && b; });
		return message.contentDocument.body.innerText;`)
	for _, want := range []string{"Acme Instruments AG", "Answer due by 12:00 today", "What can we do?"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in what Thunderbird shows:\n%s", want, shown)
		}
	}
	m.do(`for (let i = 0; i < 30; i++) await new Promise(r => window.requestAnimationFrame(r));`) // it is painted
	a.picture(display, "thunderbird")

	m.do(`
		const links = [...window.document.getElementById("tabmail").currentAbout3Pane.messageBrowser.contentWindow.getMessagePaneBrowser().contentDocument.querySelectorAll("a")];
		const link = links.find(l => decodeURIComponent(l.href).startsWith("mailto:" + args[0]));
		if (!link) throw new Error("no link " + args[0] + " among " + links.map(l => l.href).join());
		link.click();`+writing+`
		const to = [...w.document.querySelectorAll("mail-address-pill")].map(p => p.fullAddress).join();
		`+sending, a.step("Take it"))
	a.wantAssigned("anna@example.com")

	to := m.do(`
		window.document.getElementById("tabmail").currentAbout3Pane.messageBrowser.contentWindow.commandController.doCommand("cmd_reply");` + writing + `
		await until("the quotation", () => w.GetCurrentEditor().document.body.textContent.includes("page 9"));
		w.GetCurrentEditor().insertText("Please clear the cache, then start the export again.");
		const said = w.GetCurrentEditor().document.body.textContent;
		if (said.indexOf("clear the cache") < said.indexOf("page 9")) throw new Error("the words do not stand below the quotation: " + said);
		const to = [...w.document.querySelectorAll("mail-address-pill")].map(p => p.fullAddress).join();
		` + sending)
	if !strings.HasPrefix(to, "support+") {
		t.Errorf("the answer goes to %q", to)
	}
	a.wantAnswer("Please clear the cache, then start the export again.")
}
