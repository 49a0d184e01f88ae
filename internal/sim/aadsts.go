package sim

import (
	"fmt"
	"net/http"
	"time"
)

// signInError is an error of the token endpoint. Its texts are those that
// Microsoft's service answers with; people and programs search them for their code.
type signInError struct {
	Status int
	OAuth  string // the error of RFC 6749
	Code   int    // AADSTS number
	Text   string
}

func errWrongSecret(app string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 7000215,
		"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + app + "'.",
	}
}

func errExpiredSecret(app string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 7000222,
		"The provided client secret keys for app '" + app + "' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
	}
}

func errUnknownApp(app, directory string) *signInError {
	return &signInError{
		http.StatusBadRequest, "unauthorized_client", 700016,
		"Application with identifier '" + app + "' was not found in the directory '" + directory + "'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
	}
}

func errUnknownTenant(tenant string) *signInError {
	return &signInError{
		http.StatusBadRequest, "invalid_request", 90002,
		"Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
	}
}

func errBadTenantName(tenant string) *signInError {
	return &signInError{
		http.StatusBadRequest, "invalid_request", 900023,
		"Specified tenant identifier '" + tenant + "' is neither a valid DNS name, nor a valid external domain.",
	}
}

func errDisabledApp(app, name string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "unauthorized_client", 7000112,
		"Application '" + app + "'(" + name + ") is disabled.",
	}
}

func errCrossCloud() *signInError {
	return &signInError{http.StatusBadRequest, "invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request."}
}

func errUnknownResource(resource, directory string) *signInError {
	return &signInError{
		http.StatusBadRequest, "invalid_resource", 500011,
		"The resource principal named " + resource + " was not found in the tenant named " + directory + ". This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
	}
}

func errBadScope(scope string) *signInError {
	return &signInError{
		http.StatusBadRequest, "invalid_scope", 1002012,
		"The provided value for scope " + scope + " is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
	}
}

func errBadGrant(grant string) *signInError {
	return &signInError{
		http.StatusBadRequest, "unsupported_grant_type", 70003,
		"The app requested an unsupported grant type '" + grant + "'.",
	}
}

func errNoCredential() *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 7000216,
		"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
	}
}

func errMalformedAssertion(why string) *signInError {
	return &signInError{http.StatusUnauthorized, "invalid_client", 50027, "JWT token is invalid or malformed: " + why + "."}
}

func errBadAssertion(app, thumbprint, why string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 700027,
		"The certificate with identifier used to sign the client assertion is not registered on application. [Reason - " + why + ", Thumbprint of key used by client: '" + thumbprint + "', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '" + app + "'.]",
	}
}

func errAssertionAudience(got, want string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 700023,
		"Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials . The audience was '" + got + "', expected '" + want + "'.",
	}
}

func errAssertionIssuer(app string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 700021,
		"Client assertion application identifier doesn't match 'client_id' parameter '" + app + "'. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
	}
}

func errAssertionTime(now, from, to time.Time) *signInError {
	const form = "2006-01-02T15:04:05.0000000Z"
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 700024,
		fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
			now.UTC().Format(form), from.Format(form), to.Format(form)),
	}
}

func errAssertionReplayed(serial string) *signInError {
	return &signInError{http.StatusUnauthorized, "invalid_client", 5002738, "The client assertion with identifier '" + serial + "' was used before."}
}

func errNoFederation(issuer, subject, aud string) *signInError {
	return &signInError{
		http.StatusUnauthorized, "invalid_client", 700213,
		"No matching federated identity record found for presented assertion subject '" + subject + "'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion (issuer '" + issuer + "', audience '" + aud + "'). https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
	}
}

func errBadCode(text string, code int) *signInError {
	return &signInError{http.StatusBadRequest, "invalid_grant", code, text}
}

func errBlockedByPolicy() *signInError {
	return &signInError{
		http.StatusBadRequest, "access_denied", 53003,
		"Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
	}
}

func errDeclined() *signInError {
	return &signInError{http.StatusBadRequest, "access_denied", 65004, "User declined to consent to access the app."}
}

func errAdminDeclined() *signInError {
	return &signInError{http.StatusBadRequest, "consent_required", 65004, "The resource owner or authorization server denied the request."}
}

func errNeedsAdmin(app string) *signInError {
	return &signInError{http.StatusBadRequest, "access_denied", 90094, "Admin consent is required for the permissions requested by application '" + app + "'."}
}

func errReplyAddress(address, app string) *signInError {
	return &signInError{
		http.StatusBadRequest, "invalid_request", 50011,
		"The redirect URI '" + address + "' specified in the request does not match the redirect URIs configured for the application '" + app + "'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
	}
}

func errNotInTenant(upn, home, tenant, app string) *signInError {
	return &signInError{
		http.StatusBadRequest, "access_denied", 50020,
		"User account '" + upn + "' from identity provider 'https://sts.windows.net/" + home + "/' does not exist in tenant '" + tenant + "' and cannot access the application '" + app + "' in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
	}
}

func errBadAuthorize(oauth, text string, code int) *signInError {
	return &signInError{http.StatusBadRequest, oauth, code, text}
}
