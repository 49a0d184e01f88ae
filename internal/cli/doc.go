// Package cli is the command line: the tree of commands, the exit codes, and
// what goes to standard output and standard error.
//
// It reads flags, variables and the configuration file through
// internal/config, asks internal/app for the parts that a command needs, and
// prints what they answer. It holds no logic of the product. It alone turns
// signals into a cancelled context.
package cli
