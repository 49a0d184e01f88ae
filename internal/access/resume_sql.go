package access

const sqlRenewEnrolment = `UPDATE access_enrolments SET recovery = ? WHERE hash = ?`
