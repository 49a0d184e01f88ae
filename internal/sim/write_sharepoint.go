package sim

import "strconv"

func (w *writer) sharePoint() {
	throw := w.dice.below(100)
	switch {
	case throw < 34:
		w.file(w.word("FileAccessed", "FileAccessed", "FilePreviewed", "FileAccessedExtended"), 6)
	case throw < 58:
		w.file(w.word("FileModified", "FileModifiedExtended", "FileUploaded", "FileCheckedOut", "FileRenamed", "FileMoved", "FileRecycled"), 6)
	case throw < 72:
		w.file(w.word("FileDownloaded", "FileSyncDownloadedFull", "FileSyncUploadedFull"), 6)
	case throw < 84:
		w.file(w.word("PageViewed", "PageViewedExtended", "ListViewed", "ClientViewSignaled"), 4)
	case throw < 91:
		w.file(w.word("SharingSet", "AnonymousLinkCreated", "CompanyLinkCreated", "SecureLinkCreated", "SharingInheritanceBroken", "AddedToGroup"), 14)
	default:
		w.file(w.word("ListItemViewed", "ListItemUpdated", "ListColumnCreated", "FolderCreated", "SearchQueryPerformed"), 36)
	}
}

// file writes a record of SharePoint or OneDrive.
func (w *writer) file(operation string, recordType int) {
	from := w.address()
	name := w.word("Offer", "Budget", "Plan", "Minutes", "Report", "Contract", "Payroll", "Roadmap") + " " + strconv.Itoa(1+w.dice.below(400))
	extension := w.word("docx", "xlsx", "pptx", "pdf", "one", "png")
	workload, site, folder := "OneDrive", w.who.Site, "Documents"
	if w.dice.chance(55) {
		workload, site, folder = "SharePoint", "https://"+w.g.cfg.Name+".sharepoint.com/sites/"+w.who.Team, "Shared Documents/General"
	}
	w.open(operation, workload, recordType, "")
	w.pair("ClientIP", from)
	w.pair("ObjectId", site+"/"+folder+"/"+name+"."+extension)
	w.pair("UserId", w.who.UPN)
	app := signInApps[w.dice.below(len(signInApps))][0]
	w.pair("ApplicationId", app)
	w.text(`,"AuthenticationType":"OAuth","BrowserName":"`, browsers[w.who.agent], `","BrowserVersion":"142.0.0.0"`)
	correlation := w.newGUID()
	w.pair("CorrelationId", correlation)
	w.pair("DeviceDisplayName", w.who.device)
	w.pair("EventSource", "SharePoint")
	w.text(`,"GeoLocation":"EUR","IsManagedDevice":`, w.word("true", "false"))
	w.pair("ItemType", "File")
	w.pair("ListId", w.idOf("list", site, folder))
	w.pair("ListItemUniqueId", w.idOf("item", site, folder, name, extension))
	w.pair("Platform", w.word("WinDesktop", "Web", "iOS", "MacOS"))
	w.pair("Site", w.idOf("site", site))
	w.pair("UserAgent", agents[w.who.agent])
	w.pair("WebId", w.idOf("web", site))
	w.number("FileSizeBytes", 1000+w.dice.below(5_000_000))
	w.text(`,"HighPriorityMediaProcessing":false,"ImplicitShare":"No","ListBaseType":1,"ListServerTemplate":101`)
	if recordType == 14 {
		w.guid("UniqueSharingId")
		target := &w.g.people.people[w.dice.below(len(w.g.people.people))]
		w.pair("TargetUserOrGroupName", target.UPN)
		w.pair("TargetUserOrGroupType", w.word("Member", "Guest", "SecurityGroup"))
		w.text(`,"EventData":"<Permission granted>`, w.word("Contribute", "Read", "Edit"), `</Permission granted>"`)
	}
	w.pair("SiteUrl", site+"/")
	w.pair("SourceFileExtension", extension)
	w.pair("SourceFileName", name+"."+extension)
	w.pair("SourceRelativeUrl", folder)
	w.text(`,"AppAccessContext":{"AADSessionId":"`, w.session(), `","CorrelationId":"`, correlation, `","ClientAppId":"`, app, `","UniqueTokenId":"`, w.token(), `"}`)
	w.close()
}
