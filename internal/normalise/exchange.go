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

// exchange reads the client from the string that mailbox auditing has instead
// of a user agent, and takes the mailbox as the object of what is done to items
// in it, which have no ObjectId.
func exchange(c *columns) {
	c.or(&c.userAgent, text(c.fields.values[memClientInfoString]))
	c.or(&c.userAgent, text(c.fields.values[memActorInfoString]))
	c.or(&c.objectID, text(c.fields.values[memMailboxOwnerUPN]))
}
