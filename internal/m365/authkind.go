package m365

// AuthKind is the closed set of reasons for which signing in fails.
type AuthKind string

// The reasons.
const (
	AuthSecretWrong    AuthKind = "secret_wrong"    // the client secret is not one of the application's
	AuthSecretID       AuthKind = "secret_id"       // the secret's id was given instead of its value
	AuthSecretExpired  AuthKind = "secret_expired"  // the client secret or certificate expired
	AuthAppUnknown     AuthKind = "app_unknown"     // the application is not in this tenant
	AuthAppDisabled    AuthKind = "app_disabled"    // an administrator disabled the application
	AuthTenantUnknown  AuthKind = "tenant_unknown"  // the tenant does not exist in this cloud
	AuthAssertion      AuthKind = "assertion"       // the certificate is not registered, or its signature not accepted
	AuthFederation     AuthKind = "federation"      // no federated credential matches the token file
	AuthClock          AuthKind = "clock"           // the assertion is not valid at Microsoft's time
	AuthConsent        AuthKind = "consent"         // admin consent is missing
	AuthCloud          AuthKind = "cloud"           // tenant and cloud do not belong together
	AuthResource       AuthKind = "resource"        // the tenant does not know the API that was asked for
	AuthPolicy         AuthKind = "policy"          // a conditional access policy forbids it
	AuthDeclined       AuthKind = "declined"        // the person pressed Cancel on the consent page
	AuthNotAdmin       AuthKind = "not_admin"       // the person may not grant what is asked for
	AuthForeignAccount AuthKind = "foreign_account" // the person is not of this tenant
	AuthThrottled      AuthKind = "throttled"       // the sign-in service throttles
	AuthServer         AuthKind = "server"          // the sign-in service has an internal error
	AuthUnexpected     AuthKind = "unexpected"      // anything else that the sign-in service answers
	AuthUnintelligible AuthKind = "unintelligible"  // the answer is not one of the sign-in service's
)

// authKindOf says what a number means. Numbers are documented as subject to
// change; an unknown one is told with Microsoft's own words.
// Source: learn.microsoft.com/entra/identity-platform/reference-error-codes, read 2026-11-22.
func authKindOf(aadsts int) AuthKind {
	switch aadsts {
	case 7000215, 70002:
		return AuthSecretWrong
	case 7000222:
		return AuthSecretExpired
	case 700016:
		return AuthAppUnknown
	case 7000112:
		return AuthAppDisabled
	case 90002, 900023:
		return AuthTenantUnknown
	case 700027, 700023, 50027, 700030, 50013:
		return AuthAssertion
	case 70021, 700211, 700212, 700213, 700236:
		return AuthFederation
	case 700024, 500133:
		return AuthClock
	case 65001, 650057:
		return AuthConsent
	case 65004:
		return AuthDeclined
	case 50020, 16000, 16003, 51004:
		return AuthForeignAccount
	case 90094, 900941, 90093:
		return AuthNotAdmin
	case 900382, 900381, 90038, 50049, 900439:
		return AuthCloud
	case 500011, 500014, 650052, 1002012, 70011, 50001:
		return AuthResource
	case 53000, 53001, 53002, 53003, 530003:
		return AuthPolicy
	case 50196, 90055:
		return AuthThrottled
	case 90033, 90024, 50000:
		return AuthServer
	}
	return AuthUnexpected
}

// advice says what a reason means, in words for an administrator.
func (e *AuthError) advice() (message, hint string) {
	switch e.Kind {
	case AuthSecretWrong:
		return "the client secret is wrong", "in Entra, create a new client secret for the application and copy its Value (not its Secret ID)"
	case AuthSecretID:
		return "the id of the client secret was given instead of its value", "the column \"Value\" is shown only once: in Entra, create a new client secret and copy its Value"
	case AuthSecretExpired:
		return "the client secret or certificate has expired", "in Entra, create a new one for the application and give it to Nightjar"
	case AuthAppUnknown:
		return "the application does not exist in this tenant", "check the tenant id and the client id; an application of another tenant needs admin consent in this one first"
	case AuthAppDisabled:
		return "the application is disabled in this tenant", "in Entra, under Enterprise applications > Properties, set \"Enabled for users to sign-in\" to Yes"
	case AuthTenantUnknown:
		return "the tenant does not exist in this cloud", "check the tenant id, and whether the tenant lives in another cloud (commercial, gcc, gcchigh, dod)"
	case AuthAssertion:
		return "the certificate was not accepted", "in Entra, upload this certificate to the application (Certificates & secrets), and check that it has not expired"
	case AuthFederation:
		return "no federated credential of the application matches the token file", "compare issuer, subject and audience of the token with the application's federated credential"
	case AuthClock:
		return "Microsoft's clock and this machine's differ, or the token file is out of date", "set this machine's clock by NTP"
	case AuthConsent:
		return "admin consent is missing", "in Entra, grant admin consent for the application's permissions"
	case AuthDeclined:
		return "consent was declined", "begin again and press Accept on Microsoft's page"
	case AuthNotAdmin:
		return "this account may not grant the permissions", "sign in with an administrator's account: Privileged Role Administrator or Global Administrator"
	case AuthForeignAccount:
		return "this account does not belong to the tenant", "sign in with an account of the tenant that is to be connected"
	case AuthCloud:
		return "the tenant belongs to another cloud", "set the tenant's cloud: commercial, gcc, gcchigh or dod"
	case AuthResource:
		return "the tenant does not know the API that was asked for", "check the tenant's cloud; the application needs a permission of \"Office 365 Management APIs\" with admin consent"
	case AuthPolicy:
		return "a conditional access policy forbids this application to sign in from here", "allow this machine's address for the application in the policy for workload identities"
	case AuthThrottled:
		return "Microsoft throttles sign-ins", "nothing is lost; it passes"
	case AuthServer:
		return "Microsoft's sign-in service has a problem", "it passes; see the service health page if it lasts"
	case AuthUnintelligible:
		return "the answer did not come from Microsoft's sign-in service", "look at proxies in between, and at the login root of the cloud"
	case AuthUnexpected:
	}
	return "Microsoft refuses the sign-in", "search the AADSTS number at https://login.microsoftonline.com/error"
}
