// Package health holds the registry of everything that can be wrong, and the
// pipeline's own log.
//
// Other packages set and clear warnings by their code; the registry decides
// which are visible (a parent hides its children, a short condition is not
// shown) and hands the same list to the command line, to HTTP and to the
// metrics. PipelineLog turns what the pipeline says of itself into rows of the
// table collectors_out and hands them to the journal.
//
// It does not find faults in tenants: collect and connect do, and report here.
package health
