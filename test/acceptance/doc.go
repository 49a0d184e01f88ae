// Package acceptance runs the built binary as a user would, against a
// simulated Microsoft 365, and holds what it stored against what was served:
// byte for byte, in the right table, nothing lost and nothing twice. It has
// tests only; kill -9 and full disks are test/torture's.
package acceptance
