// Command torture kills Nightjar until it loses an event or has proved, for as
// many rounds as asked, that it does not.
//
// A simulated Microsoft 365 with known content runs inside this command; the
// real binary runs as a child process and is killed, starved of disk or stopped
// at a named step of a commit, again and again. At the end the child is left
// alone until it has caught up, and what it holds is compared with what was
// served: an event that is absent is lost, one that is there twice is doubled.
//
// The modes: kill (SIGKILL at random points), failpoints (SIGKILL while the
// process stands at each named step), diskfull (the data folder runs out of
// space, then gets more), memory (a blob of 200 MB and one that inflates to a
// gibibyte must not show in the memory of the process), planted (a build that
// commits before its data is durable must be caught, or this harness is worth
// nothing).
package main
