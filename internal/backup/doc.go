// Package backup is the one file that holds a server: its database, its keys and a manifest. It knows how that file is written so that
// no half of one is ever taken for a backup, how it is checked, and which old ones may go.
//
// It copies files and knows no database: store makes and reads the copy inside.
package backup
