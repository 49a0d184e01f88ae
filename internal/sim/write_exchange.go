package sim

import "strconv"

func (w *writer) exchange() {
	switch throw := w.dice.below(100); {
	case throw < 48:
		w.mailItemsAccessed()
	case throw < 66:
		w.mailItem("Send", 2)
	case throw < 76:
		w.mailItem("Create", 2)
	case throw < 86:
		w.mailItem(w.word("MoveToDeletedItems", "SoftDelete", "HardDelete", "Move"), 3)
	case throw < 90:
		w.mailItem(w.word("SendOnBehalf", "SendAs", "Update"), 2)
	case throw < 98:
		w.cmdlet(w.word("Set-Mailbox", "Set-User", "Set-MailboxPlan", "Set-CASMailbox", "Set-OwaMailboxPolicy"), w.who.UPN,
			"Identity", w.who.UPN, "AuditEnabled", "True", "MaxSendSize", "35 MB (36,700,160 bytes)", "RetainDeletedItemsFor", "14.00:00:00",
			"LitigationHoldEnabled", "False", "AuditLogAgeLimit", "90.00:00:00", "SingleItemRecoveryEnabled", "True")
	default:
		w.inboxRule("Newsletters", "MoveToFolder", "Reading", "From", "news@example.org")
	}
}

func (w *writer) mailbox(operation string, recordType int) {
	from := w.address()
	w.open(operation, "Exchange", recordType, "Succeeded")
	w.pair("ClientIP", from)
	w.pair("UserId", w.who.UPN)
	w.pair("AppId", signInApps[w.dice.below(len(signInApps))][0])
	w.pair("ClientIPAddress", from)
	w.pair("ClientInfoString", w.word("Client=OWA;Action=ViaProxy", "Client=MSExchangeRPC", "Client=REST;Client=RESTSystem;;", "Client=OutlookService;Outlook-iOS/2.0;"))
	w.text(`,"ExternalAccess":false,"InternalLogonType":0,"LogonType":0`)
	w.pair("LogonUserSid", w.who.SID)
	w.pair("MailboxGuid", w.who.Mailbox)
	w.pair("MailboxOwnerSid", w.who.SID)
	w.pair("MailboxOwnerUPN", w.who.UPN)
	w.pair("OrganizationName", w.g.domain)
	w.pair("OriginatingServer", w.word("AM0PR04MB5056", "VI1PR04MB3206", "DB6PR04MB7041")+` (15.20.4200.000)\r\n`)
	w.pair("SessionId", w.session())
}

func (w *writer) messageID() {
	w.text(`"InternetMessageId":"<`)
	w.b = appendGUID(w.b, w.dice.next(), w.dice.next())
	w.text(`@`, w.word("AM0PR04MB5056.eurprd04.prod.outlook.com", "mail.example.net", "mx.example.org"), `>"`)
}

// folder writes a folder of a mailbox, whose id is the same each time.
func (w *writer) folder(tail, path string) {
	w.text(`"Id":"`)
	w.entryID(dice{state: hashText(w.g.cfg.Seed, "folder", w.who.UPN, path)}, tail)
	w.text(`","Path":"\\`, path, `"`)
}

// entryID writes what looks like an id of Exchange's: 96 letters of base64.
func (w *writer) entryID(d dice, tail string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	w.text("LgAAAAD")
	for range 6 {
		x := d.next()
		for range 10 {
			w.b = append(w.b, alphabet[x&63])
			x >>= 6
		}
	}
	w.text("AQAAAA", tail, "AAAB")
}

func (w *writer) mailItemsAccessed() {
	w.mailbox("MailItemsAccessed", 50)
	bind := w.dice.chance(80)
	kind := "Sync"
	if bind {
		kind = "Bind"
	}
	w.bag("OperationProperties", "MailAccessType", kind, "IsThrottled", "False")
	w.text(`,"Folders":[`)
	items := 0
	for f := range 1 + w.dice.below(2) {
		if f > 0 {
			w.b = append(w.b, ',')
		}
		w.text(`{"FolderItems":[`)
		for n := range 1 + w.dice.below(7) {
			if n > 0 {
				w.b = append(w.b, ',')
			}
			w.b = append(w.b, '{')
			w.messageID()
			w.number("SizeInBytes", 2000+w.dice.below(200000))
			w.b = append(w.b, '}')
			items++
		}
		w.text(`],`)
		w.folder("EM", w.word("Inbox", "Inbox", "Sent Items", "Archive", "Projects"))
		w.b = append(w.b, '}')
	}
	w.b = append(w.b, ']')
	w.number("OperationCount", items)
	w.close()
}

func (w *writer) mailItem(operation string, recordType int) {
	w.mailbox(operation, recordType)
	subject := w.word("Re: ", "", "Fwd: ", "") + w.word("Quarterly figures", "Offer", "Lunch on Thursday", "Minutes", "Contract draft", "Invoice", "Travel plans") + " " + strconv.Itoa(1000+w.dice.below(9000))
	item := func() {
		w.text(`{"Id":"`)
		w.entryID(dice{state: w.dice.next()}, "EP")
		w.text(`",`)
		w.messageID()
		w.text(`,"ParentFolder":{`)
		w.folder("EM", w.word("Drafts", "Inbox", "Inbox", "Sent Items"))
		w.text(`},"Subject":"`, subject, `"`)
		w.number("SizeInBytes", 2000+w.dice.below(500000))
		if w.dice.chance(25) {
			w.pair("Attachments", w.word("Figures.xlsx (48120b)", "Offer.pdf (181044b); Terms.docx (20331b)", "Photo.jpg (901122b)"))
		}
		w.b = append(w.b, '}')
	}
	if recordType == 3 {
		w.text(`,"AffectedItems":[`)
		for n := range 1 + w.dice.below(3) {
			if n > 0 {
				w.b = append(w.b, ',')
			}
			item()
		}
		w.text(`],"CrossMailboxOperation":false,"Folder":{`)
		w.folder("EM", "Inbox")
		w.b = append(w.b, '}')
	} else {
		w.text(`,"Item":`)
		item()
	}
	w.close()
}

// cmdlet writes an administrator's action (record type 1).
func (w *writer) cmdlet(operation, object string, parameters ...string) {
	from := w.address()
	w.open(operation, "Exchange", 1, "True")
	// Cmdlet records carry a port behind the address; IPv6 then in brackets.
	if port := strconv.Itoa(1024 + w.dice.below(60000)); from == w.who.mobile {
		w.pair("ClientIP", "["+from+"]:"+port)
	} else {
		w.pair("ClientIP", from+":"+port)
	}
	w.pair("ObjectId", object)
	w.pair("UserId", w.who.UPN)
	w.pair("AppId", "fb78d390-0c51-40cd-8e17-fdbfab77341b")
	w.pair("AppAccessContext", "")
	w.text(`,"ExternalAccess":false`)
	w.pair("OrganizationName", w.g.domain)
	w.pair("OriginatingServer", "AM0PR04MB5056 (15.20.4200.000)")
	w.bag("Parameters", parameters...)
	w.pair("SessionId", w.session())
	w.guid("RequestId")
	w.close()
}

func (w *writer) inboxRule(name string, parameters ...string) {
	w.cmdlet("New-InboxRule", w.who.UPN+`\\`+name, append([]string{"AlwaysDeleteOutlookRulesBlob", "False", "Force", "False", "Name", name, "StopProcessingRules", "True"}, parameters...)...)
}
