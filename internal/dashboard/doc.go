// Package dashboard keeps dashboards as files: the ready ones that come with
// Nightjar, and those that people make, one YAML file each in the folder
// dashboards of data_dir. Such a file can be kept under version control,
// copied to another installation and written by hand.
//
// A dashboard is a list of panels; a panel is a query with a way to show its
// answer. The package runs no query: who may see what is decided when a panel
// is asked for.
package dashboard
