// Command nightjar collects and questions the audit logs of Microsoft 365.
package main

import (
	"os"

	"github.com/nightjar-sec/nightjar/internal/cli"
)

func main() { os.Exit(cli.Main()) }
