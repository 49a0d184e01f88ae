package m365

import (
	"context"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Notification is one attempt of Microsoft's to call a webhook.
type Notification struct {
	Blob   nightjar.Blob
	Status string    // "success" or "failed"
	Sent   time.Time // zero when Microsoft does not say
}

// Notifications lists the attempts made in [start, end), at most 24 hours. It
// serves diagnosis only: the listing of content is the truth.
func (a *Activity) Notifications(ctx context.Context, feed nightjar.Feed, start, end time.Time) ([]Notification, error) {
	op := operation{api: apiNotifications, what: "list notifications", feed: feed}
	if err := checkWindow(op, start, end); err != nil {
		return nil, err
	}
	type wireNotification struct {
		wireBlob
		Status text `json:"notificationStatus"`
		Sent   text `json:"notificationSent"`
	}
	var all []Notification
	first := a.address("subscriptions/notifications", "contentType", string(feed), "startTime", formatTime(start), "endTime", formatTime(end))
	err := pages(ctx, a, op, first, func(items []wireNotification) error {
		for _, w := range items {
			n := Notification{Status: string(w.Status)}
			n.Blob, _ = a.blob(feed, w.wireBlob) // an attempt without an id is still an attempt
			if t, err := parseTime(w.Sent); err == nil {
				n.Sent = t
			}
			all = append(all, n)
		}
		return nil
	})
	return all, err
}
