package nightjar

import (
	"net/netip"
	"time"
)

// Installation stands for this installation of Nightjar wherever a tenant's id
// is asked for: audit entries and sealed values that belong to no tenant. No
// Microsoft tenant has the all-zero id.
const Installation TenantID = "00000000-0000-0000-0000-000000000000"

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson   ActorKind = "person"   // signed in to the console
	ActorToken    ActorKind = "token"    // an API token
	ActorOperator ActorKind = "operator" // the command line on the machine itself
	ActorSystem   ActorKind = "system"   // Nightjar of its own accord
	ActorUnknown  ActorKind = "unknown"  // nobody that Nightjar knows, such as a failed sign-in
)

// Actor is who did something.
type Actor struct {
	ID   string
	Name string
	Kind ActorKind
}

// AuditOutcome says how an audited action ended.
type AuditOutcome string

// The outcomes.
const (
	OutcomeSuccess AuditOutcome = "success"
	OutcomeFailure AuditOutcome = "failure" // it was tried and did not work
	OutcomeDenied  AuditOutcome = "denied"  // the actor may not do it
)

// AuditEntry is one line of Nightjar's own audit log: who did what. Secrets
// never enter it. Seq and Time are given by the log when it is appended; a
// zero Time means now and an empty Outcome means success.
type AuditEntry struct {
	Seq     int64
	Time    time.Time
	Actor   Actor
	Address netip.Addr // where the actor came from; invalid when there is none
	Action  AuditAction
	Tenant  TenantID // "" for what belongs to the whole installation
	Target  string   // the id or name of what it was done to
	Detail  map[string]string
	Outcome AuditOutcome
}

// AuditAction is what was done: a closed set, noun.verb.
type AuditAction string

