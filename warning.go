package nightjar

// WarningCode names one condition that can be wrong. The set is closed: each
// code is registered with its title, severity and remedy in internal/health,
// and docs/health.md lists them all.
type WarningCode string

// What can be wrong with one tenant or one of its feeds.
const (
	WarnAuditOff             WarningCode = "audit_off"             // the tenant's unified audit log is not recording
	WarnPermissionMissing    WarningCode = "permission_missing"    // an application permission is not granted
	WarnCredentialWrong      WarningCode = "credential_wrong"      // sign-in refuses the credential
	WarnCredentialExpired    WarningCode = "credential_expired"    // its end date has passed
	WarnCredentialExpiring   WarningCode = "credential_expiring"   // its end date is near
	WarnTenantUnreachable    WarningCode = "tenant_unreachable"    // sign-in or API hosts do not answer
	WarnSubscriptionDisabled WarningCode = "subscription_disabled" // somebody switched a feed off
	WarnSourceSilent         WarningCode = "source_silent"         // no successful poll for long
	WarnThrottledLong        WarningCode = "throttled_long"        // Microsoft has refused requests for long
	WarnContentExpiryAtRisk  WarningCode = "content_expiry_at_risk"
	WarnContentExpiryNear    WarningCode = "content_expiry_near"
	WarnDataGap              WarningCode = "data_gap"          // content was lost, or could not be asked for
	WarnBlobQuarantined      WarningCode = "blob_quarantined"  // a blob does not parse; its bytes are kept
	WarnEventsDiscarded      WarningCode = "events_discarded"  // records were refused, e.g. of another tenant
	WarnReconcileMissing     WarningCode = "reconcile_missing" // the daily re-list found blobs that were never seen
	WarnRefetchGained        WarningCode = "refetch_gained"    // a settled blob held more than its young copy
	WarnWebhookRefused       WarningCode = "webhook_refused"   // Microsoft could not validate the webhook address
	WarnForeignHost          WarningCode = "foreign_host"      // an answer named a host that is not the tenant's
)

// What can be wrong with this machine or process.
const (
	WarnClockSkew               WarningCode = "clock_skew"
	WarnDiskLow                 WarningCode = "disk_low"
	WarnDiskFull                WarningCode = "disk_full"
	WarnUncleanShutdown         WarningCode = "unclean_shutdown"
	WarnWorkerSandboxIncomplete WarningCode = "worker_sandbox_incomplete"
	WarnCatalogIntegrity        WarningCode = "catalog_integrity"
	WarnSegmentDamaged          WarningCode = "segment_damaged"
	WarnPipelineLogStalled      WarningCode = "pipeline_log_stalled"
	WarnAuditTampered           WarningCode = "audit_tampered" // Nightjar's own audit log does not fit together
	WarnGeoDataOld              WarningCode = "geo_data_old"
	WarnGeoDataUnreadable       WarningCode = "geo_data_unreadable"
	WarnDetectionBehind         WarningCode = "detection_behind"   // events wait for rules to be asked of them
	WarnRuleFailing             WarningCode = "rule_failing"       // a rule is out of order; the others go on
	WarnRulesBroken             WarningCode = "rules_broken"       // a file of rules is wrong, or a change of them does nothing
	WarnQueryRuleFailing        WarningCode = "query_rule_failing" // a scheduled rule cannot ask its question
	WarnNotifierFailing         WarningCode = "notifier_failing"   // a channel does not take messages
	WarnNotificationLost        WarningCode = "notification_lost"  // messages were given up or are held
	WarnHeartbeatFailing        WarningCode = "heartbeat_failing"  // the outside monitor does not answer
)

// WarningCodes returns all codes.
func WarningCodes() []WarningCode {
	return []WarningCode{
		WarnAuditOff, WarnPermissionMissing, WarnCredentialWrong, WarnCredentialExpired, WarnCredentialExpiring, WarnTenantUnreachable,
		WarnSubscriptionDisabled, WarnSourceSilent, WarnThrottledLong, WarnContentExpiryAtRisk, WarnContentExpiryNear, WarnDataGap,
		WarnBlobQuarantined, WarnEventsDiscarded, WarnReconcileMissing, WarnRefetchGained, WarnWebhookRefused, WarnForeignHost,
		WarnClockSkew, WarnDiskLow, WarnDiskFull, WarnUncleanShutdown, WarnWorkerSandboxIncomplete, WarnCatalogIntegrity,
		WarnSegmentDamaged, WarnPipelineLogStalled, WarnAuditTampered, WarnGeoDataOld, WarnGeoDataUnreadable, WarnDetectionBehind,
		WarnRuleFailing, WarnRulesBroken, WarnQueryRuleFailing, WarnNotifierFailing, WarnNotificationLost, WarnHeartbeatFailing,
	}
}
