package normalise

// isExchange knows the record types of mailbox and administrator auditing in
// Exchange: ExchangeAdmin, ExchangeItem, ExchangeItemGroup,
// ExchangeAggregatedOperation, ExchangeItemAggregated, ExchangeSearch.
func isExchange(recordType int32) bool {
	switch recordType {
	case 1, 2, 3, 19, 50, 101:
		return true
	default:
		return false
	}
}

// exchange reads the client from the strings that mailbox auditing has instead
// of a user agent, and takes the mailbox as the object of what is done to the
// items in it, which have no ObjectId.
func (c *columns) exchange(f *fields) {
	c.userAgent = or(c.userAgent, f.first(memClientInfoString, memActorInfoString))
	c.objectID = or(c.objectID, f.values[memMailboxOwnerUPN])
}
