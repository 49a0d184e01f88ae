package app

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar/internal/config"
)

func TestARestartGoesOnWhereTheRehearsalWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		epoch := time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC)
		r := config.Rehearsal{Epoch: epoch, Base: time.Now(), Speed: 60}
		first := rehearsalClock(r)
		time.Sleep(time.Minute)
		second := rehearsalClock(r)
		if !second.Now().Equal(epoch.Add(time.Hour)) || !second.Now().Equal(first.Now()) {
			t.Errorf("after an hour of the rehearsal the first clock shows %s and that of a restart %s", first.Now(), second.Now())
		}
	})
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if err := DefaultOptions(c).validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	for name, spoil := range map[string]func(*Options){
		"no configuration": func(o *Options) { o.Config = nil },
		"no logger":        func(o *Options) { o.Logger = nil },
		"no bound":         func(o *Options) { o.ShutdownBound = 0 },
	} {
		o := DefaultOptions(c)
		spoil(&o)
		if o.validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
