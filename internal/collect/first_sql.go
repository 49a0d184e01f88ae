package collect

const sqlFirstSteps = `SELECT
		(SELECT COUNT(*) FROM collect_feeds WHERE tenant = ? AND subscribed > 0) AS subscribed,
		COUNT(*) AS blobs,
		COALESCE(SUM(stored + duplicates), 0) AS events,
		COALESCE((SELECT MIN(b.fetched_at) FROM collect_blobs AS b WHERE b.tenant = ? AND b.state = ? AND b.stored > 0), 0) AS first
	FROM collect_blobs WHERE tenant = ?`
