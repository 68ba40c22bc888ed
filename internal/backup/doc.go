// Package backup writes, checks and reads the single file that holds a server: its database, its keys and a manifest.
// An unfinished file is never taken for a backup. It also deletes old backups.
//
// It copies files and knows no database: package store makes and reads the copy inside.
package backup
