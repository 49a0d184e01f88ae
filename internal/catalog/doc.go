// Package catalog opens the database that says what is true: which segments
// exist, where each blob stands, which secrets are sealed.
//
// It owns the connection, the transaction, the migrations of every package
// (migrations/NNNN_<package>.sql) and the lock on the data directory. It owns
// no table: each package is the only writer of the tables that carry its name.
// The SQL in it is the part that SQLite and PostgreSQL share; today it runs on
// SQLite in WAL mode with synchronous=FULL, because anything less loses
// acknowledged commits at a power cut.
package catalog
