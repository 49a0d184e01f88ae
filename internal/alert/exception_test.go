package alert

import "testing"

func TestAProposedExceptionMeansTheTextAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", `*\?@contoso.com`, 0))
	e, found, err := b.keeper.Propose(t.Context(), b.all()[0])
	if err != nil || !found || e.Where[0].Value != `\*\\\?@contoso.com` {
		t.Errorf("%+v, %v", e, err)
	}
}
