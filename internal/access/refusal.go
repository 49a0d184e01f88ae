package access

import (
	"fmt"

	nightjar "github.com/nightjar-sec/nightjar"
)

func enrolmentOver() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this enrolment is over: half an hour passed, or too many codes were wrong",
		Hint: "open the link again, or begin the setup anew, and scan the new code",
	}
}

func wrongCode() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "the code is not right",
		Hint: "wait for the authenticator's next code; when it keeps failing, set the clock of the phone to automatic",
	}
}

// orElse returns err, or other when there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func orTaken(err error, name string) error {
	return orElse(err, &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("there is a person named %q already", name), Hint: "choose another name"})
}
