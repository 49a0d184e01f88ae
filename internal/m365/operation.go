package m365

import nightjar "github.com/nightjar-sec/nightjar"

// The values of the label api.
const (
	apiLogin         = "login"
	apiSubscriptions = "activity_subscriptions"
	apiContent       = "activity_content"
	apiBlob          = "activity_blob"
	apiNotifications = "activity_notifications"
)

// operation names a call in errors, logs and metrics.
type operation struct {
	api  string // one of the api constants
	what string // "list content", for people
	feed nightjar.Feed
}

func (o operation) doing() string {
	if o.feed == "" {
		return o.what
	}
	return o.what + " of " + string(o.feed)
}
