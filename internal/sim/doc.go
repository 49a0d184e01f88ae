// Package sim is a fake Microsoft 365 over TLS: sign-in, the Management
// Activity API, and as much of Graph as the collector asks for. It serves a
// generated tenant or events read from files, keeps ground truth of what it
// served, and misbehaves as a scenario tells it. Tests, the demo and the
// benchmarks run against it.
//
// It shares no code with the client that it tests and imports nothing of the
// product: what both sides believed wrongly would otherwise pass unnoticed.
// Protocol facts come from Microsoft's pages "Office 365 Management Activity
// API reference" and "troubleshooting", read 2026-11-22; where practice
// differs from them, the comment says who saw it.
package sim