// The actions. A new one is added here and nowhere else.
const (
	ActionSetupBegin        AuditAction = "setup.begin"     // a setup token was made
	ActionSetupComplete     AuditAction = "setup.complete"  // the first administrator exists
	ActionLogin             AuditAction = "session.login"   // both factors were right, or one was not
	ActionLogout            AuditAction = "session.end"     // one session or all of a person ended
	ActionStepUp            AuditAction = "session.step_up" // a code was asked for again
	ActionPersonInvite      AuditAction = "person.invite"   // an invitation was made
	ActionPersonJoin        AuditAction = "person.join"     // an invitation was taken up
	ActionPersonGrant       AuditAction = "person.grant"    // roles were changed
	ActionPersonDisable     AuditAction = "person.disable"
	ActionPersonEnable      AuditAction = "person.enable"
	ActionPersonRemove      AuditAction = "person.remove"
	ActionPersonReset       AuditAction = "person.reset"      // a link for new credentials was made
	ActionPersonCredential  AuditAction = "person.credential" // a password, second factor or recovery codes changed
	ActionPersonLink        AuditAction = "person.link"       // an account at a provider became a way to sign in
	ActionPersonUnlink      AuditAction = "person.unlink"     // and is none any more
	ActionTokenCreate       AuditAction = "token.create"      // of the API
	ActionTokenRevoke       AuditAction = "token.revoke"
	ActionTokenRefuse       AuditAction = "token.refuse"       // a known token came too late
	ActionConnectionConsent AuditAction = "connection.consent" // an attempt at admin consent began or ended
	ActionConnectionAdd     AuditAction = "connection.add"
	ActionConnectionEdit    AuditAction = "connection.edit"
	ActionConnectionPause   AuditAction = "connection.pause"
	ActionConnectionResume  AuditAction = "connection.resume"
	ActionConnectionSecret  AuditAction = "connection.secret"  // the credential was replaced
	ActionConnectionCheck   AuditAction = "connection.check"   // tested against Microsoft
	ActionConnectionCollect AuditAction = "connection.collect" // collection was asked for
	ActionConnectionRemove  AuditAction = "connection.remove"
	ActionEventExport       AuditAction = "event.export"
	ActionDashboardSave     AuditAction = "dashboard.save"
	ActionDashboardRemove   AuditAction = "dashboard.remove"
	ActionSearchSave        AuditAction = "search.save"
	ActionSearchRemove      AuditAction = "search.remove"
	ActionApprovalAsk       AuditAction = "approval.ask"      // somebody asked for what needs a second person
	ActionApprovalGrant     AuditAction = "approval.grant"    // the second person agreed
	ActionApprovalRefuse    AuditAction = "approval.refuse"   // the second person did not
	ActionApprovalWithdraw  AuditAction = "approval.withdraw" // who asked thought better of it
	ActionApprovalExpire    AuditAction = "approval.expire"   // nobody decided, or nobody did what was granted, within the hour
	ActionApprovalUse       AuditAction = "approval.use"      // what was granted was done
	ActionAlertAcknowledge  AuditAction = "alert.acknowledge"
	ActionAlertAssign       AuditAction = "alert.assign"
	ActionAlertComment      AuditAction = "alert.comment"
	ActionAlertClose        AuditAction = "alert.close"
	ActionAlertReopen       AuditAction = "alert.reopen"
	ActionAlertSeverity     AuditAction = "alert.severity" // a person set it
	ActionSilenceAdd        AuditAction = "silence.add"
	ActionSilenceEnd        AuditAction = "silence.end"
	ActionRuleChange        AuditAction = "rule.change"     // mode, severity or parameters, of a rule or pack
	ActionRuleExcept        AuditAction = "rule.except"     // an exception was made
	ActionRuleExceptEnd     AuditAction = "rule.except_end" // and ended
	ActionRuleImport        AuditAction = "rule.import"     // all changes were replaced
	ActionChannelAdd        AuditAction = "channel.add"     // of notifications
	ActionChannelEdit       AuditAction = "channel.edit"
	ActionChannelRemove     AuditAction = "channel.remove"
	ActionChannelTest       AuditAction = "channel.test"
	ActionRouteSave         AuditAction = "route.save"     // which alerts go where
	ActionDeliveryRetry     AuditAction = "delivery.retry" // what was given up is sent again
	ActionKeyRotate         AuditAction = "key.rotate"
	ActionAccessDeny        AuditAction = "access.deny" // a route refused an identity
)

// AuditActions returns all actions.
func AuditActions() []AuditAction {
	return []AuditAction{
		ActionSetupBegin, ActionSetupComplete, ActionLogin, ActionLogout, ActionStepUp,
		ActionPersonInvite, ActionPersonJoin, ActionPersonGrant, ActionPersonDisable, ActionPersonEnable, ActionPersonRemove,
		ActionPersonReset, ActionPersonCredential, ActionPersonLink, ActionPersonUnlink, ActionTokenCreate, ActionTokenRevoke, ActionTokenRefuse,
		ActionConnectionConsent, ActionConnectionAdd, ActionConnectionEdit, ActionConnectionPause, ActionConnectionResume,
		ActionConnectionSecret, ActionConnectionCheck, ActionConnectionCollect, ActionConnectionRemove,
		ActionEventExport, ActionDashboardSave, ActionDashboardRemove, ActionSearchSave, ActionSearchRemove,
		ActionApprovalAsk, ActionApprovalGrant, ActionApprovalRefuse, ActionApprovalWithdraw, ActionApprovalExpire, ActionApprovalUse,
		ActionAlertAcknowledge, ActionAlertAssign, ActionAlertComment, ActionAlertClose, ActionAlertReopen, ActionAlertSeverity, ActionSilenceAdd, ActionSilenceEnd,
		ActionRuleChange, ActionRuleExcept, ActionRuleExceptEnd, ActionRuleImport,
		ActionChannelAdd, ActionChannelEdit, ActionChannelRemove, ActionChannelTest, ActionRouteSave, ActionDeliveryRetry,
		ActionKeyRotate, ActionAccessDeny,
	}
}
