package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func invalid(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: hint}
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return invalid(key+" is "+quote(value), "choose one of "+strings.Join(allowed, ", "))
}

func atLeast(key string, value, least int) error {
	if value >= least {
		return nil
	}
	return invalid(fmt.Sprintf("%s is %d", key, value), fmt.Sprintf("the least is %d", least))
}

func atLeastDuration(key string, value, least time.Duration) error {
	if value >= least {
		return nil
	}
	return invalid(fmt.Sprintf("%s is %s", key, FormatDuration(value)), "the least is "+FormatDuration(least))
}
